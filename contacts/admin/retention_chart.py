"""RET-5: the forecast as bars that a template draws as SVG: one for each day, its kinds above each other.

When far more people go at the next sweep than on any other day, its bar is cut, so that the others can be seen; the
drawing and its words say so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.forecasting import Forecast, ForecastDay
from contacts.models import Kind
from contacts.policy_effects import KINDS
from desk.admin.charts import HEIGHT, LABELS_ACROSS, TOP, Mark, full_day, number, scale, short_day

# From the bottom of a bar to its top.
STACK = (Kind.MEMBER, Kind.LEAD, Kind.ANONYMOUS)
_CUT = 4  # so many times as high as all others: cut
_GAP = 0.18  # of a day's width, between bars


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day's bar: ``x`` and ``width`` per cent, ``y`` and ``height`` pixels."""

    kind: Kind
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, the same in words, and as rows: days on which somebody goes."""

    bars: list[Bar]
    levels: list[Mark]
    days: list[Mark]
    tips: list[Mark]
    cut: Mark | None
    kinds: list[tuple[Kind, str]]
    summary: str
    rows: list[tuple[ForecastDay, list[int]]]

    height: int = HEIGHT
    top: int = TOP
    bottom: int = TOP + HEIGHT


def chart_of(forecast: Forecast) -> Chart | None:
    """The chart of these days; None when nobody goes on any of them."""
    days = forecast.days
    if not any(day.total for day in days):
        return None
    others = max((day.total for day in days[1:]), default=0)
    is_cut = others > 0 and days[0].total > _CUT * others
    _low, high, step = scale(0, others if is_cut else max(day.total for day in days))
    width = 100 / len(days)
    return Chart(
        bars=[bar for place, day in enumerate(days) for bar in _bars(day, place * width, width, high)],
        levels=[Mark(0, TOP + HEIGHT * (1 - level / high), number(level)) for level in range(0, high + 1, step)],
        days=list(_labels(days, width)),
        tips=[Mark(round(place * width, 3), TOP, _tip(day), round(width, 3)) for place, day in enumerate(days)],
        cut=Mark(round(width, 3), TOP, number(days[0].total)) if is_cut else None,
        kinds=[(kind, str(KINDS[kind])) for kind in reversed(STACK) if any(day.counts.get(kind) for day in days)],
        summary=_summary(days),
        rows=[(day, [day.counts.get(kind, 0) for kind in KINDS]) for day in days if day.total],
    )


def _bars(day: ForecastDay, x: float, width: float, high: int) -> Iterator[Bar]:
    """The parts of one day, cut at the highest line; who goes is seen, however few."""
    bottom = float(TOP + HEIGHT)
    for kind in STACK:
        count = day.counts.get(kind, 0)
        height = min(max(1.5, HEIGHT * count / high), bottom - TOP) if count else 0
        if height > 0:
            bottom = round(bottom - height, 1)
            yield Bar(kind, round(x + width * _GAP / 2, 3), round(width * (1 - _GAP), 3), bottom, round(height, 1))


def _labels(days: Sequence[ForecastDay], width: float) -> Iterator[Mark]:
    last = len(days) - 1
    for place in sorted({round(last * nth / (LABELS_ACROSS - 1)) for nth in range(LABELS_ACROSS)}):
        yield Mark(round((place + 0.5) * width, 2), label=short_day(days[place].day))


def _tip(day: ForecastDay) -> str:
    parts = [f"{KINDS[kind]} {number(count)}" for kind, count in day.counts.items()]
    return f"{full_day(day.day)}: {number(day.total)}" + (f" ({', '.join(parts)})" if len(parts) > 1 else "")


def _summary(days: Sequence[ForecastDay]) -> str:
    """The chart in words."""
    total = sum(day.total for day in days)
    told = ngettext(
        "%(n)s person within %(days)s days, %(first)s of them at the next sweep on %(day)s.",
        "%(n)s people within %(days)s days, %(first)s of them at the next sweep on %(day)s.",
        total,
    ) % {"n": number(total), "days": len(days), "first": number(days[0].total), "day": full_day(days[0].day)}
    most = max(days[1:], key=lambda day: day.total, default=None)
    if most is None or not most.total:
        return told
    return told + " " + _("After that most on %(day)s: %(n)s.") % {"day": full_day(most.day), "n": number(most.total)}
