"""GRADE-3: the column ``grade`` of the contacts list, one statement per page; and the grade in the open API."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import ExpressionWrapper, IntegerField, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from contacts.listing import Column, Shape, SortKey, list_columns
from contacts.models import Contact
from contacts.visitor_facts import VisitorFact, program_facts
from desk.models import Site
from tags.columns import Chip
from tags.models import ContactGrade


def grades_of_contacts(site: Site, contact_ids: Iterable[int]) -> dict[int, Chip]:
    """The grade of each of these contacts that carries one."""
    rows = ContactGrade.objects.filter(site=site, contact__in=list(contact_ids))
    return {pk: Chip(name, color) for pk, name, color in rows.values_list("contact_id", "grade__name", "grade__color")}


def _values(site: Site, contacts: Sequence[Contact]) -> Sequence[object]:
    grades = grades_of_contacts(site, [contact.pk for contact in contacts])
    return [[grades[contact.pk]] if contact.pk in grades else [] for contact in contacts]


_rank = ExpressionWrapper(
    Subquery(ContactGrade.objects.filter(contact=OuterRef("pk")).values("grade__rank")), output_field=IntegerField()
)
list_columns.register(
    "grade",
    Column(
        name="grade",
        label=_("grade"),
        values=_values,
        shape=Shape.TAGS,
        sort=(SortKey(_rank),),
        descending_first=True,
    ),
)

# What the desk thinks of a person is none of the visitor's business, and no page boot asks for it.
_GRADE = "FROM tags_contactgrade cg JOIN tags_grade g ON g.id = cg.grade_id WHERE cg.contact_id = c.id"
_SQL = {
    "postgresql": f"(SELECT json_build_object('name', g.name, 'color', g.color)::text {_GRADE})",
    "sqlite": f"(SELECT json_object('name', g.name, 'color', g.color) {_GRADE})",
}


def _read(value: Any) -> dict[str, str] | None:
    return json.loads(value) if value else None


program_facts.register("grade", VisitorFact(sql=_SQL.__getitem__, read=_read))
