"""SEG-5: in which segments one person is. All of them in one statement about one contact."""

import datetime
from collections.abc import Sequence

from contacts.filters.compile import compile_filter
from contacts.filters.explain import holds
from contacts.models import Contact
from contacts.time_limit import time_limit
from segments.counting import IN_A_PASS
from segments.models import Segment
from segments.sets import filter_if_valid

SECONDS = 5.0


def memberships(contact: Contact, segments: Sequence[Segment], *, now: datetime.datetime) -> dict[int, bool]:
    """Whether the contact is in each of these segments of its site, by id; in a refused one nobody is (SEG-1).

    ``Contact.DoesNotExist`` when the contact is not managed, ``TookTooLong``.
    """
    found: dict[int, bool] = {}
    for start in range(0, len(segments), IN_A_PASS):
        chunk = segments[start : start + IN_A_PASS]
        filters = {segment.pk: filter_if_valid(segment) for segment in chunk}
        conditions = {pk: compile_filter(filter, now=now) for pk, filter in filters.items() if filter is not None}
        with time_limit(SECONDS):
            answers = holds(contact, list(conditions.values()), contact.site_id)
        found |= dict.fromkeys(filters, False) | dict(zip(conditions, answers, strict=True))
    return found
