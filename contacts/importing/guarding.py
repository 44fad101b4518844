"""IMP-9: texts that a spreadsheet would take for a formula, made harmless so that reading them back undoes it exactly.

A guarded text begins with an apostrophe. So that nothing is lost, a text that begins with one already is guarded too;
then every text, whatever stands in it, is ``unguard(guard(text))``.
"""

import unicodedata

from contacts.importing.reasons import FORMULA_WITHOUT_VALUE

# What spreadsheets begin a formula with; Japanese Excel takes the full-width forms as well.
_FORMULA = frozenset("=+-@＝＋－＠")
EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", FORMULA_WITHOUT_VALUE}
)


def _is_dangerous(text: str) -> bool:
    """A formula, a control character or blanks at an edge (lost otherwise), what means an error, or a guard."""
    if not text:
        return False
    first = text[0]
    if first in _FORMULA or first == "'" or text in EXCEL_ERRORS:
        return True
    return text != text.strip() or unicodedata.category(first) in {"Cc", "Cf"}


def guard(text: str) -> str:
    """``text`` as it may stand in a cell."""
    if text and text[0].isalnum() and text[-1].isalnum():
        return text  # nearly all are: neither a sign nor a blank at an edge
    return f"'{text}" if _is_dangerous(text) else text


def unguard(cell: str) -> tuple[str, bool]:
    """The text behind a cell, and whether it was guarded: then it is exactly what was meant, blanks included."""
    if cell[:1] == "'" and _is_dangerous(cell[1:]):
        return cell[1:], True
    return cell, False
