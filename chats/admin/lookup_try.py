"""Try a lookup (LOOK-1, LOOK-6): ask now, with typed values; for a person, what would be written and what stays."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chats.admin.lookup_settings import LIST, api_of
from chats.admin.lookup_words import Outcome, outcome_of, took_words
from chats.admin.people import MAX_SEARCH, chosen, people
from chats.admin.settings_frame import administered, framed, sent
from chats.lookups.calling import Trial, try_out
from chats.lookups.mapping import Planned, Verdict
from chats.lookups.settings import LookupRefused
from chats.lookups.targets import PROFILE
from chats.models import ItemControl, ItemKind, LookupApi, LookupQueryItem
from contacts.drafts import COLUMNS
from contacts.masking import mask, name_of
from contacts.models import Contact
from contacts.time_limit import TookTooLong
from desk.access import Access
from desk.admin import actor_of, operator_of
from desk.admin.site import desk_site
from desk.disclosing import saw, saw_list

_LOOKS = {
    Verdict.WRITTEN: ("success", "edit"),
    Verdict.FILLED: ("", "lock"),
    Verdict.NO_VALUE: ("", "minus"),
    Verdict.REFUSED: ("warning", "warning"),
}


class TryForm(forms.Form):
    """One field for each value of the question, in its order."""

    def __init__(self, api: LookupApi, *args: Any, contact: Contact | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._items = {f"value-{place}": item for place, item in enumerate(api.query_items.all())}
        for name, item in self._items.items():
            self.fields[name] = _field_of(item)
            if contact is not None and item.kind == ItemKind.CHAT_FIELD:
                self.fields[name].required = False

    def values(self) -> dict[str, str]:
        """What was typed, by variable. What a chat has and nobody typed is taken from the person, if there is one."""
        typed = {item: self.cleaned_data[name] for name, item in self._items.items()}
        return {item.variable: text for item, text in typed.items() if text or item.kind == ItemKind.GENERAL}

    def refuse(self, refused: LookupRefused) -> None:
        """Show what was refused of a variable at its field."""
        names = [name for name, item in self._items.items() if item.variable == refused.path]
        self.add_error(names[0] if names else None, refused.message)


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one field of the person."""

    planned: Planned
    now: str
    text: str
    words: str
    look: str
    icon: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of a try. ``person``: of whom the lines are; empty when nobody was chosen."""

    outcome: Outcome
    said: str
    took: str
    values: list[tuple[str, str]]
    person: str
    lines: list[Line]


@never_cache
def try_lookup(request: HttpRequest, api_id: int) -> HttpResponse:
    """The form; sent, what came of it: as a part of the page for htmx."""
    api, access = api_of(request, api_id), administered(request)
    contact = chosen(access, request.POST.get("contact", ""))
    form = TryForm(api, sent(request), contact=contact)
    shown = _asked(request, api, form, contact) if form.is_valid() else None
    context = framed(
        request,
        api.name,
        api=api,
        form=form,
        shown=shown,
        chosen=str(contact.pk) if contact else "",
        above_url=reverse(LIST),
        above_label=_("Lookups"),
    )
    if getattr(request, "htmx", False):
        return TemplateResponse(request, "chats/settings/lookup_tried.html", context)
    return TemplateResponse(request, "chats/settings/lookup_try.html", context | _found(request, access, ""))


@never_cache
@require_GET
def find_people(request: HttpRequest, api_id: int) -> HttpResponse:
    """Who is found for the preview."""
    api_of(request, api_id)
    query = request.GET.get("q", "").strip()[:MAX_SEARCH]
    context = _found(request, administered(request), query)
    return TemplateResponse(request, "chats/settings/lookup_people.html", context)


def _found(request: HttpRequest, access: Access, query: str) -> dict[str, Any]:
    try:
        found = people(access, query)
    except TookTooLong:
        return {"query": query, "slow": True}
    saw_list(access, "contact.search", "", actor=actor_of(request), rows=len(found))
    return {"query": query, "people": found}


def _asked(request: HttpRequest, api: LookupApi, form: TryForm, contact: Contact | None) -> Shown | None:
    access = administered(request)
    try:
        trial = try_out(api, form.values(), operator=operator_of(request), now=timezone.now(), contact=contact)
    except LookupRefused as refused:
        form.refuse(refused)
        return None
    except Contact.DoesNotExist:
        form.add_error(None, _("This contact is gone."))
        return None
    if contact is not None:
        saw(access, contact, actor=actor_of(request))
    return _shown(access, api, trial, contact)


def _shown(access: Access, api: LookupApi, trial: Trial, contact: Contact | None) -> Shown:
    sees = access.sees_personal_data
    box = trial.box if sees else trial.box.masked()
    outcome = outcome_of(api, box.outcome, None)
    # The box knows the status, too.
    outcome = Outcome(outcome.word, outcome.look, outcome.icon, box.sentence)
    return Shown(
        outcome=outcome,
        said=box.said,
        took=took_words(box.milliseconds),
        values=box.values,
        person=name_of(contact, sees_personal_data=sees) if contact else "",
        lines=[_line(one, contact, sees=sees) for one in trial.planned] if contact else [],
    )


def _line(one: Planned, contact: Contact, *, sees: bool) -> Line:
    now = _current(contact, one.field)
    look, icon = _LOOKS[one.verdict]
    words = {
        Verdict.WRITTEN: _("would be written"),
        Verdict.FILLED: _("stays as it is"),
        Verdict.NO_VALUE: _("nothing to write"),
        Verdict.REFUSED: _("cannot be written"),
    }
    return Line(
        planned=one,
        now=now if sees else str(mask(one.field, now)),
        text=one.text if sees else str(mask(one.field, one.text)),
        words=words[one.verdict],
        look=look,
        icon=icon,
    )


def _current(contact: Contact, field: str) -> str:
    """What stands in the field now."""
    if field.startswith(PROFILE):
        return str(contact.profile.values.get(field.removeprefix(PROFILE), ""))
    column = COLUMNS.get(field, "")
    holder = contact.profile if column in {"address", "memo"} else contact
    return str(getattr(holder, column, "") or "")


def _field_of(item: LookupQueryItem) -> forms.Field:
    shared: dict[str, Any] = {"label": item.label, "required": item.required, "initial": item.default}
    if item.kind == ItemKind.GENERAL and item.control == ItemControl.DROP_DOWN:
        choices = [(option["value"], option["label"]) for option in item.options]
        return forms.ChoiceField(choices=choices if item.required else [("", "–"), *choices], **shared)
    if item.kind == ItemKind.CHAT_FIELD:
        shared["help_text"] = _("Comes from the chat. Left empty here, it is taken from the person chosen below.")
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(max_length=item.max_length, widget=widget, **shared)


desk_site.add_page("settings/chats/lookups/<int:api_id>/try/", try_lookup, "chat_lookup_try")
desk_site.add_page("settings/chats/lookups/<int:api_id>/people/", find_people, "chat_lookup_people")
