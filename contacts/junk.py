"""UNI-14: junk never joins people, and neither does a value that would join more than 20 contacts in a day.

Junk is a list of the site (``Site.junk_values``): memberIds, phones and e-mails alike, compared without differences of
case, width and spelling. What is on it stays as it was told but matches nobody. A value that joins too many is frozen:
it matches nobody either, until an operator thaws it. Joins are counted where they are made, by a row of their own.
"""

import datetime
import functools
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, QuerySet

from contacts.folding import fold
from contacts.models import FrozenValue, JoinCount, JunkSighting, KnownField, MergeSuggestion, PendingMerge
from contacts.models.merge_suggestion import SuggestionReason
from contacts.phones import parse_phone
from desk.actors import SYSTEM, Actor
from desk.audit import record
from desk.ids import new_id
from desk.models import Site

# So many contacts a value may join in one day of the site; the next one freezes it.
MAX_JOINS = 20
SEEN_AGAIN = datetime.timedelta(hours=1)
KEPT_COUNTS = datetime.timedelta(days=2)

REASONS = {
    KnownField.MOBILE_NUMBER: SuggestionReason.SAME_PHONE,
    KnownField.EMAIL: SuggestionReason.SAME_EMAIL,
    KnownField.MEMBER_ID: SuggestionReason.SAME_MEMBER_ID_SPELLING,
}


@dataclass(frozen=True, slots=True)
class Junk:
    """A site's list, ready to compare with: folded texts, and the numbers among them in E.164."""

    texts: frozenset[str]
    phones: frozenset[str]

    def has(self, field: KnownField, value: str) -> bool:
        """Whether ``value`` is on the list: a memberId as it was told, a phone or an e-mail in its normal form."""
        return fold(value) in self.texts or (field == KnownField.MOBILE_NUMBER and value in self.phones)


@functools.lru_cache(maxsize=256)
def _read(values: tuple[str, ...], country: str) -> Junk:
    # A number on the list is meant as people of the site dial it; the two countries of the desk are read as well.
    phones = {parse_phone(value, one).norm for value in values for one in {country, "KR", "JP"}}
    return Junk(frozenset(fold(value) for value in values), frozenset(phones - {""}))


def junk_of(site: Site) -> Junk:
    """The junk of ``site``."""
    return _read(tuple(site.junk_values), site.phone_country)


def is_junk(site: Site, field: KnownField, value: str) -> bool:
    """Whether ``value`` belongs to nobody; see ``Junk.has``."""
    return junk_of(site).has(field, value)


def frozen_rows(site: Site, field: KnownField, value: str) -> QuerySet[FrozenValue]:
    """The row that says that ``value`` is frozen now, if it is."""
    return FrozenValue.objects.filter(site=site, field=field, value=value, thawed_at=None)


def is_frozen(site: Site, field: KnownField, value: str) -> bool:
    """Whether ``value`` has joined too many people; one statement."""
    return frozen_rows(site, field, value).exists()


def matches_nobody(site: Site, field: KnownField, value: str) -> bool:
    """Whether nobody may be found by ``value``: none, junk, or frozen."""
    return not value or is_junk(site, field, value) or is_frozen(site, field, value)


def count_join(site: Site, field: KnownField, value: str, *, now: datetime.datetime) -> bool:
    """One more contact is about to be joined by ``value``. False when it would be one too many: it is frozen then.

    Whoever joins by the same value at the same moment waits here until the end of the other's transaction.
    """
    table = JoinCount._meta.db_table
    with connection.cursor() as cursor:
        # The ORM has no RETURNING for updates.
        cursor.execute(
            f"INSERT INTO {table} AS counter (id, site_id, field, value, day, joins) VALUES (%s, %s, %s, %s, %s, 1) "
            "ON CONFLICT (site_id, field, value, day) DO UPDATE SET joins = counter.joins + 1 RETURNING joins",
            [new_id(), site.pk, str(field), value, now.astimezone(site.zone).date()],
        )
        joins: int = cursor.fetchone()[0]
    if joins <= MAX_JOINS:
        return True
    freeze(site, field, value, joins=joins, now=now)
    return False


def uncount_join(site: Site, field: KnownField, value: str, *, now: datetime.datetime) -> None:
    """The join that was counted just now did not come about."""
    day = now.astimezone(site.zone).date()
    JoinCount.objects.filter(site=site, field=field, value=value, day=day).update(joins=F("joins") - 1)


def freeze(site: Site, field: KnownField, value: str, *, joins: int, now: datetime.datetime) -> None:
    """From now on ``value`` matches nobody; what it suggested and left pending goes. The caller has a transaction."""
    told = {"joins": joins, "frozen_at": now, "thawed_at": None, "thawed_by": ""}
    frozen, _created = FrozenValue.objects.update_or_create(site=site, field=field, value=value, defaults=told)
    PendingMerge.objects.filter(site=site, field=field, value=value).delete()
    suggested = fold(value) if field == KnownField.MEMBER_ID else value
    MergeSuggestion.objects.filter(
        site=site, reason=REASONS[field], value=suggested, dismissed_at__isnull=True
    ).delete()
    record("frozenvalue.freeze", actor=SYSTEM, site=site, target=frozen, details={"field": str(field), "count": joins})


def frozen_values(site: Site) -> QuerySet[FrozenValue]:
    """What is frozen now, the latest first."""
    return FrozenValue.objects.filter(site=site, thawed_at=None).order_by("-frozen_at", "-pk")


def thaw(value: FrozenValue, *, actor: Actor, now: datetime.datetime) -> bool:
    """Let ``value`` match people again; its joins of today count from zero. False when it is thawed already."""
    done = FrozenValue.objects.filter(pk=value.pk, thawed_at=None).update(thawed_at=now, thawed_by=actor.label[:120])
    if not done:
        return False
    JoinCount.objects.filter(site_id=value.site_id, field=value.field, value=value.value).delete()
    record("frozenvalue.thaw", actor=actor, site=value.site, target=value, details={"field": value.field})
    return True


def note_sighting(site: Site, field: KnownField, value: str, *, now: datetime.datetime) -> None:
    """Remember that a page told junk, once an hour, so that its visitors do not queue for one row."""
    if JunkSighting.objects.filter(site=site, field=field, value=value, last_at__gt=now - SEEN_AGAIN).exists():
        return
    row = JunkSighting(site=site, field=field, value=value, first_at=now, last_at=now)
    JunkSighting.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["site", "field", "value"], update_fields=["last_at"]
    )


def junk_sightings(site: Site) -> QuerySet[JunkSighting]:
    """The junk that pages of the site told, the latest first: something on the site is to be mended."""
    return JunkSighting.objects.filter(site=site).order_by("-last_at", "-pk")


def forget_old_counts(*, now: datetime.datetime) -> None:
    """Joins count by the day; what is older says nothing any more."""
    JoinCount.objects.filter(day__lt=(now - KEPT_COUNTS).date()).delete()
