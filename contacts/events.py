"""API-4: events, what visitors did. Name of 1–64 characters, properties of 4 KB in all, in batches."""

import datetime
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from contacts.models import Event, Visit
from contacts.models.event import PAGE_VIEW
from contacts.profile_values import DetailRefused, check_value
from contacts.visits import Visitor

MAX_NAME = 64
MAX_PROPERTIES_BYTES = 4_096
MAX_PROPERTY_KEY = 64
MAX_EVENTS = 100
_EARLIEST = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class SessionEnded(Exception):
    """The visitor's session was ended, or moved by a merge, while the call was under way."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as it was told; ``at`` None means now."""

    name: str
    property: Mapping[str, object] = field(default_factory=dict)
    at: datetime.datetime | None = None


def page_view(page: str) -> NewEvent:
    """A page was shown."""
    return NewEvent(PAGE_VIEW, {"page": page})


@transaction.atomic
def record_events(visitor: Visitor, events: Sequence[NewEvent], *, now: datetime.datetime) -> int:
    """Keep what the visitor did; returns how many were accepted.

    What is known already, told again because an answer was lost on the way, is accepted and not kept twice.
    ``DetailRefused`` (path ``events.<n>.…``) keeps none of them.
    """
    if len(events) > MAX_EVENTS:
        raise DetailRefused("events", "too_many")
    for index, event in enumerate(events):
        check_event(event, f"events.{index}")
    # The visit's row is held, so that a merge under way is waited for (contacts.visits).
    rows = Visit.objects.select_for_update(no_key=True).filter(pk=visitor.visit.pk, token_digest__isnull=False)
    contact_id = rows.values_list("contact_id", flat=True).first()
    if contact_id is None:
        raise SessionEnded
    known = _told_before(events, contact_id, visitor.identity.pk)
    Event.objects.bulk_create(
        new_row(event, visitor.site.pk, contact_id, visitor.identity.pk, now=now)
        for event in events
        if (event.name, event.at) not in known
    )
    return len(events)


def _told_before(
    events: Sequence[NewEvent], contact_id: int, identity_id: int
) -> set[tuple[str, datetime.datetime | None]]:
    """Name and time of those that are kept already: one browser does nothing twice at the same millisecond.

    The plugin script gives every event a time of its own. One without a time, or from a clock that is ahead (its time
    was not kept), cannot be recognised.
    """
    times = {event.at for event in events if event.at is not None}
    if not times:
        return set()
    rows = Event.objects.filter(contact_id=contact_id, identity_id=identity_id, at__in=times)
    return set(rows.values_list("name", "at"))


def new_row(
    event: NewEvent, site_id: int, contact_id: int, identity_id: int | None, *, now: datetime.datetime
) -> Event:
    """The row of a checked event; a time ahead of ours (a wrong clock) is taken for now."""
    return Event(
        site_id=site_id,
        contact_id=contact_id,
        identity_id=identity_id,
        name=event.name,
        at=min(event.at or now, now),
        property=dict(event.property),
    )


def check_event(event: NewEvent, path: str) -> None:
    """``DetailRefused`` for what API-4 does not allow."""
    if not 1 <= len(event.name) <= MAX_NAME:
        raise DetailRefused(f"{path}.name", "too_long" if event.name else "invalid")
    if event.name != event.name.strip() or not _is_printable(event.name):
        raise DetailRefused(f"{path}.name")
    for key, value in event.property.items():
        if not 1 <= len(key) <= MAX_PROPERTY_KEY or not _is_printable(key):
            raise DetailRefused(f"{path}.property")
        check_value(value, f"{path}.property.{key}")
    size = len(json.dumps(event.property, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_PROPERTIES_BYTES:
        raise DetailRefused(f"{path}.property", "too_large")
    if event.at is not None and event.at < _EARLIEST:
        raise DetailRefused(f"{path}.at")


def _is_printable(text: str) -> bool:
    return not any(unicodedata.category(char) in {"Cc", "Cs"} for char in text)
