"""CSV that is handed out as it is written: UTF-8 with BOM, and nothing a spreadsheet would take for a formula."""

import csv
from collections.abc import Iterable
from typing import Any

BOM = b"\xef\xbb\xbf"
# What a spreadsheet would take for the beginning of a formula; Japanese Excel takes the full-width forms as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_line(cells: Iterable[object]) -> bytes:
    """One line, with its end."""
    line: bytes = csv.writer(_Line()).writerow([_harmless(str(cell)) for cell in cells])
    return line


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Line:
    """What ``csv.writer`` writes to: it hands the line back instead of keeping it."""

    def write(self, line: str) -> Any:
        return line.encode("utf-8")
