"""UNI-13: the plan of a merge as the dialog prints it: people, rows, what moves, masked for who may not see (SITE-4).

Words only; what happens is said by ``contacts.merge_plans``, and nothing is decided here.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contacts.admin.formats import day, moment, phone, source_words
from contacts.admin.profile_cards import custom_text
from contacts.admin.profile_forms import PROFILE
from contacts.masking import mask, name_of
from contacts.merge_values import ABSORBED, BOTH, SURVIVOR, FieldPlan, MergePlan, PlanDifference, SourceNote
from contacts.models import Contact, ProfileField
from contacts.profile_fields import parse_time
from desk.access import Access

_BETWEEN = " / "
_PHONES = ("mobileNumber", "landlineNumber")
_TIMES = ("createdAt", "lastSeenAt", "lastTouchAt", "updatedAt", "birthDate")


@dataclass(frozen=True, slots=True)
class Person:
    """One of the two, as the heads of the columns name him."""

    id: str
    name: str
    number: str
    kind: str
    kind_label: str
    url: str


@dataclass(frozen=True, slots=True)
class Side:
    """One value of a row. ``side`` is what the radio sends."""

    side: str
    text: str
    source: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One field. ``result`` is told where it is neither of the two values as it stands."""

    key: str
    label: str
    sides: tuple[Side, Side]
    choosable: bool
    why: str
    result: str | None


def person_of(access: Access, contact: Contact) -> Person:
    """Name, number and kind; no personal data beside the name unless he has no other name."""
    return Person(
        id=str(contact.pk),
        name=name_of(contact, sees_personal_data=access.sees_personal_data),
        number=str(contact.customer_number),
        kind=contact.kind,
        kind_label=str(contact.get_kind_display()),
        url=reverse("admin:contacts_contact_change", args=[contact.pk]),
    )


def shown_detail(access: Access, field: str, value: str) -> str:
    """A phone, e-mail or memberId in local form, or masked for who may not see it."""
    if not access.sees_personal_data:
        return str(mask(field, value))
    return phone(value, access.site.phone_country) if field in _PHONES else value


class PlanWords:
    """The words of one plan for one operator; the types of custom fields are asked once."""

    def __init__(self, access: Access, plan: MergePlan) -> None:
        self.access, self.plan = access, plan
        self._types = dict(ProfileField.objects.filter(site=access.site).values_list("key", "type"))

    @property
    def to_choose(self) -> list[Row]:
        """The fields on which an operator may choose."""
        return [self._row(field) for field in self.plan.fields if field.differs and field.choosable]

    @property
    def settled(self) -> list[Row]:
        """The fields on which the two differ and a rule decides. Their numbers stand in the heads of the columns."""
        return [
            self._row(field)
            for field in self.plan.fields
            if field.differs and not field.choosable and field.key != "customerNumber"
        ]

    @property
    def same(self) -> list[tuple[str, str]]:
        """What is the same on both sides: label and value."""
        return [
            (str(capfirst(str(field.label))), self.value(field.key, field.result))
            for field in self.plan.fields
            if not field.differs and field.result not in (None, "", [], False)
        ]

    @property
    def moves(self) -> list[tuple[str, str]]:
        """What goes along: label and count."""
        return [
            (str(capfirst(str(move.label))), formats.number_format(move.count, force_grouping=True))
            for move in self.plan.moves
            if move.count
        ]

    @property
    def dropped(self) -> list[tuple[str, str, str]]:
        """What no longer stands in its field: label, value, and where it is kept. What is chosen from is told apart."""
        chosen_from = {field.key for field in self.plan.fields if field.choosable}
        return [
            (str(capfirst(str(one.label))), self.value(one.key, one.value), str(one.words))
            for one in self.plan.dropped
            if one.key not in chosen_from
        ]

    @property
    def not_chosen(self) -> list[tuple[str, str]]:
        """Where the values that are not chosen are kept: the labels of the fields, and where. True for any choice."""
        places: dict[str, list[str]] = {}
        chosen_from = {field.key for field in self.plan.fields if field.choosable}
        for one in self.plan.dropped:
            if one.key in chosen_from:
                places.setdefault(str(one.words), []).append(str(one.label))
        return [(str(capfirst(", ".join(labels))), words) for words, labels in places.items()]

    def _row(self, field: FieldPlan) -> Row:
        kept, other = self.value(field.key, field.kept), self.value(field.key, field.absorbed)
        result = self.value(field.key, field.result) if field.wins == BOTH else None
        # A result that is one of the two, such as the earlier time, is marked where it stands.
        wins = {kept: SURVIVOR, other: ABSORBED}.get(result, BOTH) if result is not None else field.wins
        return Row(
            key=field.key,
            label=str(capfirst(str(field.label))),
            sides=(
                Side(SURVIVOR, kept, self._source(field.kept_source), wins == SURVIVOR),
                Side(ABSORBED, other, self._source(field.absorbed_source), wins == ABSORBED),
            ),
            choosable=field.choosable,
            why=field.why.words,
            result=result if wins == BOTH else None,
        )

    def _source(self, note: SourceNote | None) -> str:
        """“Operator (Alice) · 2026-11-21 14:03”."""
        if note is None:
            return ""
        who = source_words(note.source, note.label) if note.source else note.label
        try:
            at = moment(datetime.datetime.fromisoformat(note.at), self.access.site.zone) if note.at else ""
        except ValueError:
            at = ""
        return " · ".join(filter(None, (who, at)))

    def value(self, key: str, value: Any) -> str:
        """A value of a plan for this operator; empty when there is none."""
        if value in (None, "", [], ()):
            return ""
        if not self.access.sees_personal_data and (masked := mask(key, value)) != value:
            return str(masked)
        if key.startswith(PROFILE):
            return custom_text(self.access, value, self._types.get(key.removeprefix(PROFILE), ""))
        return self._plain(key, value)

    def _plain(self, key: str, value: Any) -> str:
        if key in _PHONES:
            return phone(str(value), self.access.site.phone_country)
        if isinstance(value, str) and key in _TIMES:
            value = parse_time(value) or value
        match value:
            case bool():
                text = _("yes") if value else _("no")
            case datetime.datetime():
                text = moment(value, self.access.site.zone)
            case datetime.date():
                text = day(value)
            case list() | tuple():
                text = ", ".join(str(item) for item in value)
            case Mapping():
                text = " · ".join(f"{name} {item}" for name, item in value.items() if item)
            case int() | float() if key != "customerNumber":
                text = str(formats.number_format(value, force_grouping=True))
            case _:
                text = str(value)
        return text

    def changes(self, differences: tuple[PlanDifference, ...]) -> list[tuple[str, str | None, str]]:
        """What is not as the operator saw it: label, then, now, each for both people, masked as everywhere."""
        return [
            (
                str(capfirst(str(change.what))),
                None if change.then is None else self._of_both(change.key, change.then),
                self._of_both(change.key, change.now),
            )
            for change in differences
        ]

    def _of_both(self, key: str, texts: str) -> str:
        """“kept / absorbed” as plain texts, in words."""
        plain = {"True": _("yes"), "False": _("no"), "–": "–"}
        return " / ".join(plain.get(text) or self.value(key, text) or "–" for text in texts.split(_BETWEEN))
