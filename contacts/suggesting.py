"""UNI-4, UNI-12: possible duplicates, for an operator to compare: found in the background, dismissed for good.

Written under the locks of both contacts, taken in id order as a merge does, so that no merge meets a row it did not
see. What a pair becomes is said in ``contacts.unifying``; here nobody is ever unified.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from contacts.folding import fold
from contacts.junk import REASONS, forget_old_counts, freeze
from contacts.models import Contact, Kind, KnownField, KnownValue, Merge, MergeSuggestion, PendingMerge, Source
from contacts.pairs import Pair, new_crowds, new_pairs, new_spellings
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Suggested:
    """Two that may be one, because both have ``value`` (its normal form)."""

    one: int
    other: int
    field: KnownField
    value: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a search found: so many new suggestions and pending pairs, so many values frozen."""

    suggested: int
    pending: int
    frozen: int


def open_suggestions(site: Site) -> QuerySet[MergeSuggestion]:
    """What waits for an operator, newest first, with both people."""
    rows = MergeSuggestion.objects.filter(site=site, dismissed_at__isnull=True)
    return rows.select_related("first__profile", "second__profile").order_by("-at", "-pk")


def count_open(site: Site) -> int:
    """How many wait."""
    return MergeSuggestion.objects.filter(site=site, dismissed_at__isnull=True).count()


@transaction.atomic
def dismiss(suggestion: MergeSuggestion, actor: Actor, now: datetime.datetime) -> bool:
    """These are two people, for good: whatever else they come to share. False when it is dismissed or gone already."""
    pair = MergeSuggestion.objects.filter(first=suggestion.first_id, second=suggestion.second_id)
    done = pair.filter(dismissed_at__isnull=True).update(dismissed_at=now, dismissed_by=actor.label[:120])
    if not done:
        return False
    PendingMerge.objects.filter(
        Q(contact=suggestion.first_id, member=suggestion.second_id)
        | Q(contact=suggestion.second_id, member=suggestion.first_id)
    ).delete()
    details = {"reason": suggestion.reason}
    record("mergesuggestion.dismiss", actor=actor, site=suggestion.site, target=suggestion, details=details)
    return True


@transaction.atomic
def take_back_dismissal(suggestion: MergeSuggestion, actor: Actor) -> bool:
    """It was a slip of the finger: the pair waits again, with everything that was dismissed together with it."""
    if suggestion.dismissed_at is None:
        return False
    together = MergeSuggestion.objects.filter(
        first=suggestion.first_id, second=suggestion.second_id, dismissed_at=suggestion.dismissed_at
    )
    if not together.update(dismissed_at=None, dismissed_by=""):
        return False
    record("mergesuggestion.undo", actor=actor, site=suggestion.site, target=suggestion)
    return True


def kept_apart(contact_id: int, others: Iterable[int]) -> set[int]:
    """Who of ``others`` an operator has said is somebody else: dismissed, or a merge of the two was undone."""
    wanted = set(others)
    if not wanted:
        return set()
    dismissed = MergeSuggestion.objects.filter(
        Q(first=contact_id, second__in=wanted) | Q(second=contact_id, first__in=wanted), dismissed_at__isnull=False
    ).values_list("first_id", "second_id")
    undone = Merge.objects.filter(
        Q(survivor=contact_id, absorbed_id__in=wanted) | Q(absorbed_id=contact_id, survivor__in=wanted),
        undone_at__isnull=False,
    ).values_list("survivor_id", "absorbed_id")
    return {pk for pair in (*dismissed, *undone) for pk in pair} & wanted


@transaction.atomic
def suggest(site: Site, suggested: Sequence[Suggested], *, now: datetime.datetime) -> int:
    """Keep what is new among ``suggested``; returns how many are. Locks all of them in id order."""
    alive = set(_lock(site, {pk for one in suggested for pk in (one.one, one.other)}))
    rows = {
        (min(one.one, one.other), max(one.one, one.other), REASONS[one.field]): one
        for one in suggested
        if {one.one, one.other} <= alive and one.one != one.other
    }
    firsts, seconds = {name[0] for name in rows}, {name[1] for name in rows}
    there = list(MergeSuggestion.objects.filter(first__in=firsts, second__in=seconds))
    known = {(row.first_id, row.second_id, row.reason) for row in there}
    dismissed = {(row.first_id, row.second_id) for row in there if row.dismissed_at is not None}
    new = [
        MergeSuggestion(site=site, first_id=first, second_id=second, reason=reason, value=_shown(one), at=now)
        for (first, second, reason), one in rows.items()
        if (first, second, reason) not in known and (first, second) not in dismissed
    ]
    MergeSuggestion.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _shown(one: Suggested) -> str:
    return fold(one.value) if one.field == KnownField.MEMBER_ID else one.value


def _lock(site: Site, ids: Iterable[int]) -> dict[int, str]:
    """The kind of each that is there, locked in id order until the end of the transaction."""
    rows = Contact.objects.select_for_update(no_key=True).filter(site=site, pk__in=set(ids), managed=True)
    return dict(rows.order_by("pk").values_list("pk", "kind"))


@transaction.atomic
def leave_pending(site: Site, rows: Sequence[PendingMerge]) -> int:
    """UNI-3: link leads with the member they will be unified with; what was suggested of the pair is answered."""
    kinds = _lock(site, {pk for row in rows for pk in (row.contact_id, row.member_id)})
    fitting = [
        row for row in rows if kinds.get(row.contact_id) == Kind.LEAD and kinds.get(row.member_id) == Kind.MEMBER
    ]
    PendingMerge.objects.bulk_create(fitting, ignore_conflicts=True)
    ends = {(min(row.contact_id, row.member_id), max(row.contact_id, row.member_id)) for row in fitting}
    answered = [
        row.pk
        for row in MergeSuggestion.objects.filter(
            first__in={first for first, _ in ends}, second__in={second for _, second in ends}, dismissed_at__isnull=True
        )
        if (row.first_id, row.second_id) in ends
    ]
    MergeSuggestion.objects.filter(pk__in=answered).delete()
    return len(fitting)


def refresh_suggestions(site: Site, now: datetime.datetime, *, since: datetime.datetime | None = None) -> Refreshed:
    """Look for possible duplicates among all; with ``since`` among those who told something new from then on.

    Freezes what too many have, links booted leads with their one member, and suggests the rest. In small transactions:
    killed half-way, the next run goes on. Set-based; nothing here depends on how many contacts the site has.
    """
    crowds = new_crowds(site, now=now, since=since)
    for crowd in crowds:
        with transaction.atomic():
            freeze(site, crowd.field, crowd.value, joins=crowd.count, now=now)
    PendingMerge.objects.filter(site=site, contact__kind=Kind.MEMBER).delete()
    pairs = new_pairs(site, since=since)
    waiting = _pending_among(pairs)
    suggested = [
        Suggested(pair.one.contact_id, pair.other.contact_id, pair.field, pair.value)
        for pair in (*pairs, *new_spellings(site, since=since))
        if (pair.other.contact_id, pair.one.contact_id) not in waiting
    ]
    rows = _pending_rows(site, waiting, now=now)
    pending = sum(leave_pending(site, rows[at : at + _CHUNK]) for at in range(0, len(rows), _CHUNK))
    found = sum(suggest(site, suggested[at : at + _CHUNK], now=now) for at in range(0, len(suggested), _CHUNK))
    forget_old_counts(now=now)
    return Refreshed(found, pending, len(crowds))


def _pending_among(pairs: Sequence[Pair]) -> dict[tuple[int, int], Pair]:
    """By (lead, member): leads that have booted and trustworthily share something with exactly one member (UNI-3)."""
    possible: dict[int, dict[int, Pair]] = {}
    crowded: set[int] = set()
    for pair in pairs:
        # Members stand first in a pair.
        if not (pair.one.is_member and not pair.other.is_member and pair.one.qualified and pair.other.qualified):
            continue
        possible.setdefault(pair.other.contact_id, {})[pair.one.contact_id] = pair
        if pair.members != 1:
            crowded.add(pair.other.contact_id)
    leads = [lead for lead, members in possible.items() if len(members) == 1 and lead not in crowded]
    found: dict[tuple[int, int], Pair] = {}
    for at in range(0, len(leads), _CHUNK):
        chunk = leads[at : at + _CHUNK]
        elsewhere = set(PendingMerge.objects.filter(contact__in=chunk).values_list("contact_id", flat=True))
        undone = Merge.objects.filter(absorbed_id__in=chunk, undone_at__isnull=False)
        apart = set(undone.values_list("absorbed_id", "survivor_id"))
        for lead in chunk:
            [(member, pair)] = possible[lead].items()
            if pair.other.booted and lead not in elsewhere and (lead, member) not in apart:
                found[lead, member] = pair
    return found


def _pending_rows(site: Site, waiting: Mapping[tuple[int, int], Pair], *, now: datetime.datetime) -> list[PendingMerge]:
    """With who told the value of the lead."""
    leads = [lead for lead, _member in waiting]
    told: dict[tuple[int, str, str], KnownValue] = {}
    for at in range(0, len(leads), _CHUNK):
        values = KnownValue.objects.filter(contact__in=leads[at : at + _CHUNK]).exclude(norm="")
        told |= {(value.contact_id, value.field, value.norm): value for value in values}
    rows = []
    for (lead, member), pair in waiting.items():
        value = told.get((lead, pair.field, pair.value))
        rows.append(
            PendingMerge(
                site=site,
                contact_id=lead,
                member_id=member,
                field=pair.field,
                value=pair.value,
                source=value.source if value else Source.SCRIPT,
                source_label=value.source_label if value else "",
                at=now,
            )
        )
    return rows
