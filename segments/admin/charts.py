"""SEG-3: the size of a segment over time, as numbers that a template draws as SVG: a page's chart, a row's spark.

Days nobody counted are gaps: a line never crosses them. Colours are the style sheet's. Positions across are percentages
of the whole width, so that the drawing stretches and its letters do not.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.admin.charts import HEIGHT, LABELS_ACROSS, TOP, Mark, full_day, number, scale, short_day
from segments.sizes import DaySize

_TIPS = 120  # a tip for each day of a quarter; over a year one for some days each
_SPARK_WIDTH, _SPARK_HEIGHT = 90, 20


@dataclass(frozen=True, slots=True)
class Chart:
    """``lines`` are the points of unbroken stretches in a box 100 wide and HEIGHT high, ``areas`` what is below."""

    lines: list[str]
    areas: list[str]
    dots: list[Mark]
    changes: list[Mark]
    levels: list[Mark]
    days: list[Mark]
    tips: list[Mark]
    latest: Mark | None
    summary: str
    rows: list[DaySize] = field(default_factory=list)  # the newest first, days that say something

    height: int = HEIGHT
    top: int = TOP
    bottom: int = TOP + HEIGHT


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line without letters, in whole pixels; ``summary`` says the same in words."""

    lines: list[str]
    end: tuple[float, float] | None
    summary: str
    width: int = _SPARK_WIDTH
    height: int = _SPARK_HEIGHT


def chart_of(sizes: Sequence[DaySize]) -> Chart | None:
    """The chart of these days, the oldest first; None when nobody counted on any of them."""
    counts = [size.count for size in sizes if size.count is not None]
    if not counts:
        return None
    low, high, step = scale(min(counts), max(counts))

    def y(count: int) -> float:
        return round(HEIGHT * (1 - (count - low) / (high - low)), 1)

    last = len(sizes) - 1
    lines, areas, dots = [], [], []
    for stretch in _stretches(sizes):
        points = [(_across(place, last), y(count)) for place, count in stretch]
        if len(points) == 1:
            dots.append(Mark(points[0][0], TOP + points[0][1]))
            continue
        lines.append(_joined(points))
        areas.append(_joined([(points[0][0], HEIGHT), *points, (points[-1][0], HEIGHT)]))
    place, count = next(
        (place, size.count) for place, size in reversed(list(enumerate(sizes))) if size.count is not None
    )
    return Chart(
        lines=lines,
        areas=areas,
        dots=dots,
        changes=[
            Mark(_across(place, last), TOP, _("The conditions changed on %(day)s.") % {"day": full_day(size.day)})
            for place, size in enumerate(sizes)
            if size.changed
        ],
        levels=[Mark(0, TOP + y(level), number(level)) for level in range(low, high + 1, step)],
        days=_days(sizes),
        tips=list(_tips(sizes)),
        latest=Mark(_across(place, last), TOP + y(count), number(count)),
        summary=_summary(sizes),
        rows=[size for size in reversed(sizes) if size.count is not None or size.changed],
    )


def spark_of(sizes: Sequence[DaySize]) -> Spark | None:
    """The spark of these days; None when there are not two days to draw a line between."""
    counts = [size.count for size in sizes if size.count is not None]
    if len(counts) < 2:
        return None
    low, high = min(counts), max(counts)
    room, last = _SPARK_HEIGHT - 6, len(sizes) - 1

    def point(place: int, count: int) -> tuple[float, float]:
        share = (count - low) / (high - low) if high > low else 0.5
        return round(2 + (_SPARK_WIDTH - 6) * place / last), round(3 + room * (1 - share))

    stretches = [[point(*one) for one in stretch] for stretch in _stretches(sizes)]
    lines = [_joined(points) for points in stretches if len(points) > 1]
    return Spark(lines, stretches[-1][-1], _summary(sizes))


def _stretches(sizes: Sequence[DaySize]) -> Iterator[list[tuple[int, int]]]:
    """Days in a row that were counted: (place, count)."""
    stretch: list[tuple[int, int]] = []
    for place, size in enumerate(sizes):
        if size.count is not None:
            stretch.append((place, size.count))
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _across(place: int, last: int) -> float:
    """Where a day stands, in per cent; the outermost ones leave room for their dots."""
    return round(1 + 97.5 * place / last, 2) if last else 50.0


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _days(sizes: Sequence[DaySize]) -> list[Mark]:
    """The days that are named below the chart."""
    last = len(sizes) - 1
    places = sorted({round(last * nth / (LABELS_ACROSS - 1)) for nth in range(LABELS_ACROSS)})
    return [Mark(_across(place, last), label=short_day(sizes[place].day)) for place in places]


def _tips(sizes: Sequence[DaySize]) -> Iterator[Mark]:
    """What stands at each place when the pointer rests there."""
    step, last = math.ceil(len(sizes) / _TIPS), max(1, len(sizes) - 1)
    width = round(97.5 * step / last, 2)
    for place in range(0, len(sizes), step):
        size = sizes[place]
        said = _("not counted") if size.count is None else number(size.count)
        yield Mark(max(0.0, round(_across(place, last) - width / 2, 2)), TOP, f"{full_day(size.day)}: {said}", width)


def _summary(sizes: Sequence[DaySize]) -> str:
    """The chart in words."""
    counted = [size for size in sizes if size.count is not None]
    first, latest = counted[0], counted[-1]
    said = _("From %(first)s on %(first_day)s to %(latest)s on %(latest_day)s.") % {
        "first": number(first.count),
        "first_day": full_day(first.day),
        "latest": number(latest.count),
        "latest_day": full_day(latest.day),
    }
    missing = (latest.day - first.day).days + 1 - len(counted)
    if missing:
        said += " " + ngettext(
            "%(n)s day in between was not counted.", "%(n)s days in between were not counted.", missing
        ) % {"n": number(missing)}
    return said
