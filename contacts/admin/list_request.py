"""What a list was asked for in its address: filter, segment, kind, quick search, order, place (LIST-1, LIST-2, FIL-11).

``filter`` is a document, ``f`` the key of one that is too long for an address (``contacts.kept_filters``). ``edit``
opens the builder on a segment: 1 on the one that is listed, an id while other conditions for it are tried out.

Rows, count, pages and actions all read the address here, so they mean the same people. What is unknown or malformed
is refused with a reason; nothing is ever ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.filters.compile import Purpose
from contacts.filters.document import Filter, parse_filter, parse_filter_text
from contacts.filters.errors import FilterError, Problem
from contacts.filters.matching import Near, matching, matching_near
from contacts.filters.reading import Asker, Reading
from contacts.kept_filters import kept_document
from contacts.listing import Column, columns_of
from contacts.models import Contact, Kind
from contacts.paging import Order
from desk.access import Access

PARAMETERS = ("filter", "f", "segment", "kind", "q", "edit", "o", "after", "before")
SCOPE = ("filter", "f", "segment", "kind", "q")  # what decides who is in the list; the rest is order and place
DEFAULT_ORDER = "-lastSeenAt"
MAX_SEARCH = 200


class ListRefused(Exception):
    """The address is not one of a list; ``problems`` say what is wrong with it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ListRequest:
    """``filter`` is everything of the address that narrows the list, as one document; ``own`` is the builder's part."""

    access: Access
    parameters: Mapping[str, str]
    filter: Filter
    own: Filter
    columns: dict[str, Column]
    order: Order

    @property
    def search(self) -> str:
        return self.parameters.get("q", "").strip()

    @property
    def narrowed(self) -> bool:
        """Whether anything but "everybody managed" is asked for."""
        return bool(self.search) or self.filter.root is not None

    def contacts(self, purpose: Purpose = Purpose.PAGE) -> QuerySet[Contact]:
        """The people of this list, unordered."""
        return matching(self.access.site, self.filter, search=self.search, purpose=purpose)

    def near(self) -> Near | None:
        """The same people, where a page of the newest is found sooner by asking one after the other."""
        return matching_near(self.access.site, self.filter, search=self.search)

    def address(self, **changes: str) -> str:
        """``?…`` of this list with some parameters changed; an empty one is left out. A new order or scope starts at
        the first page."""
        wanted = {**self.parameters, "after": "", "before": "", **changes}
        kept = {name: wanted[name] for name in PARAMETERS if wanted.get(name)}
        return f"?{urlencode(kept)}" if kept else "?"

    def scope(self) -> str:
        """``?…`` with only what decides who is in the list."""
        return self.address(o="", edit="")


def read_list_request(access: Access, query: QueryDict) -> ListRequest:
    """Read the address of a list; ``ListRefused`` when it is not one."""
    parameters = _read_parameters(query)
    try:
        own = _read_own(access, parameters)
        whole = _combined(access, parameters, own)
    except FilterError as error:
        raise ListRefused(*error.problems) from error
    columns = columns_of(access.site)
    return ListRequest(access, parameters, whole, own, columns, _read_order(access, parameters.get("o"), columns))


def known_parameters(query: QueryDict) -> dict[str, str]:
    """What can be understood of an address that was refused, for whoever wants to mend it."""
    return {name: str(query[name]) for name in PARAMETERS if len(query.getlist(name)) == 1 and query[name]}


def _read_own(access: Access, parameters: Mapping[str, str]) -> Filter:
    """The builder's part: written into the address, or kept under the key in it."""
    if key := parameters.get("f"):
        document = kept_document(access.site, key, now=timezone.now())
        return parse_filter(document, site=access.site, reading=reading_for(access))
    return parse_filter_text(parameters.get("filter", ""), site=access.site, reading=reading_for(access))


def reading_for(access: Access) -> Reading:
    """The operator may name the segments they see."""
    return Reading(access.site, asker=Asker.of(access))


def _read_parameters(query: QueryDict) -> dict[str, str]:
    problems = [
        Problem(
            name[:80], "unknown", _("The address holds “%(name)s”, which the list does not know.") % {"name": name[:80]}
        )
        for name in query
        if name not in PARAMETERS
    ]
    problems += [
        Problem(name, "repeated", _("The address holds “%(name)s” more than once.") % {"name": name})
        for name in PARAMETERS
        if len(query.getlist(name)) > 1
    ]
    search = query.get("q", "")
    if len(search) > MAX_SEARCH or "\x00" in search:
        problems.append(Problem("q", "invalid", _("This is too much to search for.")))
    if "after" in query and "before" in query:
        problems.append(Problem("after", "invalid", _("The address names two places in the list.")))
    if query.get("filter") and query.get("f"):
        problems.append(Problem("f", "invalid", _("The address names two filters.")))
    edited = query.get("edit", "")
    if edited and not (edited.isascii() and edited.isdigit() and len(edited) <= 19):
        problems.append(Problem("edit", "invalid", _("The address does not name a segment to edit.")))
    if problems:
        raise ListRefused(*problems)
    return {name: str(query[name]) for name in PARAMETERS if query.get(name)}


def _combined(access: Access, parameters: Mapping[str, str], own: Filter) -> Filter:
    """The builder's filter, the segment and the kind as one document."""
    members: list[dict[str, Any]] = [own.data] if own.data else []
    if kind := parameters.get("kind"):
        if kind not in (Kind.LEAD, Kind.MEMBER):
            raise FilterError(Problem("kind", "unknown", _("There is no kind “%(kind)s”.") % {"kind": kind[:40]}))
        members.insert(0, {"key": "kind", "op": "is", "values": [kind]})
    if segment := parameters.get("segment"):
        members.insert(0, {"key": "segment", "op": "in", "values": [segment]})
    if not members or members == [own.data]:
        return own
    flat = [part for member in members for part in member.get("and", [member])]
    return parse_filter({"and": flat}, site=access.site, reading=reading_for(access))


def _read_order(access: Access, wanted: str | None, columns: dict[str, Column]) -> Order:
    """``name`` ascending, ``-name`` descending; by personal data only for who may see it (SITE-4)."""
    name = wanted or DEFAULT_ORDER
    column = columns.get(name.removeprefix("-"))
    if column is None or not column.sort:
        message = _("The list cannot be sorted by “%(name)s”.") % {"name": name[:80]}
        raise ListRefused(Problem("o", "unknown", message))
    if column.personal and not access.sees_personal_data:
        raise ListRefused(Problem("o", "masked", _("You cannot sort by data that is masked for you.")))
    return Order(column, name.startswith("-"))
