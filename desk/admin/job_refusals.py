"""JOB-1: the items a job left alone: how many for each reason, the items themselves page by page, and as a file.

Who they are is looked up when somebody reads, and masked for whoever may not see personal data (SITE-4).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from desk.access import Access
from desk.admin.csv_files import BOM, csv_line
from desk.jobs.targets import Target, find_targets
from desk.jobs.telling import number
from desk.jobs.words import reason_pattern, told
from desk.models import Job, JobRefusal

PAGE = 50
_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason with the number of items left alone for it."""

    code: str
    words: str
    count: int
    count_words: str


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One item: who or which line, and why."""

    label: str
    number: str
    url: str
    line: int | None
    words: str


@dataclass(frozen=True, slots=True)
class RefusedPage:
    """``after``: where the next page begins, empty on the last."""

    items: list[RefusedItem]
    after: str


def reasons_of(job: Job) -> list[Reason]:
    """The reasons, most frequent first. One statement."""
    if not job.refused:
        return []
    counted = job.refusals.order_by().values_list("code").annotate(n=Count("pk")).order_by("-n", "code")
    return [Reason(code, reason_pattern(job, code), n, number(n)) for code, n in counted]


def refused_page(job: Job, access: Access, *, code: str = "", after: int = 0, size: int = PAGE) -> RefusedPage:
    """The items behind ``after`` in the order they were met, of one reason or of all."""
    found = list(_rows(job, code).filter(pk__gt=after)[: size + 1])
    items = _items(job, access, found[:size])
    return RefusedPage(items, str(found[size - 1].pk) if len(found) > size else "")


def examples_of(job: Job, access: Access) -> dict[str, list[Target]]:
    """Who would change, or did, and who was so already: the first few of each that are still there."""
    examples = job.result.get("examples") if isinstance(job.result, dict) else None
    if not isinstance(examples, dict):
        return {}
    ids = {
        name: [int(pk) for pk in listed if str(pk).isdigit()]
        for name, listed in examples.items()
        if isinstance(listed, list)
    }
    found = find_targets(access, [pk for listed in ids.values() for pk in listed])
    return {name: [found[pk] for pk in listed if pk in found] for name, listed in ids.items()}


def csv_lines(job: Job, access: Access) -> Iterator[bytes]:
    """All refused items as CSV (UTF-8 with BOM), streamed; nothing in it can be taken for a formula."""
    yield BOM
    yield csv_line([_("Customer number"), _("Name"), _("Line"), _("Code"), _("Reason")])
    after = 0
    while rows := list(_rows(job, "").filter(pk__gt=after)[:_ROWS]):
        after = rows[-1].pk
        for row, item in zip(rows, _items(job, access, rows), strict=True):
            yield csv_line([item.number, item.label, item.line or "", row.code, item.words])


def _rows(job: Job, code: str) -> QuerySet[JobRefusal]:
    rows = job.refusals.order_by("pk")
    return rows.filter(code=code) if code else rows


def _items(job: Job, access: Access, rows: list[JobRefusal]) -> list[RefusedItem]:
    found = find_targets(access, [row.target_id for row in rows if row.target_id is not None])
    return [_item(job, row, found.get(row.target_id or 0)) for row in rows]


def _item(job: Job, row: JobRefusal, target: Target | None) -> RefusedItem:
    words = told(job, row.code, row.values)
    if target is not None:
        return RefusedItem(target.label, target.number, target.url, row.line, words)
    gone = _("no longer there") if row.target_id is not None else ""
    return RefusedItem(gone, "", "", row.line, words)
