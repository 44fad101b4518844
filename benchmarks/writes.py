"""What the indexes of the search text cost when people are written (PostgreSQL): a copy of the table, with and without.

Leads and members have a search text; the profile of a first visit has none.
"""

from django.db import connection

from benchmarks.timing import Line, Report, take_turns
from desk.models import Site

ROWS = 20_000
_TABLE = "bench_profile"
_TRIGRAMS = f"CREATE INDEX ON {_TABLE} USING gin (search_text gin_trgm_ops)"
_GRAMS = f"CREATE INDEX ON {_TABLE} USING gin (dangol_grams(search_text))"
_SETS = {
    "no index of the text": (),
    "pairs": (_GRAMS,),
    "trigrams": (_TRIGRAMS,),
    "pairs and trigrams": (_GRAMS, _TRIGRAMS),
}


def measure(site: Site, report: Report, *, rounds: int) -> None:
    """Inserts and updates of 20,000 profiles, in one statement each."""
    if connection.vendor != "postgresql":
        return
    for name, managed in (("leads and members", True), ("first visits (no text)", False)):
        report.section(f"Writing {ROWS:,} profiles: {name}")
        floor = 0.0
        for indexes, statements in _SETS.items():
            _prepare(site, statements, managed=managed)
            (insert,) = take_turns(_insert, rounds=rounds, warm_up=1)
            floor = floor or insert
            report.add(Line(f"insert, {indexes}", insert, floor))
    report.section(f"Changing the search text of {ROWS:,} leads and members")
    floor = 0.0
    for indexes, statements in _SETS.items():
        _prepare(site, statements, managed=True)
        _insert()
        (update,) = take_turns(_update, rounds=rounds, warm_up=1)
        floor = floor or update
        report.add(Line(f"update, {indexes}", update, floor))
    _execute(f"DROP TABLE IF EXISTS {_TABLE}, {_TABLE}_source")


def _prepare(site: Site, indexes: tuple[str, ...], *, managed: bool) -> None:
    text = "<>" if managed else "="
    _execute(f"DROP TABLE IF EXISTS {_TABLE}, {_TABLE}_source")
    _execute(
        f"CREATE TABLE {_TABLE}_source AS SELECT * FROM contacts_contactprofile"
        f" WHERE site_id = {int(site.pk)} AND search_text {text} '' ORDER BY contact_id LIMIT {ROWS}"
    )
    _execute(f"CREATE TABLE {_TABLE} (LIKE contacts_contactprofile INCLUDING DEFAULTS)")
    _execute(f"CREATE UNIQUE INDEX ON {_TABLE} (contact_id)")
    for index in indexes:
        _execute(index)


def _insert() -> None:
    _execute(f"TRUNCATE {_TABLE}")
    _execute(f"INSERT INTO {_TABLE} SELECT * FROM {_TABLE}_source")


def _update() -> None:
    _execute(f"UPDATE {_TABLE} SET search_text = search_text || ' 가나'")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
