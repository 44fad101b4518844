"""Subject access: ``person.json``, for programs: camelCase keys that stay, times in ISO 8601 with their zone."""

import datetime
import functools
import json
from collections.abc import Iterable
from typing import Any, TextIO

from django.utils.functional import Promise
from django.utils.translation import get_language

from contacts.subject_access.parts import Enclosed, Row, Subject, SubjectPart, Word

VERSION = 1


class DataFile:
    """Writes one JSON object, row by row: "about", then each part: a list, or an object where there is only one."""

    def __init__(self, subject: Subject, out: TextIO) -> None:
        self._out = out
        about = {
            "format": "subjectAccess",
            "version": VERSION,
            "createdAt": subject.now,
            "site": subject.site.name,
            "timeZone": subject.site.time_zone,
            "language": get_language() or "en",
        }
        out.write(f'{{\n"about": {_json(about)}')

    def rows(self, name: str, part: SubjectPart, rows: Iterable[Row]) -> Iterable[Row]:
        """Passes the rows on as they are written, so that they are read once for both files."""
        self._out.write(f",\n{_json(name)}: ")
        if part.single:
            for row in rows:
                self._out.write(_json(row))
                yield row
            return
        separator = "["
        for row in rows:
            self._out.write(f"{separator}\n{_json(row)}")
            separator = ","
            yield row
        self._out.write("[]" if separator == "[" else "\n]")

    def end(self) -> None:
        """Close the object."""
        self._out.write("\n}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


@functools.singledispatch
def _plain(value: object) -> Any:
    """What JSON does not know by itself."""
    raise TypeError(f"A part tells a {type(value).__name__}, which nobody can read")


@_plain.register
def _word(value: Word) -> Any:
    return value.code


@_plain.register
def _enclosed(value: Enclosed) -> Any:
    return {"name": value.name, "path": value.path or None}


@_plain.register
def _date(value: datetime.date) -> Any:
    return value.isoformat()


@_plain.register
def _moment(value: datetime.datetime) -> Any:
    """In UTC; one without a zone came from a page that told none."""
    return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()


@_plain.register
def _lazy(value: Promise) -> Any:
    return str(value)
