"""The statements of "setField" on SQLite, where a JSON path cannot name every key: read, change here, write.

The transaction is the only writer (IMMEDIATE), so nothing comes in between.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from contacts.id_lists import ids_value, in_ids
from contacts.profile_values import MAX_KEYS
from contacts.set_field_values import FieldValue, Found, values_of
from desk.ids import new_id

# Name in the journal, in the order in which the columns are read.
_NAMES = ("value", "folded", "source")


def look(ids: Sequence[int], wanted: FieldValue) -> Found:
    """Compare a batch with ``wanted``."""
    found = Found([], [], [])
    for pk, values in sorted(values_of(ids).items()):
        if wanted.is_in(values):
            found.same.append(pk)
            continue
        found.other.append(pk)
        if wanted.value is not None and (len(values) >= MAX_KEYS or len(json.dumps(values)) > wanted.long_from):
            found.nearly_full.append(pk)
    return found


def change(ids: Sequence[int], wanted: FieldValue, *, job_id: int) -> None:
    """Keep what these people have now as the journal of the job (``contacts.set_field``), and write.

    Somebody unified with a person whom this job had changed already has a journal of the job: the later one counts.
    """
    keys, new = _keys(wanted), (wanted.value, wanted.folded, wanted.written)
    journal, changed = [], []
    for pk, site_id, columns in _profiles(ids):
        before = {name: [column.get(key)] for name, key, column in zip(_NAMES, keys, columns, strict=True)}
        journal.append((new_id(), site_id, job_id, pk, json.dumps(before | {"written": wanted.written})))
        changed.append((*_replaced(columns, keys, new), pk))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO contacts_contactchange (id, site_id, job_id, contact_id, before) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (job_id, contact_id) DO UPDATE SET before = excluded.before",
            journal,
        )
    _write(changed)


def journalled(ids: Sequence[int], wanted: FieldValue, *, job_id: int) -> dict[int, bool]:
    """{whom the job changed: whether what it wrote still stands there, from then}."""
    before = _journal(ids, job_id)
    return {
        pk: wanted.is_in(columns[0]) and columns[2].get(wanted.source_key) == before[pk]["written"]
        for pk, _site_id, columns in _profiles(sorted(before))
    }


def take_back(ids: Sequence[int], wanted: FieldValue, *, job_id: int) -> None:
    """What was there before the job stands there again; the journal has done its work."""
    before, keys = _journal(ids, job_id), _keys(wanted)
    _write(
        [
            (*_replaced(columns, keys, [before[pk][name][0] for name in _NAMES]), pk)
            for pk, _site_id, columns in _profiles(sorted(before))
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM contacts_contactchange WHERE job_id = %s AND contact_id {in_ids()}", [job_id, ids_value(ids)]
        )


def _keys(wanted: FieldValue) -> tuple[str, str, str]:
    return wanted.key, wanted.key, wanted.source_key


def _profiles(ids: Sequence[int]) -> list[tuple[int, int, list[dict[str, Any]]]]:
    """(contact, site, values and folded and sources) of those who are there, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT contact_id, site_id, "values", folded, sources FROM contacts_contactprofile'
            f" WHERE contact_id {in_ids()} ORDER BY contact_id",
            [ids_value(ids)],
        )
        return [(pk, site_id, [json.loads(text) for text in texts]) for pk, site_id, *texts in cursor.fetchall()]


def _journal(ids: Sequence[int], job_id: int) -> dict[int, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT contact_id, before FROM contacts_contactchange WHERE job_id = %s AND contact_id {in_ids()}",
            [job_id, ids_value(ids)],
        )
        return {pk: json.loads(before) for pk, before in cursor.fetchall()}


def _replaced(columns: Sequence[dict[str, Any]], keys: Sequence[str], values: Sequence[Any]) -> list[str]:
    """The columns with each key at its value, or without it, as they are stored."""
    told = []
    for column, key, value in zip(columns, keys, values, strict=True):
        rest = {name: other for name, other in column.items() if name != key or value is not None}
        told.append(json.dumps(rest if value is None else rest | {key: value}))
    return told


def _write(rows: Sequence[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            'UPDATE contacts_contactprofile SET "values" = %s, folded = %s, sources = %s WHERE contact_id = %s', rows
        )
