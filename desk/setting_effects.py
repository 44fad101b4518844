"""What a change of a site's settings would do at once, told before it is saved.

Upper apps say it (RET-7: people who would be deleted); a change that needs a second look is saved only when somebody
has seen its numbers. A number that has grown since is shown again.
"""

import copy
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desk.models import Site
from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of something with the settings as they are, and with those that are to be saved."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One line: what it counts, and a figure for each of the effect's ``heads``."""

    label: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What would happen, in words and numbers. ``confirm`` stands on the button that saves it all the same."""

    name: str
    heading: str
    text: str
    heads: tuple[str, ...]
    rows: tuple[EffectRow, ...]
    confirm: str

    @property
    def told_rows(self) -> list[dict[str, object]]:
        """The rows as a template prints them: every figure with its head."""
        return [{"label": row.label, "figures": list(zip(self.heads, row.figures, strict=True))} for row in self.rows]

    @property
    def seen(self) -> str:
        """The numbers somebody saw, as a form sends them back."""
        return ",".join(str(figure.after) for row in self.rows for figure in row.figures)

    def is_covered_by(self, seen: str) -> bool:
        """Whether no number is greater than it was when it was seen."""
        numbers = seen.split(",")
        now = [figure.after for row in self.rows for figure in row.figures]
        if len(numbers) != len(now) or not all(number.isascii() and number.isdigit() for number in numbers):
            return False
        return all(after <= int(number[:19]) for after, number in zip(now, numbers, strict=True))


# (the site as it is, as it would be, now) → what is worth a question, or None.
Asker = Callable[[Site, Site, datetime.datetime], Effect | None]
setting_effects: Registry[Asker] = Registry("effects of settings")


def effects_of(site: Site, changes: dict[str, Any], *, now: datetime.datetime) -> list[Effect]:
    """What saving ``changes`` would do that somebody should see first. Nothing is saved."""
    after = copy.copy(site)
    for name, value in changes.items():
        setattr(after, name, value)
    found = [asker(site, after, now) for asker in setting_effects]
    return [effect for effect in found if effect is not None]
