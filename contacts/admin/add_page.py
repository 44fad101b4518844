"""LIST-4: adding a person by hand. One that exists already is shown instead of added again."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.adding import NothingToFindBy, add_contact
from contacts.admin.profile_forms import AddForm
from contacts.details import DetailRefused
from contacts.masking import name_of
from contacts.models import Contact, ProfileField, Source
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast


def show_add(request: HttpRequest) -> HttpResponse:
    """The form; after it the person's page, new or not."""
    access = access_of(request)
    if not access.may("contacts.add"):
        raise PermissionDenied
    profile_fields = list(ProfileField.objects.filter(site=access.site))
    form = AddForm(request.POST if request.method == "POST" else None, profile_fields=profile_fields)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            added = add_contact(access.site, form.details(), actor=actor_of(request), source=Source.OPERATOR, now=now)
        except NothingToFindBy:
            form.add_error(None, _("Enter a phone number, an e-mail or a member ID: one of them at least."))
        except DetailRefused as refused:
            form.add_error(refused.path if refused.path in form.fields else None, refused.message)
        else:
            name = name_of(added.contact, sees_personal_data=access.sees_personal_data)
            if added.created and added.contact.created_at != now:
                # UNI-2: whom one of the two turned out to be was here before.
                words = _("Added. The details are those of somebody who was here already: merged into %(name)s.")
                toast(request, words % {"name": name})
            elif added.created:
                toast(request, _("%(name)s was added.") % {"name": name})
            else:
                words = _("This person exists already, so nobody was added: here is %(name)s.")
                toast(request, words % {"name": name}, level="info")
            return HttpResponseRedirect(reverse("admin:contacts_contact_change", args=[added.contact.pk]))
    context = {
        **desk_site.each_context(request),
        "title": _("Add a person"),
        "form": form,
        "opts": Contact._meta,
    }
    return TemplateResponse(request, "admin/contacts/contact/add.html", context)
