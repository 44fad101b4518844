"""Fill a site with sample people, set by set, at any size."""

import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone

from config.demo.data.loading import insert_rows, settle
from config.demo.data.names import ENGLISH_CITIES, JAPANESE_CITIES, KOREAN_CITIES
from config.demo.data.people import INTERESTS, Crowd
from config.demo.data.rows import COLUMNS, TABLES, RowMaker
from contacts.customer_numbers import issue_customer_numbers
from contacts.models import FieldType, ProfileField
from desk.actors import Actor
from desk.models import Site
from tags.catalogue import create_tag, match_names
from tags.names import COLORS

SEEDER = Actor("system", "demo")

# So many people commit together: enough to be fast, few enough that SQLite's only writer is free again soon.
BATCH = {"postgresql": 10_000, "sqlite": 2_000}

TAGS: dict[str, str] = {
    "VIP": COLORS[4],
    "단골": COLORS[6],
    "신규": COLORS[5],
    "첫구매": COLORS[2],
    "휴면": COLORS[0],
    "알림톡/전송완료": COLORS[3],
    "상담/교환·반품": COLORS[8],
    "상담/불만": COLORS[1],
    **{f"관심/{interest}": COLORS[7] for interest in INTERESTS},
    **{f"지역/{city[0]}": COLORS[10] for city in (*KOREAN_CITIES, *JAPANESE_CITIES, *ENGLISH_CITIES)},
}
FIELDS = {
    "lastCheckoutCompletedAt": ("마지막 주문일", FieldType.DATE),
    "orderCount": ("주문 횟수", FieldType.NUMBER),
    "totalSpent": ("누적 구매 금액", FieldType.NUMBER),
    "grade": ("쇼핑몰 등급", FieldType.TEXT),
    "marketingConsent": ("마케팅 수신 동의", FieldType.BOOLEAN),
    "interests": ("관심 분야", FieldType.LIST),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is told of each person. Nothing given: what suits the number of people.

    ``anonymous``: share of visitors nobody knows (0–1); ``visits`` and ``events``: at most so many rows each.
    """

    contacts: int
    anonymous: float | None = None
    visits: int | None = None
    events: int | None = None

    def settled(self) -> tuple[float, int, int]:
        """The three numbers."""
        few = self.contacts < 5_000
        return (
            self.anonymous if self.anonymous is not None else (0.3 if few else 0.6),
            self.visits if self.visits is not None else (12 if few else 1),
            self.events if self.events is not None else (60 if few else 5),
        )


@dataclass(slots=True)
class Seeded:
    """How many rows came into each table, and how long it took (seconds)."""

    seconds: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)


def seed(
    site: Site,
    scale: Scale,
    *,
    seed: int = 1,
    now: datetime.datetime | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Seeded:
    """Add ``scale.contacts`` people to ``site``; the same seed on an empty site makes the same people.

    Each batch commits by itself: stopped half-way, what is there is whole.
    """
    began = time.monotonic()
    moment = now or timezone.now()
    anonymous, visits, events = scale.settled()
    tag_ids = _ensure_tags(site)
    _ensure_fields(site)
    crowd = Crowd(f"people {seed}", now=int(moment.timestamp()), anonymous=anonymous, visits=visits)
    seeded = Seeded(rows={table._meta.db_table: 0 for table in TABLES})
    done = 0
    for size in _batches(scale.contacts):
        with transaction.atomic():
            first = issue_customer_numbers(site.pk, size)
            maker = RowMaker(site.pk, tag_ids, seed=f"rows {seed} {first}", events=events)
            for number in range(first, first + size):
                maker.add(crowd.person(number))
            for table in TABLES:
                insert_rows(table, COLUMNS[table], maker.rows[table])
                seeded.rows[table._meta.db_table] += len(maker.rows[table])
        done += size
        progress(done)
    settle(TABLES)
    seeded.seconds = time.monotonic() - began
    return seeded


def _batches(contacts: int) -> Iterator[int]:
    batch = BATCH[connection.vendor]
    for start in range(0, contacts, batch):
        yield min(batch, contacts - start)


def _ensure_tags(site: Site) -> dict[str, int]:
    _found, missing = match_names(site, TAGS)
    for name in missing:
        create_tag(site, name, color=TAGS[name], actor=SEEDER)
    found, _missing = match_names(site, TAGS)
    return dict(zip(TAGS, (tag.pk for tag in found), strict=True))


def _ensure_fields(site: Site) -> None:
    ProfileField.objects.bulk_create(
        [ProfileField(site=site, key=key, label=label, type=type_) for key, (label, type_) in FIELDS.items()],
        ignore_conflicts=True,
    )
