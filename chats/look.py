"""CHAT-5: how an operator left the inbox: widths of its areas, the panel's tab; on every machine, over logins."""

from typing import Any

from desk.models import Operator, Site
from desk.operators import change_preferences

# In pixels, in steps of STEP: least, most, and what it is before anybody drags.
WIDTHS = {"rooms": (240, 520, 320), "panel": (280, 720, 340)}
STEP = 20
MAX_TAB = 40


class LookRefused(ValueError):
    """Nothing of that name is kept, or not with that value."""


def widths_of(operator: Operator) -> dict[str, int]:
    """The widths of the areas, always within what the page can show."""
    return _widths_in(operator.preferences)


def _widths_in(preferences: dict[str, Any]) -> dict[str, int]:
    kept = preferences.get("inbox")
    kept = kept if isinstance(kept, dict) else {}
    return {name: _width(name, kept.get(name, usual)) for name, (_, _, usual) in WIDTHS.items()}


def remember_width(operator: Operator, name: str, value: str) -> None:
    """Keep the width of the area ``name``."""
    if name not in WIDTHS or not (value.isascii() and value.isdigit() and len(value) < 6):
        raise LookRefused(name)
    width = _width(name, int(value))
    change_preferences(operator, lambda kept: {"inbox": {**_widths_in(kept), name: width}})


def remember_tab(operator: Operator, site: Site, tab: str) -> None:
    """Keep the tab of the panel that was last chosen on this site."""
    if not 0 < len(tab) <= MAX_TAB or not tab.isascii() or not tab.replace("-", "").isalnum():
        raise LookRefused("panelTab")

    def add(kept: dict[str, Any]) -> dict[str, Any]:
        tabs = kept.get("panelTab")
        return {"panelTab": {**(tabs if isinstance(tabs, dict) else {}), str(site.pk): tab}}

    change_preferences(operator, add)


def _width(name: str, value: object) -> int:
    least, most, usual = WIDTHS[name]
    number = value if isinstance(value, int) else usual
    return max(least, min(most, round(number / STEP) * STEP))
