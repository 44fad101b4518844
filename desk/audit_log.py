"""Reading the audit log: what was asked for, and page by page, newest first (SITE-4).

A site's log is its own entries and nothing else (SITE-2). Whoever runs the installation can read, in a list of its
own, what belongs to no site. Every question is answered along an index, also among a million entries.
"""

import datetime
import ipaddress
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from desk.access import Access
from desk.models import AuditEntry, Site
from desk.registry import Registry

PAGE = 100
MAX_TEXT = 100
NO_OPERATOR = "none"
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the log is asked about: the ids that the entries have as their target, and what to call them."""

    target_type: str
    ids: tuple[str, ...]
    label: str
    url: str = ""


# Each answers whom a text names on the site of the access, by number or id; None: nobody.
audit_subjects: Registry[Callable[[Access, str], Subject | None]] = Registry("audit subjects")


@dataclass(frozen=True, slots=True)
class Question:
    """``actions``: any of these; None: all. ``actions_of_text``: those whose words hold the text."""

    site: Site | None
    actions: Collection[str] | None = None
    text: str = ""
    actions_of_text: Collection[str] = field(default_factory=tuple)
    who: str = ""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    about: Subject | None = None

    def entries(self) -> QuerySet[AuditEntry]:
        """The entries, unordered."""
        found = AuditEntry.objects.filter(site=self.site)
        if self.actions is not None:
            found = found.filter(action__in=self.actions)
        if self.who:
            found = found.filter(operator=None if self.who == NO_OPERATOR else int(self.who))
        if self.since is not None:
            found = found.filter(at__gte=self.since)
        if self.until is not None:
            found = found.filter(at__lt=self.until)
        if self.about is not None:
            found = found.filter(target_type=self.about.target_type, target_id__in=self.about.ids)
        return found.filter(self._of_text()) if self.text else found

    def _of_text(self) -> Q:
        """An IP address or a number is meant as a whole; anything else may be part of a name, a reason or an action."""
        try:
            return Q(address=str(ipaddress.ip_address(self.text)))
        except ValueError:
            pass
        if self.text.isascii() and self.text.isdigit():
            return Q(target_id=self.text)
        words = Q(action__in=self.actions_of_text) if self.actions_of_text else Q()
        return Q(actor__icontains=self.text) | Q(reason__icontains=self.text) | words


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which entry a page begins."""

    at: datetime.datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(datetime.UTC):%Y%m%dT%H%M%S.%f}-{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """``ValueError`` when it is none."""
        at, number = text.rsplit("-", 1)
        if not (number.isascii() and number.isdigit()) or int(number) >= 1 << 63:
            raise ValueError
        return cls(datetime.datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=datetime.UTC), int(number))


def read_page(question: Question, after: Place | None, *, size: int = PAGE) -> tuple[list[AuditEntry], Place | None]:
    """The entries, newest first, and where the next page begins."""
    entries = question.entries()
    if after is not None:
        entries = entries.filter(Q(at__lt=after.at) | Q(pk__lt=after.id), at__lte=after.at)
    # One thing has few entries: they are sorted, not looked for along the whole log as SQLite would for a plain order.
    at = Coalesce("at", "at") if question.about is not None else F("at")
    found = list(entries.order_by(at.desc(), "-pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], Place(last.at, last.pk) if last else None


def batches(question: Question, *, most: int) -> Iterator[list[AuditEntry]]:
    """Up to ``most`` entries, newest first, a few thousand in memory at a time."""
    place: Place | None = None
    while most > 0:
        found, place = read_page(question, place, size=min(_BATCH, most))
        if found:
            yield found
        most -= len(found)
        if place is None:
            return


def actions_there(site: Site | None) -> list[str]:
    """The actions that the log has, by name: one look into the index for each of them, however many entries."""
    where, values = ("site_id = %s", [site.pk]) if site is not None else ("site_id IS NULL", [])
    statement = f"""
        WITH RECURSIVE found(action) AS (
            SELECT (SELECT MIN(action) FROM {AuditEntry._meta.db_table} WHERE {where})
            UNION ALL
            SELECT (SELECT MIN(entry.action) FROM {AuditEntry._meta.db_table} entry
                    WHERE entry.{where} AND entry.action > found.action)
            FROM found WHERE found.action IS NOT NULL
        )
        SELECT action FROM found WHERE action IS NOT NULL
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values * 2)
        return [action for (action,) in cursor.fetchall()]
