"""BOOT-8: sessions. A visit and the session that holds it open are one row; a session slides by 30 minutes.

A token is 256 random bits that only the browser keeps; the row has its SHA-256. Whoever writes for a visitor first
takes the visit's or the contact's row, so that a merge (which takes both) never leaves a new row behind.
"""

import datetime
import secrets
from dataclasses import dataclass

from contacts.models import Contact, Identity, Visit
from contacts.resolving import digest_of
from contacts.statements import insert_row, update_rows
from desk.models import Site

SESSION_LENGTH = datetime.timedelta(minutes=30)
# Last seen is written when it is older than this, so that a busy visitor is not an update per page.
TOUCH_EVERY = datetime.timedelta(minutes=5)
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who shows a live session."""

    site: Site
    contact: Contact
    identity: Identity
    visit: Visit


def visitor_of(token: str, *, now: datetime.datetime) -> Visitor | None:
    """The visitor with this session token, whose session slides on by 30 minutes; None when it is over or unknown."""
    visit = (
        Visit.objects.select_related("site", "identity", "contact", "contact__profile")
        .filter(token_digest=digest_of(token))
        .first()
    )
    if visit is None or not is_live(visit, now) or not slide(visit, now=now):
        return None
    visit.contact.site = visit.identity.site = visit.site
    if is_due(visit.contact, now):
        touch(visit.contact, now=now)
    return Visitor(visit.site, visit.contact, visit.identity, visit)


def is_live(visit: Visit, now: datetime.datetime) -> bool:
    """Whether the session is open at ``now``."""
    return visit.token_digest is not None and visit.expires_at > now


def slide(visit: Visit, *, now: datetime.datetime, **columns: object) -> bool:
    """Prolong an open session; False when it was ended or moved to another contact since it was read."""
    visit.expires_at = now + SESSION_LENGTH
    where = {"id": visit.pk, "token_digest": visit.token_digest, "contact_id": visit.contact_id}
    return update_rows(Visit, {"expires_at": visit.expires_at, **columns}, where) == 1


def open_visit(
    identity: Identity, *, logged_in: bool, page: str, referrer: str, utm: dict[str, str], now: datetime.datetime
) -> tuple[Visit, str]:
    """Begin a visit; returns it with its token. The caller counts the session and holds the contact's row."""
    token = secrets.token_urlsafe(32)
    visit = Visit(
        site_id=identity.site_id,
        contact_id=identity.contact_id,
        identity=identity,
        token_digest=digest_of(token),
        logged_in=logged_in,
        started_at=now,
        expires_at=now + SESSION_LENGTH,
        page=page,
        referrer=referrer,
        utm=utm,
    )
    insert_row(visit)
    return visit, token


def is_due(contact: Contact, now: datetime.datetime) -> bool:
    """Whether last seen is old enough to be written again; on a new day it always is."""
    seen = contact.last_seen_at
    return seen is None or now - seen >= TOUCH_EVERY or day_of(now) > contact.last_seen_on


def touch(contact: Contact, *, now: datetime.datetime, new_session: bool = False, **columns: object) -> bool:
    """RET-1: the contact was here. False when it is gone meanwhile (absorbed).

    Touches no indexed column except ``last_seen_on``, once a day.
    """
    contact.last_seen_at = contact.last_touch_at = now
    columns |= {"last_seen_at": now, "last_touch_at": now}
    if day_of(now) > contact.last_seen_on:
        contact.last_seen_on = columns["last_seen_on"] = day_of(now)
    counted = ("sessions_count",) if new_session else ()
    contact.sessions_count += len(counted)
    return update_rows(Contact, columns, {"id": contact.pk}, plus_one=counted) == 1


def day_of(moment: datetime.datetime) -> datetime.date:
    """The day (UTC) of ``Contact.last_seen_on``."""
    return moment.astimezone(datetime.UTC).date()


def end_session(visit: Visit) -> None:
    """End the session: the token is worthless from now on (BOOT-7)."""
    Visit.objects.filter(pk=visit.pk).update(token_digest=None)


def end_expired_sessions(*, now: datetime.datetime) -> int:
    """Clear the digests of sessions that ran out, so that the token index holds open ones only; returns how many.

    In batches, each its own statement: the desk never waits long for it.
    """
    ended = 0
    while True:
        expired = Visit.objects.filter(token_digest__isnull=False, expires_at__lte=now).values("pk")[:_BATCH]
        # A session that slid on since is no longer expired: the condition is asked again by the update.
        count = Visit.objects.filter(pk__in=list(expired.values_list("pk", flat=True)), expires_at__lte=now).update(
            token_digest=None
        )
        ended += count
        if not count:
            return ended
