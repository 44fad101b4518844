"""SEG-1, SEG-6: a segment as the management page and its own page show it: in words, with its size and what uses it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.filters.describe import describe
from contacts.filters.errors import FilterError
from desk.access import Access
from segments.admin.charts import Spark, spark_of
from segments.admin.navigation import contacts_url, edit_url
from segments.errors import SegmentRefused
from segments.models import Segment
from segments.sets import filter_of
from segments.sharing import may_change
from segments.sizes import sizes_of
from segments.uses import Use, uses_of_segments

SPARK_DAYS = 30


@dataclass(frozen=True, slots=True)
class ShownUse:
    """``url`` is empty where the operator may not look."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """``problem``: why it matches nobody (SEG-1); then there is no sentence."""

    segment: Segment
    url: str
    edit_url: str
    sentence: str
    problem: str
    may_change: bool
    uses: list[ShownUse]
    spark: Spark | None


def rows_of(access: Access, segments: Sequence[Segment]) -> list[Row]:
    """The rows of these segments, in their order."""
    uses = uses_of_segments(access)
    sizes = sizes_of(segments, access.site, days=SPARK_DAYS, now=timezone.now())
    return [_row(access, segment, uses.get(segment.pk, []), spark_of(sizes[segment.pk])) for segment in segments]


def _row(access: Access, segment: Segment, uses: Sequence[Use], spark: Spark | None) -> Row:
    sentence, problem = _in_words(segment)
    shown = [shown_use(use) for use in uses]
    return Row(
        segment=segment,
        url=contacts_url(segment),
        edit_url=edit_url(segment),
        sentence=sentence,
        problem=problem,
        may_change=may_change(segment, access),
        uses=shown,
        spark=spark,
    )


def shown_use(use: Use) -> ShownUse:
    """What asks for a segment, with its address."""
    return ShownUse(str(use.kind), use.name, reverse(use.page, args=[use.id]) if use.page else "")


def reason_of(error: SegmentRefused | FilterError) -> str:
    """Why something was refused, on one line."""
    return error.message if isinstance(error, SegmentRefused) else "; ".join(p.message for p in error.problems)


def _in_words(segment: Segment) -> tuple[str, str]:
    try:
        return describe(filter_of(segment)) or _("everybody"), ""
    except FilterError as error:
        return "", reason_of(error)
