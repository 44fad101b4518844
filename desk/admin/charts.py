"""What charts have in common: places, round levels, numbers and days as they are written beside them.

Positions across are percentages of the whole width, so that a drawing stretches and its letters do not.
"""

import datetime
import math
from dataclasses import dataclass

from django.utils import formats

HEIGHT = 150  # pixels between the lowest and the highest line
TOP = 18
LABELS_ACROSS = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at one place: ``x`` per cent, ``y`` pixels from the top."""

    x: float
    y: float = 0
    label: str = ""
    width: float = 0  # per cent


def scale(least: int, most: int) -> tuple[int, int, int]:
    """The lowest and highest level and the step between: three to five round numbers. From nought, unless that would
    flatten what there is to see."""
    low = least if least > 0.6 * most else 0
    rough = max(1, (most - low) / 3)
    unit = 10 ** math.floor(math.log10(rough))
    step = max(1, next(int(unit * factor) for factor in (1, 2, 5, 10) if unit * factor >= rough))
    low = low // step * step
    return low, max(low + step, math.ceil(most / step) * step), step


def number(value: int | None) -> str:
    """With its separators."""
    return str(formats.number_format(value or 0, use_l10n=True, force_grouping=True))


def full_day(day: datetime.date) -> str:
    """In words."""
    return formats.date_format(day, "DATE_FORMAT")


def short_day(day: datetime.date) -> str:
    """Month and day in figures, which fits below a chart on a phone."""
    return formats.date_format(day, "n/j")
