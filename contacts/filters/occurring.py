"""FIL-5: the texts that occur in a field of contacts, as ``contacts.filters.unmatched`` reads them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Expression, Func, QuerySet

from contacts.filters.fields import Condition, Occurring
from contacts.filters.values import Moment
from contacts.models import Contact
from desk.models import Site


def occurring_in(
    column: str | Expression | Func,
    *,
    texts: Callable[[Any], Iterable[str]] | None = None,
    looks_for: Callable[[Condition, Site], Sequence[tuple[str, str]]] | None = None,
) -> Occurring:
    """The field compares ``column`` of the contact (or of its profile); ``texts``: what is folded text in its value."""

    def rows(condition: Condition, moment: Moment) -> QuerySet[Any]:
        people = Contact.objects.filter(condition.field.compile(condition, moment), site=moment.site, managed=True)
        return people.values_list(column, flat=True)

    return Occurring(rows, texts or _itself, looks_for)


def _itself(value: Any) -> tuple[str, ...]:
    return (value,) if value else ()
