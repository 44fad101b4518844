"""The column ``tags`` of the contacts list: one statement per page, not one per row."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import CharField, ExpressionWrapper, Min, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from contacts.id_lists import id_rows
from contacts.listing import Column, Shape, SortKey, list_columns
from contacts.models import Contact
from desk.models import Site
from tags.models import ContactTag

# A page of the list has fewer; more come from a batch of an export.
MANY = 500


class Chip(NamedTuple):
    """A tag as a cell shows it; no model, for a page has a hundred of them."""

    name: str
    color: str


def tags_of(site: Site, contact_ids: Iterable[int]) -> dict[int, list[Chip]]:
    """The tags of each of these contacts, by name."""
    tags: dict[int, list[Chip]] = defaultdict(list)
    ids = list(contact_ids)
    rows = (
        ContactTag.objects.filter(site=site, contact_id__in=ids if len(ids) < MANY else id_rows(ids))
        .order_by("tag__name_folded")
        .values_list("contact_id", "tag__name", "tag__color")
    )
    for contact_id, name, color in rows:
        tags[contact_id].append(Chip(name, color))
    return tags


def _values(site: Site, contacts: Sequence[Contact]) -> Sequence[object]:
    tags = tags_of(site, [contact.pk for contact in contacts])
    return [tags.get(contact.pk, []) for contact in contacts]


# Sorted by the first tag's name.
_first_name = ExpressionWrapper(
    Subquery(
        ContactTag.objects.filter(contact=OuterRef("pk"))
        .values("contact")
        .annotate(first=Min("tag__name_folded"))
        .values("first")
    ),
    output_field=CharField(),
)
list_columns.register(
    "tags", Column(name="tags", label=_("tags"), values=_values, shape=Shape.TAGS, sort=(SortKey(_first_name),))
)
