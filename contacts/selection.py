"""The people an action is meant for, as data (LIST-3, FIL-11): ids, or a filter, exclusions and the count a person saw.

A selection is never rebuilt from a page's address nor kept in a session. What it names is asked of the database when
it is used, and it is refused when that has become more than the person saw. Only managed contacts can be selected
(KIND-5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from contacts.filters.compile import Purpose
from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.filters.reading import Asker, Reading
from contacts.models import Contact
from desk.models import Site

# More than this many are chosen by a filter ("all matching"), not one by one.
MAX_IDS = 5_000

_KEYS = {"ids"}, {"filter", "search", "exclude"}


class SelectionInvalid(Exception):
    """What was sent is no selection. ``path`` says where, ``code`` why."""

    def __init__(self, path: str, code: str) -> None:
        super().__init__(f"{path}: {code}")
        self.path = path
        self.code = code


class SelectionChanged(Exception):
    """The set has grown since the person saw it: ``expected`` then, ``found`` now."""

    def __init__(self, *, expected: int, found: int) -> None:
        super().__init__(f"{expected} expected, {found} found")
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Selection:
    """Either ``ids``, or everybody who matches ``filter`` (a document; None: everybody managed) and ``search``, less
    ``exclude``. ``expected_count`` is the number of people that was shown when the choice was made.
    """

    ids: tuple[int, ...] | None = None
    filter: Mapping[str, Any] | None = None
    search: str = ""
    exclude: tuple[int, ...] = ()
    expected_count: int | None = None

    def queryset(self, site: Site, *, now: datetime | None = None, asker: Asker | None = None) -> QuerySet[Contact]:
        """The selected contacts of ``site`` as they are now; ``FilterError`` when the filter is refused.

        Ids of other sites, of anonymous contacts and of contacts that are gone select nobody.
        """
        if self.ids is not None:
            return Contact.objects.filter(site=site, managed=True, pk__in=self.ids)
        filter_ = parse_filter(self.filter or {}, site=site, reading=Reading(site, asker=asker))
        # Whoever takes a selection goes through all of it.
        contacts = matching(site, filter_, search=self.search, now=now, purpose=Purpose.COUNT)
        return contacts.exclude(pk__in=self.exclude) if self.exclude else contacts

    def checked(self, site: Site, *, now: datetime | None = None, asker: Asker | None = None) -> QuerySet[Contact]:
        """Like ``queryset``, but ``SelectionChanged`` when there are now more people than the person saw."""
        contacts = self.queryset(site, now=now, asker=asker)
        if self.expected_count is not None and (found := contacts.order_by().count()) > self.expected_count:
            raise SelectionChanged(expected=self.expected_count, found=found)
        return contacts

    def as_data(self) -> dict[str, Any]:
        """The public shape (api.md, ``POST actions/{name}``), for forms, jobs and the audit log."""
        if self.ids is not None:
            return {"ids": [str(pk) for pk in self.ids]}
        return {
            "filter": dict(self.filter or {}),
            "search": self.search,
            "exclude": [str(pk) for pk in self.exclude],
        }


def parse_selection(data: object, *, expected_count: object = None) -> Selection:
    """Read ``{"ids": […]}`` or ``{"filter": …, "search": "…", "exclude": […]}``; ``SelectionInvalid`` otherwise.

    A choice by filter needs the count that was shown: a set nobody has seen is not to be changed.
    """
    if not isinstance(data, dict):
        raise SelectionInvalid("selection", "invalid")
    if not any(data.keys() and data.keys() <= keys for keys in _KEYS):
        unknown = sorted(data.keys() - _KEYS[0] - _KEYS[1])
        raise SelectionInvalid(
            f"selection.{unknown[0]}" if unknown else "selection", "unknown" if unknown else "invalid"
        )
    if expected_count is not None and (not isinstance(expected_count, int) or isinstance(expected_count, bool)):
        raise SelectionInvalid("expectedCount", "invalid")
    if "ids" in data:
        return Selection(ids=_ids(data["ids"], "selection.ids"), expected_count=expected_count)
    if expected_count is None:
        raise SelectionInvalid("expectedCount", "required")
    filter_, search = data.get("filter"), data.get("search", "")
    if not isinstance(filter_, dict | None):
        raise SelectionInvalid("selection.filter", "invalid")
    if not isinstance(search, str):
        raise SelectionInvalid("selection.search", "invalid")
    exclude = _ids(data.get("exclude", []), "selection.exclude")
    return Selection(filter=filter_, search=search, exclude=exclude, expected_count=expected_count)


def _ids(data: object, path: str) -> tuple[int, ...]:
    """Ids are opaque strings outside; numbers are accepted too. At most ``MAX_IDS``."""
    if not isinstance(data, list):
        raise SelectionInvalid(path, "invalid")
    if len(data) > MAX_IDS:
        raise SelectionInvalid(path, "too_many")
    return tuple(dict.fromkeys(_id(item, f"{path}[{index}]") for index, item in enumerate(data)))


def _id(item: object, path: str) -> int:
    text = str(item) if isinstance(item, int) and not isinstance(item, bool) else item
    if not isinstance(text, str) or not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise SelectionInvalid(path, "invalid")
    if (number := int(text)) >= 1 << 63:
        raise SelectionInvalid(path, "invalid")
    return number
