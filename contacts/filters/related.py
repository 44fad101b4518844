"""How a filter asks about rows beside the contact: never by a join that could find somebody twice.

Person by person (``EXISTS``): PostgreSQL turns it into a semi-join or anti-join where that is better, and a page stops
after fifty people. By a list (``IN``): the ids are found once and people looked up in them, which is better where no
join can be made of it: below an "any of", and where many filters are counted in one pass. There the profile row, which
everybody has exactly once, is joined. All of them are true or false for everybody and mean the same (FIL-4).
"""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from contacts.filters.sql import Test
from contacts.filters.values import Moment, Purpose
from contacts.models import ContactProfile


def by_list(moment: Moment) -> bool:
    """Whether ids are found once and people looked up in them. SQLite joins no ``EXISTS`` and counts by lists."""
    if moment.purpose is Purpose.COUNT:
        return moment.alternative or connection.vendor == "sqlite"
    return moment.purpose is Purpose.PASS


def related(rows: QuerySet[Any], moment: Moment, *, link: str = "contact_id") -> Q:
    """Whether any of ``rows`` belongs to the contact by its column ``link``, which is never empty."""
    if by_list(moment):
        return Q(pk__in=rows.order_by().values(link))
    return Q(Exists(rows.filter(**{link: OuterRef("pk")})))


def profile_matches(test: Callable[[str], Test], moment: Moment) -> Q:
    """A condition on the contact's profile row; ``test`` gets what to put before the name of a column."""
    if moment.purpose is Purpose.PASS:
        return Q(test("profile__"))
    return related(ContactProfile.objects.filter(Q(test(""))), moment)
