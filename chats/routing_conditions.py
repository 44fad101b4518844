"""CHAT-10: what a routing rule asks about the chat itself: channel, category, page, language, time of day at the site.

A plain document beside the filter about the person, so that it is decided without asking the database (a category
alone is looked up, where the chat has one).
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from chats.models import Category, Chat
from chats.names import is_storable
from chats.routing_errors import RoutingRefused, read_object, read_one_id, read_texts
from contacts.folding import fold
from contacts.languages import is_language, name_of_language
from contacts.models import Channel, Contact
from desk.models import Site

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_LABELS = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}
PAGE_SENTENCES = {
    "contains": gettext_lazy("the page contains “%(text)s”"),
    "startsWith": gettext_lazy("the page begins with “%(text)s”"),
    "is": gettext_lazy("the page is “%(text)s”"),
}
MAX_CATEGORIES = 100
MAX_LANGUAGES = 30
MAX_PAGE = 500
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """What a rule may ask about a chat. ``categories``: its category, and the one above it."""

    channel: str
    page: str = ""
    language: str = ""
    categories: tuple[int, ...] = ()


def facts_of(chat: Chat, contact: Contact) -> ChatFacts:
    """The facts of a chat as it stands; one statement where it has a category."""
    above = Category.objects.filter(pk=chat.category_id).values_list("pk", "parent_id") if chat.category_id else ()
    categories = tuple(pk for pair in above for pk in pair if pk)
    return ChatFacts(chat.channel, chat.page, contact.language, categories)


def read_conditions(data: Any, *, site: Site, path: str = "chat") -> dict[str, Any]:
    """The conditions as they are kept: only what asks something. ``RoutingRefused``: the very place."""
    given = read_object(data, path, ("channels", "categories", "page", "languages", "hours"))
    read = {
        "channels": _channels(given.get("channels"), f"{path}.channels"),
        "categories": _categories(given.get("categories"), f"{path}.categories", site),
        "page": _page(given.get("page"), f"{path}.page"),
        "languages": _languages(given.get("languages"), f"{path}.languages"),
        "hours": _hours(given.get("hours"), f"{path}.hours"),
    }
    return {name: value for name, value in read.items() if value}


def holds(conditions: Mapping[str, Any], chat: Chat | ChatFacts, site: Site, now: datetime.datetime) -> bool:
    """Whether every one of the conditions is true of the chat at ``now``; without any they are."""
    facts = chat if isinstance(chat, ChatFacts) else facts_of(chat, chat.contact)
    if (channels := conditions.get("channels")) and facts.channel not in channels:
        return False
    if (categories := conditions.get("categories")) and not {str(pk) for pk in facts.categories} & set(categories):
        return False
    if (page := conditions.get("page")) and not _page_holds(page, facts.page):
        return False
    if (languages := conditions.get("languages")) and not any(_speaks(facts.language, one) for one in languages):
        return False
    hours = conditions.get("hours")
    return not hours or _in_hours(hours, now.astimezone(site.zone)) is not hours.get("outside", False)


def describe(conditions: Mapping[str, Any], categories: Mapping[int, str] | None = None) -> str:
    """The conditions in words; empty where nothing is asked. ``categories``: names by id, where they are known."""
    said = []
    if channels := conditions.get("channels"):
        labels = [str(Channel(one).label) if one in Channel.values else one for one in channels]
        said.append(_("the channel is %(values)s") % {"values": _one_of(labels)})
    if ids := conditions.get("categories"):
        known = names_of_categories(ids) if categories is None else categories
        names = [_("“%(text)s”") % {"text": known.get(int(pk)) or _("a category that is gone")} for pk in ids]
        said.append(_("the category is %(values)s") % {"values": _one_of(names)})
    if page := conditions.get("page"):
        said.append(str(PAGE_SENTENCES[page["op"]]) % {"text": page["text"]})
    if languages := conditions.get("languages"):
        said.append(_("the language is %(values)s") % {"values": _one_of(list(map(name_of_language, languages)))})
    if hours := conditions.get("hours"):
        said.append(_hours_in_words(hours))
    words = ""
    for part in said:
        words = pgettext("conditions", "%(first)s and %(next)s") % {"first": words, "next": part} if words else part
    return words


def names_of_categories(ids: Any) -> dict[int, str]:
    """Names of categories by id, “level 1 > level 2”."""
    rows = Category.objects.filter(pk__in=[int(pk) for pk in ids]).values_list("pk", "name", "parent__name")
    return {pk: f"{above} > {name}" if above else name for pk, name, above in rows}


def _channels(data: Any, path: str) -> list[str]:
    channels = read_texts(data, path, most=len(Channel.values))
    for number, channel in enumerate(channels):
        if channel not in Channel.values:
            raise RoutingRefused("channel_unknown", path=f"{path}[{number}]", name=channel[:40])
    return channels


def _categories(data: Any, path: str, site: Site) -> list[str]:
    ids = [read_one_id(one) for one in read_texts(data, path, most=MAX_CATEGORIES)]
    if not ids:
        return []
    known = set(Category.objects.filter(site=site, pk__in=ids).values_list("pk", flat=True))
    for number, pk in enumerate(ids):
        if pk not in known:
            raise RoutingRefused("category_unknown", path=f"{path}[{number}]")
    return [str(pk) for pk in ids]


def _page(data: Any, path: str) -> dict[str, str]:
    given = read_object(data, path, ("op", "text"))
    if not given:
        return {}
    op, text = given.get("op"), given.get("text")
    if op not in PAGE_SENTENCES:
        raise RoutingRefused("page_op", path=f"{path}.op")
    if not isinstance(text, str) or not 0 < len(text.strip()) <= MAX_PAGE or not is_storable(text):
        raise RoutingRefused("page_text", path=f"{path}.text")
    return {"op": op, "text": text.strip()}


def _languages(data: Any, path: str) -> list[str]:
    languages = read_texts(data, path, most=MAX_LANGUAGES)
    for number, language in enumerate(languages):
        if not is_language(language):
            raise RoutingRefused("language_unknown", path=f"{path}[{number}]", name=language[:40])
    return list(dict.fromkeys(map(_as_tag, languages)))


def _hours(data: Any, path: str) -> dict[str, Any]:
    given = read_object(data, path, ("days", "from", "to", "outside"))
    if not given:
        return {}
    days = read_texts(given.get("days"), f"{path}.days", most=len(DAYS))
    for number, day in enumerate(days):
        if day not in DAYS:
            raise RoutingRefused("day_unknown", path=f"{path}.days[{number}]", name=day[:40])
    times = {name: given[name] for name in ("from", "to") if given.get(name) not in (None, "")}
    for name, time in times.items():
        if not isinstance(time, str) or not _TIME.fullmatch(time):
            raise RoutingRefused("time_invalid", path=f"{path}.{name}")
    if len(times) == 1:
        raise RoutingRefused("hours_half", path=f"{path}.{'to' if 'from' in times else 'from'}")
    if times.get("from") == "24:00":
        times["from"] = "00:00"
    outside = given.get("outside", False)
    if not isinstance(outside, bool):
        raise RoutingRefused("outside", path=f"{path}.outside")
    if not days and not times:
        raise RoutingRefused("hours_empty", path=path)
    read: dict[str, Any] = {"days": [day for day in DAYS if day in days]} if days else {}
    return read | times | ({"outside": True} if outside else {})


def _page_holds(page: Mapping[str, str], address: str) -> bool:
    """A text that begins with “/” is compared with the address from its path on, as operators write it."""
    wanted, shown = fold(page["text"]), fold(address)
    if page["op"] == "contains":
        return wanted in shown
    if wanted.startswith("/"):
        try:
            parts = urlsplit(shown)
        except ValueError:
            return False
        path = parts.path or "/"
        shown = path if page["op"] == "is" or not parts.query else f"{path}?{parts.query}"
    return shown.startswith(wanted) if page["op"] == "startsWith" else shown == wanted


def _speaks(language: str, wanted: str) -> bool:
    """“en” is every English, “en-GB” that one."""
    spoken = _as_tag(language)
    return spoken == wanted or spoken.startswith(f"{wanted}-")


def _as_tag(language: str) -> str:
    return language.replace("_", "-").lower()


def _in_hours(hours: Mapping[str, Any], local: datetime.datetime) -> bool:
    """From the first minute until before the last; hours over midnight belong to the day on which they begin."""
    days = hours.get("days") or DAYS
    today, yesterday = DAYS[local.weekday()] in days, DAYS[local.weekday() - 1] in days
    if "from" not in hours:
        return today
    start, end, time = hours["from"], hours["to"], f"{local:%H:%M}"
    if start < end:
        return today and start <= time < end
    return (today and time >= start) or (yesterday and time < end)


def _hours_in_words(hours: Mapping[str, Any]) -> str:
    days = [str(DAY_LABELS[day]) for day in hours.get("days", ())]
    words = {"days": pgettext("list", ", ").join(days), "from": hours.get("from", ""), "to": hours.get("to", "")}
    outside = hours.get("outside", False)
    if not days:
        said = _("not between %(from)s and %(to)s") if outside else _("between %(from)s and %(to)s")
    elif "from" not in hours:
        said = _("not on %(days)s") if outside else _("on %(days)s")
    else:
        said = (
            _("not on %(days)s between %(from)s and %(to)s")
            if outside
            else _("on %(days)s between %(from)s and %(to)s")
        )
    return said % words


def _one_of(values: list[str]) -> str:
    """a, b or c"""
    if len(values) < 2:
        return "".join(values)
    first = pgettext("list", ", ").join(values[:-1])
    return pgettext("values", "%(first)s or %(last)s") % {"first": first, "last": values[-1]}
