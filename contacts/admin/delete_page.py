"""RET-8: deleting one person by hand: the page names who it is and what goes, and asks.

RET-5: of a person whom somebody holds it says who does, why and until when, and does not ask.
"""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.admin.contact_page import reached
from contacts.admin.formats import day
from contacts.deleting import ContactHeld, delete_contact
from contacts.erasing import count_what_goes, told_what_goes
from contacts.holds import holds_in_force
from contacts.masking import name_of
from contacts.models import Contact, DeletionReason, Hold
from contacts.retention import today_of
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast


class _WhyForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept in the audit log. Write no names."),
        required=False,
        max_length=255,
    )


def show_delete(request: HttpRequest, object_id: str) -> HttpResponse:
    """The question; POST deletes and leads to the list."""
    contact, access = reached(request, object_id, shows=False), access_of(request)
    if not access.may("contacts.delete"):
        raise PermissionDenied
    if str(contact.pk) != object_id:
        # Whom the address names was merged: nobody is deleted under a name that the operator did not see.
        return HttpResponseRedirect(reverse("admin:contacts_contact_delete", args=[contact.pk]))
    name = name_of(contact, sees_personal_data=access.sees_personal_data)
    form = _WhyForm(request.POST if request.method == "POST" else None)
    holds = _holds_of(contact)
    if form.is_valid() and not holds:
        return _delete(request, contact, name, form.cleaned_data["reason"])
    context = {
        **desk_site.each_context(request),
        "title": _("Delete %(name)s") % {"name": name},
        "opts": Contact._meta,
        "contact": contact,
        "name": name,
        "things": told_what_goes(count_what_goes(contact.site, [contact.pk])),
        "form": form,
        "holds": [_told(hold) for hold in holds],
    }
    return TemplateResponse(request, "admin/contacts/contact/delete.html", context)


def _holds_of(contact: Contact) -> list[Hold]:
    """Whatever keeps the person today, the longest first."""
    holds = holds_in_force(contact.site, today_of(contact.site, timezone.now())).filter(contact=contact)
    return list(holds.order_by("-until", "pk"))


def _told(hold: Hold) -> str:
    words = {"day": day(hold.until), "actor": hold.actor, "reason": hold.reason}
    # Translators: who holds a person back from being deleted, until when, and why
    return _("Until %(day)s, by %(actor)s: %(reason)s") % words


def _delete(request: HttpRequest, contact: Contact, name: str, note: str) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    try:
        deleted = delete_contact(contact, actor=actor, reason=DeletionReason.OPERATOR, now=now, note=note)
    except ContactHeld:  # in this moment: the page says by whom
        return HttpResponseRedirect(reverse("admin:contacts_contact_delete", args=[contact.pk]))
    if deleted:
        toast(request, _("%(name)s was deleted.") % {"name": name})
    else:
        toast(request, _("%(name)s was deleted by somebody else already.") % {"name": name}, level="info")
    return HttpResponseRedirect(reverse("admin:contacts_contact_changelist"))
