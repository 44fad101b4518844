"""LIST-5: the timeline sources of the contact itself: visits with their pages, events, changes, unifications, holds.

``contacts.apps`` imports this module, so that the sources are registered.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.columns import OWN_COLUMNS
from contacts.merge_triggers import trigger_words
from contacts.models import Contact, Event, Hold, KnownField, KnownValue, Merge, Source, Visit
from contacts.models.event import PAGE_VIEW
from contacts.timeline import Bound, Entry, Line, TimelineSource, newest, timeline_sources
from desk.models import AuditEntry

# So many pages of a visit are listed; the number of all of them is told.
LISTED_PAGES = 20
_LOADED_PAGES = 600


def _visits(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
    visits = newest(contact.visits.select_related("identity"), "started_at", bound, limit)
    pages = _pages_of(contact, visits)
    return [_visit_entry(visit, pages[visit.pk]) for visit in visits]


def _pages_of(contact: Contact, visits: list[Visit]) -> Mapping[int, list[Event]]:
    """The page views of each visit, newest first: those of its identity while its session was open."""
    pages: dict[int, list[Event]] = defaultdict(list)
    if not visits:
        return pages
    views = contact.events.filter(
        name=PAGE_VIEW,
        identity__isnull=False,
        at__gte=min(visit.started_at for visit in visits),
        at__lte=max(visit.expires_at for visit in visits),
    ).order_by("-at")[:_LOADED_PAGES]
    for view in views:
        for visit in visits:
            if visit.identity_id == view.identity_id and visit.started_at <= view.at <= visit.expires_at:
                pages[visit.pk].append(view)
                break
    return pages


def _visit_entry(visit: Visit, views: list[Event]) -> Entry:
    lines = [Line(str(view.property.get("url") or view.property.get("page") or ""), "", at=view.at) for view in views]
    channel = visit.identity.get_channel_display()
    title = _("Visit (%(channel)s)") % {"channel": channel}
    detail = visit.page
    if views:
        count = ngettext("%(n)d page", "%(n)d pages", len(views)) % {"n": len(views)}
        detail = f"{count} · {visit.page}" if visit.page else count
    origin = [Line(_("From"), visit.referrer)] if visit.referrer else []
    origin += [Line(f"utm {key}", str(value)) for key, value in visit.utm.items() if value]
    return Entry(
        at=visit.started_at,
        id=visit.pk,
        icon="visit",
        title=title,
        detail=detail,
        lines=[*origin, *lines[:LISTED_PAGES]],
        more=max(0, len(lines) - LISTED_PAGES),
    )


def _events(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
    # Page views of a browser are told by their visit; those the API sends have none.
    events = contact.events.exclude(name=PAGE_VIEW, identity__isnull=False)
    return [
        Entry(
            at=event.at,
            id=event.pk,
            icon="event",
            title=event.name,
            lines=[Line(key, _text(value)) for key, value in event.property.items()],
        )
        for event in newest(events, "at", bound, limit)
    ]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "–" if value is None or value == "" else str(value)


# What the audit log calls it, and how a person reads it.
_ACTIONS = {
    "contact.add": gettext_lazy("Added by hand"),
    "contact.change": gettext_lazy("Details changed"),
    "contact.block": gettext_lazy("Blocked"),
    "contact.unblock": gettext_lazy("Unblocked"),
    "contact.subjectAccess": gettext_lazy("Personal data handed out"),
}


def _changes(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
    entries = AuditEntry.objects.filter(
        site_id=contact.site_id, target_type="contact", target_id=str(contact.pk), action__in=_ACTIONS
    )
    return [
        Entry(
            at=entry.at,
            id=entry.pk,
            icon="edit",
            title=str(_ACTIONS[entry.action]),
            actor=entry.actor,
            lines=[_change_line(key, change) for key, change in entry.details.get("changes", {}).items()],
        )
        for entry in newest(entries, "at", bound, limit)
    ]


_LABELS = {column.name: column.label for column in OWN_COLUMNS}


def _change_line(key: str, change: Any) -> Line:
    """``change`` is [old, new]."""
    old, new = change if isinstance(change, list) and len(change) == 2 else (None, change)
    label = str(_LABELS.get(key) or key.removeprefix("profile."))
    return Line(str(capfirst(label)), _text(new), before=_text(old), personal=key)


def _learned(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
    """Details that came in by themselves; an operator's edits are told as changes."""
    values = KnownValue.objects.filter(contact=contact).exclude(source=Source.OPERATOR)
    return [
        Entry(
            at=value.first_seen_at,
            id=value.pk,
            icon="person",
            title=_("New: %(field)s") % {"field": KnownField(value.field).label},
            actor=value.source_label or str(Source(value.source).label),
            lines=[Line(str(KnownField(value.field).label), value.value, personal=value.field)],
        )
        for value in newest(values, "first_seen_at", bound, limit)
    ]


def _merges(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
    """Who became part of this contact, automatic ones too (UNI-11); what was undone, on both pages (UNI-10)."""
    merges = Merge.objects.filter(site_id=contact.site_id).defer("journal")
    made = newest(merges.filter(survivor=contact), "at", bound, limit)
    ours = merges.filter(Q(survivor=contact) | Q(absorbed_id=contact.pk), undone_at__isnull=False)
    undone = newest(ours, "undone_at", bound, limit)
    entries = [_merge_entry(merge) for merge in made] + [_undone_entry(merge, contact) for merge in undone]
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


def _merge_entry(merge: Merge) -> Entry:
    undone = merge.undone_at is not None
    told = [trigger_words(merge.trigger), *([_("undone since")] if undone else [])]
    return Entry(
        at=merge.at,
        id=merge.pk,
        icon="merge",
        title=_("Customer %(number)s was merged into this one") % {"number": merge.absorbed_customer_number},
        detail=" · ".join(told),
        actor=merge.actor,
        link=("contact_merge", merge.pk, _("Details") if undone else _("Details and undo")),
    )


def _undone_entry(merge: Merge, contact: Contact) -> Entry:
    words = _("The merge of customer %(number)s was undone")
    if merge.absorbed_id == contact.pk:
        words = _("Came back from a merge that was undone")
    return Entry(
        at=merge.undone_at or merge.at,
        id=merge.pk,
        icon="undo",
        title=words % {"number": merge.absorbed_customer_number},
        actor=merge.undone_by,
        link=("contact_merge", merge.pk, _("Details")),
    )


def _holds(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
    """RET-5: who kept the person from being deleted, and when that was ended before its time."""
    holds = Hold.objects.filter(contact=contact)
    placed = newest(holds, "created_at", bound, limit)
    ended = newest(holds.filter(ended_at__isnull=False), "ended_at", bound, limit)
    entries = [_hold_entry(hold) for hold in placed] + [_ended_entry(hold) for hold in ended]
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


def _hold_entry(hold: Hold) -> Entry:
    until = formats.date_format(hold.until, "SHORT_DATE_FORMAT").rstrip(".")
    title = _("On hold until %(day)s") % {"day": until}
    return Entry(hold.created_at, hold.pk, icon="lock", title=title, detail=hold.reason, actor=hold.actor)


def _ended_entry(hold: Hold) -> Entry:
    at = hold.ended_at or hold.created_at
    return Entry(at, hold.pk, icon="lock", title=_("Hold ended"), detail=hold.reason, actor=hold.ended_by)


SOURCES = (
    TimelineSource("visits", gettext_lazy("Visits"), "visit", _visits),
    TimelineSource("events", gettext_lazy("Events"), "event", _events),
    TimelineSource("changes", gettext_lazy("Changes"), "edit", _changes),
    TimelineSource("details", gettext_lazy("Details learned"), "person", _learned),
    TimelineSource("merges", gettext_lazy("Merges"), "merge", _merges),
    TimelineSource("holds", gettext_lazy("Holds"), "lock", _holds),
)
for _source in SOURCES:
    timeline_sources.register(_source.name, _source)
