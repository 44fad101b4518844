"""Subject access: the page that says what a person's file will hold, asks why, and hands it out."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contacts.admin.contact_page import reached
from contacts.details import ContactGone
from contacts.masking import name_of
from contacts.models import Contact
from contacts.subject_access.handing_out import MAX_REASON, count_parts, hand_out, language_for, may_hand_out
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.jobs.telling import number
from desk.models.site import Language

_TEMPLATES = "admin/contacts/contact"


class _WhyForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For example how they asked. Kept in the audit log with your name."),
        max_length=MAX_REASON,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the file"), choices=Language.choices)


@require_http_methods(["GET", "HEAD", "POST"])
def show_subject_access(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """The question; POST answers with the ZIP. Who may not is told what is missing (403)."""
    contact, access = reached(request, object_id), access_of(request)
    if not may_hand_out(access):
        return _refused(request, contact)
    if str(contact.pk) != object_id:
        # Whom the address names was merged: nobody's data leave under a name that the operator did not see.
        return HttpResponseRedirect(_address(contact))
    otherwise = get_language() or settings.LANGUAGE_CODE
    form = _WhyForm(
        request.POST if request.method == "POST" else None, initial={"language": language_for(contact, otherwise)}
    )
    if form.is_valid():
        return _hand_out(request, contact, form.cleaned_data)
    context = _frame(request, contact) | {
        "parts": [(label, number(count)) for label, count in count_parts(contact, now=timezone.now())],
        "form": form,
    }
    return TemplateResponse(request, f"{_TEMPLATES}/subject_access.html", context)


def _address(contact: Contact) -> str:
    return reverse("admin:contacts_contact_subject_access", args=[str(contact.pk)])


def _frame(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    return {
        **desk_site.each_context(request),
        "title": _("Personal data for the person"),
        "opts": Contact._meta,
        "contact": contact,
        "name": name_of(contact, sees_personal_data=access_of(request).sees_personal_data),
    }


def _refused(request: HttpRequest, contact: Contact) -> TemplateResponse:
    return TemplateResponse(request, f"{_TEMPLATES}/subject_access_refused.html", _frame(request, contact), status=403)


def _hand_out(request: HttpRequest, contact: Contact, answers: dict[str, str]) -> HttpResponseBase:
    try:
        made = hand_out(
            contact,
            language=answers["language"],
            reason=answers["reason"],
            actor=actor_of(request),
            now=timezone.now(),
        )
    except ContactGone:
        toast(request, _("This person was unified with another or deleted meanwhile."), level="error")
        return HttpResponseRedirect(reverse("admin:contacts_contact_changelist"))
    response = FileResponse(made.file, as_attachment=True, filename=made.name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response
