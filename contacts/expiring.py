"""RET-5: the day on which people are deleted, holds included: what list, filter, API and page say alike.

The policy says a day for everybody (``contacts.retention``); who is held then goes on the day after the last day of
the last hold (``contacts.holds``). Whom the policy keeps for ever stays for ever.
"""

import datetime
from collections.abc import Sequence

from contacts.holds import held_until
from contacts.models import Contact
from contacts.retention import policy_of
from desk.models import Site

_DAY = datetime.timedelta(days=1)


def expires_on_of(site: Site, contacts: Sequence[Contact], *, now: datetime.datetime) -> list[datetime.date | None]:
    """The day of each of ``contacts``, in order; None: never. One statement, however many they are."""
    policy, held = policy_of(site), held_until(site, [contact.pk for contact in contacts], now=now)
    return [later_of(policy.expires_on(contact), held.get(contact.pk)) for contact in contacts]


def later_of(policy_says: datetime.date | None, held: datetime.date | None) -> datetime.date | None:
    """The day that is left when ``held`` is the last day of the holds, None without one."""
    if policy_says is None or held is None:
        return policy_says
    return max(policy_says, held + _DAY)
