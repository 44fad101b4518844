"""The day of a moment, computed by the database for a generated column."""

from typing import Any

from django.db.models import DateField, Func


class DayInUtc(Func):
    """The UTC day of a time. Written out for each database: the usual way is not allowed in a generated column."""

    template = "(%(expressions)s AT TIME ZONE 'UTC')::date"
    output_field = DateField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 10)", **context)
