"""TAG-2: the lines of the management page: fifty at a time, so that a page of a thousand tags stays light."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from contacts.folding import fold
from desk.access import Access
from desk.admin import access_of
from tags.catalogue import tags_of_site
from tags.models import Tag
from tags.tree import Branch, as_tree, contacts_per_tag

LINES = 50
MAX_SEARCH = 80
# Which levels this browser has closed: their keys with dots between; tree.js writes it.
CLOSED = "closed-tag-levels"


@dataclass(frozen=True, slots=True)
class Line:
    """``contacts`` None: not counted yet, or no tag. ``closed``: what is below is hidden; ``hidden``: it is itself."""

    branch: Branch
    contacts: int | None = None
    closed: bool = False
    hidden: bool = False
    going: str = ""


def lines_of(request: HttpRequest, *, counted: bool) -> dict[str, Any]:
    """The lines that ``q`` and ``from`` of the address ask for, as context of ``tags/tag_rows.html``.

    ``following``: where the next lines begin, None behind the last. ``numbers``: whether they are counted.
    """
    access, query = access_of(request), request.GET.get("q", "")[:MAX_SEARCH]
    start = _number(request.GET.get("from", ""))
    tags = [tag for tag in tags_of_site(access.site) if fold(query) in tag.name_folded]
    branches = as_tree(tags)
    part = branches[start : start + LINES]
    closed = frozenset() if query else frozenset(request.COOKIES.get(CLOSED, "")[:4000].split("."))
    return {
        "rows": _lines(access, part, closed, counted=counted),
        "numbers": counted,
        "following": start + LINES if start + LINES < len(branches) else None,
        "start": start,
        "tags_count": len(tags),
        "query": query,
        "going": any(tag.is_leaving for tag in tags),
        "may_change": access.may("tags.change"),
    }


def _lines(access: Access, branches: Sequence[Branch], closed: frozenset[str], *, counted: bool) -> list[Line]:
    tags = [branch.tag for branch in branches if branch.tag is not None]
    numbers = contacts_per_tag(access.site, tags) if counted else {}
    return [
        Line(
            branch,
            contacts=numbers.get(branch.tag.pk, 0) if counted and branch.tag is not None else None,
            closed=branch.key in closed,
            hidden=any(key in closed for key in branch.above),
            going=_going(branch.tag),
        )
        for branch in branches
    ]


def _going(tag: Tag | None) -> str:
    """The kind of the job that takes the tag away just now; empty when none does."""
    return tag.leaving.kind if tag is not None and tag.is_leaving and tag.leaving is not None else ""


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
