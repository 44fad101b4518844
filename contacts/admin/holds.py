"""RET-5: the line below a person's header: when the person will be deleted and why, the holds, and the form of one."""

import datetime
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_POST

from contacts.admin.contact_page import reached
from contacts.admin.formats import day
from contacts.admin.header_boxes import HeaderBox, contact_lines
from contacts.details import ContactGone
from contacts.holds import MAX_LENGTH, MAX_REASON, end_hold, place_hold
from contacts.masking import name_of
from contacts.models import Contact, Hold
from contacts.retention import Period, today_of
from contacts.told_retention import tell_retention
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast, toast_now
from desk.ids import read_id

_TEMPLATES = "admin/contacts/contact"
# How long disputes, inquiries and legal duties commonly last; any other day can be chosen.
_LENGTHS = {
    "30d": Period(days=30),
    "90d": Period(days=90),
    "1y": Period(years=1),
    "3y": Period(years=3),
}
OTHER = "other"


class HoldForm(forms.Form):
    """Why, and until when: one of a few lengths or a day."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON,
        help_text=gettext_lazy("Everybody who sees this person can read it."),
        error_messages={"required": gettext_lazy("Say why this person is to be kept.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    length = forms.ChoiceField(label=gettext_lazy("Hold for"), initial="90d", widget=forms.RadioSelect)
    until = forms.DateField(
        label=gettext_lazy("Last day of the hold"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, today: datetime.date) -> None:
        super().__init__(data)
        self.today = today
        lengths = [(name, period.in_words()) for name, period in _LENGTHS.items()]
        length, until = self.fields["length"], self.fields["until"]
        assert isinstance(length, forms.ChoiceField)
        length.choices = [*lengths, (OTHER, pgettext("hold", "other"))]
        until.widget.attrs |= {"min": today.isoformat(), "max": (today + MAX_LENGTH).isoformat()}

    def clean(self) -> dict[str, Any]:
        """``until`` is the day that was meant."""
        cleaned: dict[str, Any] = self.cleaned_data
        length = cleaned.get("length")
        if length in _LENGTHS:
            # What stands in the field of the day does not count, right or wrong.
            self.errors.pop("until", None)
            cleaned["until"] = _LENGTHS[length].end(self.today)
        elif length == OTHER and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose the last day of the hold."))
        return cleaned


def retention_line(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """What the line prints."""
    access, told = access_of(request), tell_retention(contact, now=timezone.now())
    zone = access.site.zone
    return {
        "contact": contact,
        "name": _name(access, contact),
        "told": told,
        "holds": [
            {
                "reason": hold.reason,
                "who": hold.actor,
                "until": day(hold.until),
                "since": day(hold.created_at.astimezone(zone).date()),
                "end_url": _url("hold_end", contact, str(hold.pk)),
            }
            for hold in told.holds
        ],
        "may_hold": access.may("contacts.change"),
        "hold_url": _url("hold", contact),
    }


contact_lines.register("retention", HeaderBox(f"{_TEMPLATES}/retention.html", retention_line))


@require_GET
def show_line(request: HttpRequest, object_id: str) -> HttpResponse:
    """The line alone, after something changed."""
    return TemplateResponse(
        request, f"{_TEMPLATES}/retention.html", retention_line(request, reached(request, object_id, shows=False))
    )


def show_hold(request: HttpRequest, object_id: str) -> HttpResponse:
    """GET: the form, as a dialog for htmx and as a page otherwise. POST: the hold is placed."""
    contact = _held_person(request, object_id)
    if str(contact.pk) != object_id:
        # Whom the address names was merged: nobody is held under a name that the operator did not see.
        return HttpResponseRedirect(_url("hold", contact))
    now = timezone.now()
    form = HoldForm(request.POST if request.method == "POST" else None, today=today_of(contact.site, now))
    if form.is_valid():
        chosen = {name: form.cleaned_data[name] for name in ("reason", "until")}
        try:
            hold = place_hold(contact, **chosen, actor=actor_of(request), now=now)
            return _placed(request, contact, hold)
        except ValidationError as refused:
            _refuse(form, refused)
        except ContactGone:
            form.add_error(None, _("This person was unified with another or deleted meanwhile."))
    return _form(request, contact, form)


def _refuse(form: HoldForm, refused: ValidationError) -> None:
    """Errors at their fields; a day that is wrong is shown, whichever way it was chosen."""
    for name, messages in refused.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)


def _held_person(request: HttpRequest, object_id: str) -> Contact:
    contact = reached(request, object_id, shows=False)
    if not access_of(request).may("contacts.change"):
        raise PermissionDenied
    return contact


def _placed(request: HttpRequest, contact: Contact, hold: Hold) -> HttpResponse:
    words = _("On hold until %(day)s: nobody can delete %(name)s.")
    text = words % {"day": day(hold.until), "name": _name(access_of(request), contact)}
    if request.headers.get("hx-request") != "true":
        toast(request, text)
        return HttpResponseRedirect(_url("change", contact))
    response = HttpResponse(status=204)
    response["HX-Trigger"] = '{"retention-changed": {}, "timeline-changed": {}}'
    toast_now(response, text)
    return response


def _form(request: HttpRequest, contact: Contact, form: HoldForm) -> HttpResponse:
    access = access_of(request)
    context = {"form": form, "contact": contact, "name": _name(access, contact), "hold_url": _url("hold", contact)}
    if request.headers.get("hx-request") == "true":
        return TemplateResponse(request, f"{_TEMPLATES}/hold_dialog.html", context)
    frame = {**desk_site.each_context(request), "title": _("Put %(name)s on hold") % context, "opts": Contact._meta}
    status = 400 if form.errors else 200
    return TemplateResponse(request, f"{_TEMPLATES}/hold.html", {**frame, **context}, status=status)


@require_POST
def end_this_hold(request: HttpRequest, object_id: str, hold_id: str) -> HttpResponse:
    """The hold keeps nobody from now on; the line says what does."""
    contact, access = _held_person(request, object_id), access_of(request)
    holds = Hold.objects.select_related("site", "contact").filter(site=access.site, contact=contact)
    wanted = read_id(hold_id)
    hold = holds.filter(pk=wanted).first() if wanted is not None else None
    if hold is None:
        raise Http404
    ended = end_hold(hold, actor=actor_of(request), now=timezone.now())
    level, text = ("success", _("The hold is ended.")) if ended else ("info", _("This hold had been ended already."))
    if request.headers.get("hx-request") != "true":
        toast(request, text, level=level)
        return HttpResponseRedirect(_url("change", contact))
    response = TemplateResponse(request, f"{_TEMPLATES}/retention.html", retention_line(request, contact))
    toast_now(response, text, level=level)
    return response


def _name(access: Access, contact: Contact) -> str:
    return name_of(contact, sees_personal_data=access.sees_personal_data)


def _url(name: str, contact: Contact, *more: str) -> str:
    return reverse(f"admin:contacts_contact_{name}", args=[str(contact.pk), *more])
