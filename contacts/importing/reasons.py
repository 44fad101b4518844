"""What is said about a file, a mapping or a cell, in the active language: a code and its values make the sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.profile_values import REASONS as DETAIL_REASONS

Values = Mapping[str, Any]

# What stands in a cell of a workbook whose formula nobody has worked out yet.
FORMULA_WITHOUT_VALUE = "#FORMULA!"

# The file cannot be imported at all.
FILE_REASONS: Mapping[str, str | Promise] = {
    "empty": _("The file is empty: it has 0 bytes, or nothing but blank lines."),
    "binary": _("This is not a table: the file holds pictures, a program or other data instead of text."),
    "html": _("This is a web page, whatever its name says. Open it in Excel and save it as CSV or XLSX."),
    "old_excel": _("This is a workbook of Excel 97–2003 (.xls). Save it as .xlsx or CSV."),
    "encrypted": _("The workbook is protected by a password. Save it without one."),
    "broken_workbook": _("The workbook is damaged and cannot be opened."),
    "workbook_too_large": _(
        "Unpacked, the workbook would be larger than %(limit)d MB or out of all proportion to its size. Save it as CSV."
    ),
    "sheet_unknown": _("The workbook has no sheet “%(sheet)s”."),
    "encoding_unknown": _("The encoding “%(encoding)s” is not known here."),
    "separator_unknown": _("“%(separator)s” is not a separator: choose a comma, a semicolon or a tab."),
    "too_many_columns": _("The file has %(columns)d columns; up to %(limit)d can be imported."),
    "changed": _("The stored file is not the one that was looked at."),
}

# What is told about a file that can be imported nevertheless.
FILE_NOTES: Mapping[str, str | Promise] = {
    "no_rows": _("The file has a header and no rows."),
    "no_header": _("The first row looks like a person, not like the names of columns."),
    "duplicate_header": _(
        "Column %(column)s: “%(header)s” is there more than once; the later one is called “%(name)s”."
    ),
    "blank_header": _("Column %(column)s has no name in the header; it is called “%(name)s”."),
    "encoding_likely": _(
        "The encoding is the most likely one, not a certain one. See whether the names below are right."
    ),
    "other_sheets": _("The workbook has %(count)d sheets with data; this is “%(sheet)s”."),
    "formulas_without_values": _(
        "Cells with formulas hold no results. Open the workbook in Excel, save it and try again."
    ),
}

# One row cannot be read.
ROW_REASONS: Mapping[str, str | Promise] = {
    "undecodable": _("The row holds bytes that are no text in the encoding of the file."),
    "nul": _("The row holds a NUL character."),
    "too_few_cells": _("The row has fewer cells (%(found)d) than the header (%(expected)d)."),
    "too_many_cells": _("The row has more cells (%(found)d) than the header (%(expected)d)."),
    "unclosed_quote": _("A quotation mark is opened in this row and not closed."),
    "stray_line_end": _("The row holds a line end outside quotation marks."),
    "line_too_long": _("The line is too long."),
}

# One cell cannot be taken.
CELL_REASONS: Mapping[str, str | Promise] = {
    "rounded": _(
        "Excel has rounded this number: its last digits are lost. Format the column as text and export it again."
    ),
    "formula_without_value": _(
        "The cell holds a formula without a result. Open the workbook in Excel and save it again."
    ),
    "masked": _("The value is masked: who exported it may not see it. Leave the column out."),
    "excel_error": _("The cell holds an Excel error instead of a value."),
    "not_a_date": _("This is not a date."),
    "not_a_birth_date": _("This is not a birth date: a day between 1900 and today."),
    "not_a_number": _("This is not a number."),
    "not_yes_or_no": _("This is neither yes nor no."),
    "not_a_language": _("This is not the code of a language, such as ko or en-GB."),
    "not_a_country": _("This is not the two-letter code of a country, such as KR."),
    "control_character": _("The cell holds a control character."),
    "text_too_long": _("The text has %(length)d characters; up to %(limit)d are kept."),
    "list_too_long": _("The list has more than %(limit)d entries."),
}

# A column cannot be taken as it is mapped.
MAPPING_REASONS: Mapping[str, str | Promise] = {
    "mapping_invalid": _("This is not a mapping of columns."),
    "column_unknown": _("The file has no column %(column)s."),
    "column_twice": _("Column “%(header)s” is mapped twice."),
    "field_unknown": _("Column “%(header)s”: there is no field “%(field)s”."),
    "field_twice": _("Columns “%(first)s” and “%(header)s” go to one field: “%(field)s”. Leave one of them out."),
    "nobody_to_find": _(
        "No column is a member ID, a mobile number or an e-mail: nobody could be found or added by this file."
    ),
    "mode_unknown": _("Column “%(header)s”: “%(mode)s” is no way of writing."),
    "type_unknown": _("Column “%(header)s”: “%(type)s” is no type of a field."),
    "type_missing": _("Column “%(header)s”: a new field needs a type."),
    "key_invalid": _("Column “%(header)s”: a field cannot be called “%(key)s”."),
    "key_reserved": _("Column “%(header)s”: “%(key)s” belongs to the contact itself and cannot be a custom field."),
    "too_many_fields": _("The site would have %(count)d custom fields; up to %(limit)d are possible."),
    "too_many_columns": _("The file has %(columns)d columns; up to %(limit)d can be imported."),
}

_ALL: Mapping[str, str | Promise] = {
    **DETAIL_REASONS,
    **FILE_NOTES,
    **FILE_REASONS,
    **ROW_REASONS,
    **CELL_REASONS,
    **MAPPING_REASONS,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something an operator should know. ``column`` is the number of the column (from 0) where it is about one."""

    code: str
    values: Values = field(default_factory=dict)
    column: int | None = None

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        return told(self.code, self.values)


class FileRefused(Exception):
    """The file cannot be imported; ``code`` and ``values`` say why."""

    def __init__(self, code: str, values: Values | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.values: Values = values or {}

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return told(self.code, self.values)


def told(code: str, values: Values) -> str:
    """The sentence of ``code`` in the active language; ``KeyError`` for a code that nobody has worded."""
    return str(_ALL[code]) % values if values else str(_ALL[code])
