"""FIL-8, FIL-11: who matches. Here, and only here, a filter meets the contacts: for lists, counts and bulk actions."""

import datetime

from django.db.models import QuerySet
from django.utils import timezone

from contacts.filters.compile import Purpose, compile_filter
from contacts.filters.document import Filter
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
