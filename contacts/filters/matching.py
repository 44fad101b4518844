"""FIL-8, FIL-11: who matches. Here, and only here, a filter meets the contacts: for lists, counts and bulk actions."""

import datetime
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from contacts.filters.compile import Purpose, compile_filter
from contacts.filters.document import Filter, Node, Not
from contacts.filters.fields import Condition
from contacts.filters.operators import ValueType
from contacts.models import Contact
from contacts.search import matches
from desk.models import Site


def matching(
    site: Site,
    filter: Filter | None = None,
    *,
    search: str = "",
    now: datetime.datetime | None = None,
    purpose: Purpose = Purpose.PAGE,
) -> QuerySet[Contact]:
    """The managed contacts of ``site`` that ``filter`` and the quick search match; unordered, without duplicates.

    ``purpose`` is ``COUNT`` for whoever counts them or goes through all of them: the same people, other SQL.
    """
    contacts = Contact.objects.filter(site=site, managed=True)
    if filter is not None and filter.root is not None:
        if filter.site.pk != site.pk:
            raise ValueError("a filter of one site was asked of another")
        contacts = contacts.filter(compile_filter(filter, now=now or timezone.now(), purpose=purpose))
    return contacts.filter(matches(search, site)) if search.strip() else contacts


@dataclass(frozen=True, slots=True)
class Near:
    """For a page of the newest people: everybody, and who of them matches when each is asked by themselves."""

    everybody: QuerySet[Contact]
    matching: QuerySet[Contact]


def matching_near(site: Site, filter: Filter, *, search: str = "", now: datetime.datetime | None = None) -> Near | None:
    """The same people as ``matching``, to be looked for among the newest first; None where that saves nothing.

    What a database does for events, for alternatives and for segments it does for everybody at once: it cannot know
    that fifty of the newest thousand will do. Other conditions it takes along the list by itself.
    """
    if filter.root is None or not _asks_everybody(filter.root, negated=False):
        return None
    return Near(matching(site), matching(site, filter, search=search, now=now, purpose=Purpose.NEAR))


def _asks_everybody(node: Node, *, negated: bool) -> bool:
    if isinstance(node, Not):
        return _asks_everybody(node.node, negated=not negated)
    if isinstance(node, Condition):
        return node.field.type in (ValueType.EVENT, ValueType.SEGMENT)
    alternatives = node.all is negated and len(node.members) > 1
    return alternatives or any(_asks_everybody(member, negated=negated) for member in node.members)
