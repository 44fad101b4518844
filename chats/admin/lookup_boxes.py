"""LOOK-5 in words: a lookup's form with what is known filled in, and its box. Decides what a masked operator meets.

SITE-4: to whom personal data is masked, a box shows what ``Box.masked`` leaves, and what the form holds of the person's
contact points and of what the page passed is fixed: it is looked up for this person, and for nobody else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chats.admin.lookup_words import took_words
from chats.admin.panel_words import shown_parameter
from chats.lookups.answers import NO_RESULT
from chats.lookups.boxes import Box
from chats.lookups.chat_fields import PARAMETERS, About, labels, shown, value_of
from chats.lookups.matching_chats import Match
from chats.lookups.settings import apis_of
from chats.models import Chat, ItemControl, ItemKind, LookupApi, LookupQueryItem
from contacts.admin.formats import moment
from contacts.masking import name_of
from desk.access import Access
from desk.models import Site

_FIXED = {"id", "phone", "email"}


def any_in_use(site: Site) -> bool:
    """Whether there is anything to look up here; one statement."""
    return LookupApi.objects.filter(site=site, active=True).exists()


def forms_of(access: Access, about: About) -> list[dict[str, Any]]:
    """The forms by hand, one for each lookup in use; three statements."""
    page = "chat_lookup" if isinstance(about, Chat) else "contact_lookup"
    return [
        {
            "id": str(api.pk),
            "name": api.name,
            "url": reverse(f"admin:{page}", args=[about.pk, api.pk]),
            "fields": [_field(access, about, item) for item in api.query_items.all()],
        }
        for api in apis_of(access.site, active_only=True)
    ]


def _field(access: Access, about: About, item: LookupQueryItem) -> dict[str, Any]:
    options = [(option["value"], option["label"]) for option in item.options]
    return {
        "id": f"lookup-{item.pk}",
        "name": item.variable,
        "label": item.label,
        "required": item.required,
        "max_length": item.max_length,
        "value": _shown(access, about, item.variable) if item.kind == ItemKind.CHAT_FIELD else item.default,
        "fixed": _is_fixed(access, item),
        "options": options if item.control == ItemControl.DROP_DOWN else None,
    }


def _is_fixed(access: Access, item: LookupQueryItem) -> bool:
    code = item.variable
    personal = item.kind == ItemKind.CHAT_FIELD and (code in _FIXED or code.startswith(PARAMETERS))
    return personal and not access.sees_personal_data


def _shown(access: Access, about: About, code: str) -> str:
    if code.startswith(PARAMETERS):
        return shown_parameter(access, code.removeprefix(PARAMETERS), value_of(about, code))
    return shown(about, code, sees_personal_data=access.sees_personal_data)


def values_of(access: Access, about: About, api: LookupApi, posted: Mapping[str, str]) -> dict[str, str]:
    """What is sent for a form that was filled in: what was written, and what is fixed as it is."""
    items = list(api.query_items.all())
    fixed = {item.variable for item in items if _is_fixed(access, item)}
    return {
        item.variable: value_of(about, item.variable) if item.variable in fixed else posted.get(item.variable, "")
        for item in items
    }


def is_about(about: About, api: LookupApi, values: Mapping[str, str]) -> bool:
    """Whether these values are this person's: a field that is known was left as it is.

    What is answered about somebody else is shown, and never written into this person (LOOK-6).
    """
    fields = [item.variable for item in api.query_items.all() if item.kind == ItemKind.CHAT_FIELD]
    known = {code: value_of(about, code) for code in fields}
    return all(values[code].strip() in (text.strip(), "") for code, text in known.items() if text)


def rendered(access: Access, box: Box) -> str:
    """The box as it stands in the panel; values are text."""
    seen = box if access.sees_personal_data else box.masked()
    context = {
        "id": str(box.api.pk),
        "name": box.api.name,
        "box": seen,
        "none": box.outcome == NO_RESULT,
        "masked": not access.sees_personal_data and seen.values != box.values,
        "took": _took(box),
    }
    return render_to_string("chats/lookup_box.html", context)


def _took(box: Box) -> str:
    if box.cached:
        return _("asked within the last 5 minutes")
    if not box.milliseconds:
        return ""
    return took_words(box.milliseconds)


def found_chats(access: Access, matches: Sequence[Match]) -> list[dict[str, Any]]:
    """Chats that match what was looked up, as lines that lead to them, each with what is the same."""
    words = labels()
    return [
        {
            "url": reverse("admin:inbox_chat", args=[match.chat.pk]),
            "number": str(match.chat.number),
            "name": name_of(match.chat.contact, sees_personal_data=access.sees_personal_data),
            "state": str(capfirst(match.chat.get_state_display())),
            "is_open": match.chat.is_open,
            "channel": str(capfirst(match.chat.get_channel_display())),
            "start": moment(match.chat.opened_at, access.site.zone),
            "by": ", ".join(words[code] for code in match.by),
        }
        for match in matches
    ]


def chats_found(count: int) -> str:
    """The heading over them."""
    words = ngettext("%(n)d chat of the last 3 months matches", "%(n)d chats of the last 3 months match", count)
    return words % {"n": count}
