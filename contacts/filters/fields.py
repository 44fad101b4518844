"""FIL-2: the fields a filter can ask about. Each app registers those whose data it owns; nothing else is a field.

A field says how its *positive* operators compile; the language makes the negative ones from them (FIL-4). What a field
compiles to must be total (true or false for every contact, never NULL) and must not join: columns of the contact row
directly, everything else by ``Exists``.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.filters.operators import OPERATORS, Operator, ValueType
from contacts.filters.values import Moment, Operand
from desk.models import Site
from desk.registry import Registry

if TYPE_CHECKING:
    from contacts.filters.document import Filter
    from contacts.filters.reading import Asker, Reading
    from contacts.models import Contact


class Group(StrEnum):
    """Where the builder's menu shows a field."""

    PROFILE = "profile"
    ACTIVITY = "activity"
    DEVICE = "device"
    TAGS = "tags"
    CHATS = "chats"
    SEGMENTS = "segments"
    CUSTOM = "custom"
    EVENTS = "events"


GROUP_LABELS: dict[Group, Promise] = {
    Group.PROFILE: _("Profile"),
    Group.ACTIVITY: _("Activity"),
    Group.DEVICE: _("Device"),
    Group.TAGS: _("Tags"),
    Group.CHATS: _("Chats"),
    Group.SEGMENTS: _("Segments"),
    Group.CUSTOM: _("Custom fields"),
    Group.EVENTS: _("Events"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that may be chosen, and what people read for it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Within:
    """The window of an event condition: the last ``value`` units."""

    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One checked condition; ``path`` is its place in the document.

    ``values`` are as they were given (canonical JSON), ``operands`` the same ready for comparing: folded texts,
    numbers, days or UTC times. ``resolved`` is what the field's ``resolve`` made of them: ids of tags, filters of
    segments.
    """

    field: "FilterField"
    op: str
    path: str = ""
    values: tuple[Any, ...] = ()
    operands: tuple[Operand, ...] = ()
    unit: str = ""
    within: Within | None = None
    where: "tuple[Condition, ...]" = ()
    resolved: Any = None

    @property
    def operator(self) -> Operator:
        """The operator as its type defines it."""
        return OPERATORS[self.field.type][self.op]


@dataclass(frozen=True, slots=True)
class Occurring:
    """FIL-5: what occurs in a field of texts, for telling which of many terms matched nobody.

    ``rows``: one value for each who matches a condition (its operator is positive) among the managed contacts.
    ``texts``: the compared texts in such a value. ``looks_for``: how a condition of one term is looked for in them, if
    not by its own operator: ``is``, ``contains``, ``startsWith`` or ``endsWith``, and the folded text.
    """

    rows: Callable[[Condition, Moment], QuerySet[Any]]
    texts: Callable[[Any], Iterable[str]]
    looks_for: Callable[[Condition, Site], Sequence[tuple[str, str]]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterField:
    """One key of the language.

    ``compile`` gets a condition with a positive operator. ``choices`` are all values there can be: others are refused.
    ``suggest`` offers values that occur, given what was typed and by whom. ``resolve`` may check values against the
    database, once, when the document is read: it raises ``Refused`` or returns what ``compile`` finds as
    ``condition.resolved``; the condition it gets may carry a negative operator. ``say`` answers what people read for
    the values, when the values are not what people read. ``tell`` answers one contact's own value in words, empty when
    there is none (SEG-5): it never decides who matches. ``unfold`` answers the other filters a condition stands for, by
    name. ``occurring``: for fields of texts, see there. ``other_names``: what else people call its operators.
    """

    key: str
    label: str | Promise
    group: Group
    type: ValueType
    compile: Callable[[Condition, Moment], Q]
    operators: tuple[str, ...] = ()
    choices: Callable[[Site], Sequence[Choice]] | None = None
    suggest: "Callable[[Site, str, Asker], Sequence[Choice]] | None" = None
    resolve: "Callable[[Condition, Reading], Any] | None" = None
    say: Callable[[Condition], Sequence[str]] | None = None
    tell: "Callable[[Contact, Condition, Moment], str] | None" = None
    unfold: "Callable[[Condition], Sequence[tuple[str, Filter]]] | None" = None
    occurring: Occurring | None = None
    other_names: Mapping[str, str] = field(default_factory=dict)
    note: str | Promise = ""

    def offered(self) -> list[Operator]:
        """Its operators, in the order of the builder's menu."""
        table = OPERATORS[self.type]
        return [table[name] for name in self.operators or table]


@dataclass(frozen=True, slots=True)
class FieldFamily:
    """Keys that begin alike: ``profile.<key>``, ``event.<name>``. ``find`` answers the fields of the names it knows."""

    prefix: str
    find: Callable[[Site, Collection[str]], dict[str, FilterField]]
    fields: Callable[[Site], list[FilterField]]
    note: str | Promise = ""


filter_fields: Registry[FilterField] = Registry("filter fields")
field_families: Registry[FieldFamily] = Registry("families of filter fields")


def fields_of(site: Site) -> list[FilterField]:
    """Every field a filter of ``site`` can use, custom fields and seen events included, for menus."""
    return [*filter_fields, *(found for family in field_families for found in family.fields(site))]


def find_fields(site: Site, keys: Collection[str]) -> dict[str, FilterField]:
    """The fields of the keys of a document, by key; keys that name no field are missing from the answer."""
    found = {key: filter_fields.get(key) for key in keys if key in filter_fields}
    for family in field_families:
        names = {key.removeprefix(family.prefix) for key in keys if key.startswith(family.prefix)}
        if names:
            found |= {field.key: field for field in family.find(site, names).values()}
    return found


def property_field(name: str) -> FilterField:
    """A property of an event (FIL-6). Properties are not registered; ``filters.event_fields`` compiles them."""
    return FilterField(key=name, label=name, group=Group.EVENTS, type=ValueType.PROPERTY, compile=_no_field_of_contacts)


def _no_field_of_contacts(condition: Condition, moment: Moment) -> Q:
    raise TypeError(f"{condition.field.key} is a property of an event")
