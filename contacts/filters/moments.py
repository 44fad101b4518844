"""FIL-6: texts that name a day or a time, such as properties of events, compared as dates.

Nothing told their writers how to spell a time, so any ISO 8601 spelling counts: with or without seconds, with ``Z``, an
offset or, in the site's own time, neither. What only looks like a time (30 February) is none and matches no date
condition. The one pattern decides that on both engines, so that PostgreSQL is never given what it could not read.
"""

import datetime
import re
from typing import Any
from zoneinfo import ZoneInfo

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import F
from django.db.models.expressions import Expression

from contacts.filters.spans import Span
from contacts.filters.sql import Sql, Test

_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    "(?!0000)(?:[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    f"|(?:0[13578]|1[02])-31)|{_LEAP_YEAR}-02-29)"
)
_ZONE = "(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
_CLOCK = rf"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{{1,6}})?)?{_ZONE}?"
_MOMENT = f"^{_DAY}(?:{_CLOCK})?$"
_IN_PYTHON = re.compile(_MOMENT.removesuffix("$") + r"\Z")
_FIRST, _LAST = "0001-01-01T00:00:00.000000", "9999-12-31T23:59:59.999999"


def canonical_moment(text: Any, zone: str) -> str | None:
    """A day as it is, a time in UTC to the microsecond; None for what is neither. Sorts like time itself."""
    if not isinstance(text, str) or not _IN_PYTHON.match(text):
        return None
    if len(text) == len("2026-03-01"):
        return text
    moment = datetime.datetime.fromisoformat(text)
    try:
        return _written((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(datetime.UTC))
    except OverflowError:  # in the first or last hours of the calendar
        return _FIRST if moment.year == 1 else _LAST


def _written(moment: datetime.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def _add_moment(*, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("dangol_moment", 2, canonical_moment, deterministic=True)


connection_created.connect(_add_moment, dispatch_uid="contacts.filters.moments")


class MomentTest(Test):
    """Whether the text under ``key`` of a JSON column is a day or a time within ``span``; ``zone`` is the site's."""

    def __init__(self, column: "str | Expression | F", key: str, span: Span, zone: str) -> None:
        super().__init__(column)
        self.key = key
        self.span = span
        self.zone = zone

    def written(self, subject: str, *, postgres: bool) -> Sql:
        span = self.span
        days = [span.first_day and span.first_day.isoformat(), span.last_day and span.last_day.isoformat()]
        times: list[Any] = [span.start, span.end]
        if not postgres:
            times = [time and _written(time) for time in times]
        day, day_values = _between("m.day", days, last="<=")
        time, time_values = _between("m.at", times, last="<")
        test = f"CASE WHEN length(m.day) = 10 THEN {day} ELSE {time} END"
        if postgres:
            return self._on_postgres(subject, test, [*day_values, *time_values])
        found = f"SELECT j.type, dangol_moment(j.value, %s) AS day FROM json_each({subject}) AS j WHERE j.key = %s"
        moment = f"(SELECT f.day, f.day AS at FROM ({found}) AS f WHERE f.type = 'text' AND f.day IS NOT NULL) AS m"
        return f"EXISTS (SELECT 1 FROM {moment} WHERE {test})", [self.zone, self.key, *day_values, *time_values]

    def _on_postgres(self, subject: str, test: str, values: list[Any]) -> Sql:
        text = (
            f"SELECT CASE WHEN jsonb_typeof({subject} -> %s::text) = 'string' THEN {subject} ->> %s::text END"
            ' COLLATE "C" AS day'
        )
        # CASE, so that nothing is taken for a time before it is known to be one.
        at = (
            "CASE WHEN length(t.day) = 10 THEN NULL WHEN t.day ~ %s THEN t.day::timestamptz"
            " ELSE t.day::timestamp AT TIME ZONE %s END"
        )
        moment = f"SELECT t.day, CASE WHEN t.day ~ %s THEN {at} END AS at FROM ({text} OFFSET 0) AS t"
        sql = f"EXISTS (SELECT 1 FROM ({moment}) AS m WHERE m.day ~ %s AND {test})"
        return sql, [_MOMENT, f"{_ZONE}$", self.zone, self.key, self.key, _MOMENT, *values]


def _between(subject: str, bounds: list[Any], *, last: str) -> Sql:
    parts = [f"{subject} {sign} %s" for sign, bound in zip((">=", last), bounds, strict=True) if bound is not None]
    return " AND ".join(parts) or "TRUE", [bound for bound in bounds if bound is not None]
