"""The sidebar. An app registers its section from ``AppConfig.ready()``; the frame shows them in ``order``.

Orders in use: inbox 10, contacts 20, segments 30, tags and grades 40, suggestions 50, imports and jobs 60,
retention 65, settings 90.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.functional import Promise

from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. A ``count`` that costs a query may be a callable: it is asked after the page is on screen.

    ``icon`` names a drawing of the sprite; ``title`` is shown on hover when the label is not enough. ``active`` needs
    setting only where the address alone does not tell. Beside a late count, ``known`` is the number to show until it
    comes, and ``age`` says how old the late one is, when it is older than one expects.
    """

    label: str | Promise
    url: str
    icon: str
    count: int | Callable[[], int | None] | None = None
    active: bool = False
    title: str | Promise = ""
    known: int | None = None
    age: Callable[[], str] | None = None

    @property
    def late(self) -> bool:
        """Whether the count is fetched after the page."""
        return callable(self.count)


@dataclass(frozen=True, slots=True)
class Section:
    """A group of lines under ``label`` (empty: no heading); ``entries`` answers what this operator may open."""

    name: str
    label: str | Promise
    order: int
    entries: Callable[[HttpRequest], list[Entry]]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section as the sidebar prints it."""

    name: str
    label: str | Promise
    entries: list[Entry] = field(default_factory=list)


navigation: Registry[Section] = Registry("navigation")


def shown_sections(request: HttpRequest) -> list[ShownSection]:
    """The sections of this operator on this site, the line of the current page marked; empty sections left out."""
    sections = [
        ShownSection(section.name, section.label, section.entries(request))
        for section in sorted(navigation, key=lambda section: section.order)
    ]
    current = _current(request, [entry for section in sections for entry in section.entries])
    return [
        replace(section, entries=[replace(entry, active=entry is current) for entry in section.entries])
        for section in sections
        if section.entries
    ]


def _current(request: HttpRequest, entries: list[Entry]) -> Entry | None:
    """The line the page belongs to: the one that says so, the same address, or the longest address above it."""
    for entry in entries:
        if entry.active or entry.url == request.get_full_path():
            return entry
    above = [
        entry
        for entry in entries
        if not urlsplit(entry.url).query and request.path.startswith(urlsplit(entry.url).path)
    ]
    return max(above, key=lambda entry: len(entry.url), default=None)
