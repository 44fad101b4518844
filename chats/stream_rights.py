"""CHAT-4: who may (still) look on. A visitor while the session is open, an operator while signed in and on the team.

Signed in includes the second factor where one is owed (SITE-4).
Asked when a stream is opened and every few seconds after, for all open streams at once.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from chats.stream_address import OperatorTicket, Ticket, VisitorTicket
from contacts.models import Visit
from desk.access import Access
from desk.models import Membership, Operator, Role
from desk.second_factor_duty import SHOWN, Standing, standings

_BATCH = 500


def who_may_look(tickets: Collection[Ticket], *, now: datetime.datetime) -> set[Ticket]:
    """Those of ``tickets`` whose people may look on now."""
    visitors = [ticket for ticket in tickets if isinstance(ticket, VisitorTicket)]
    operators = [ticket for ticket in tickets if isinstance(ticket, OperatorTicket)]
    return {*_visitors_who_may(visitors, now), *_operators_who_may(operators, now)}


def visits_of(contact_ids: Iterable[int], *, now: datetime.datetime) -> dict[int, int]:
    """The open sessions of these contacts: {visit: contact}. A session follows its visitor through merges."""
    open_ = Visit.objects.filter(contact__in=list(contact_ids), token_digest__isnull=False, expires_at__gt=now)
    return dict(open_.values_list("pk", "contact_id"))


def _visitors_who_may(tickets: list[VisitorTicket], now: datetime.datetime) -> Iterator[VisitorTicket]:
    for start in range(0, len(tickets), _BATCH):
        batch = tickets[start : start + _BATCH]
        open_ = Visit.objects.filter(
            pk__in=[ticket.visit_id for ticket in batch], token_digest__isnull=False, expires_at__gt=now
        )
        sites = dict(open_.values_list("pk", "site_id"))
        yield from (ticket for ticket in batch if sites.get(ticket.visit_id) == ticket.site_id)


def _operators_who_may(tickets: list[OperatorTicket], now: datetime.datetime) -> Iterator[OperatorTicket]:
    for start in range(0, len(tickets), _BATCH):
        batch = tickets[start : start + _BATCH]
        people = Operator.objects.in_bulk({ticket.operator_id for ticket in batch})
        duties = standings(set(people))
        sessions = Session.objects.filter(expire_date__gt=now).in_bulk({ticket.session_key for ticket in batch})
        signed_in = {
            ticket
            for ticket in batch
            if _is_signed_in(
                people.get(ticket.operator_id), sessions.get(ticket.session_key), duties.get(ticket.operator_id)
            )
        }
        teams = {
            (one.operator_id, one.site_id): one
            for one in Membership.objects.select_related("site").filter(
                operator__in=people, site__in={ticket.site_id for ticket in batch}
            )
        }
        for ticket in signed_in:
            person, place = people[ticket.operator_id], teams.get((ticket.operator_id, ticket.site_id))
            if person.is_superuser or (place is not None and _sees_chats(person, place)):
                yield ticket


def _is_signed_in(operator: Operator | None, session: Session | None, duty: Standing | None) -> bool:
    """As Django sees it: a changed password ends the sessions of before."""
    if operator is None or session is None or duty is None or not operator.is_active:
        return False
    held = session.get_decoded()
    if duty.owes(held.get(SHOWN)) is not None:
        return False
    return held.get(SESSION_KEY) == str(operator.pk) and constant_time_compare(
        held.get(HASH_SESSION_KEY, ""), operator.get_session_auth_hash()
    )


def _sees_chats(operator: Operator, place: Membership) -> bool:
    return Access(operator, place.site, Role(place.role), place.sees_personal_data).may("chats.view")
