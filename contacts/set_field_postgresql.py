"""The statements of "setField" on PostgreSQL: a batch is one statement each to look, journal, write and take back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from contacts.profile_values import MAX_KEYS
from contacts.set_field_values import FieldValue, Found
from desk.ids import new_id

# Column of the profile, name in the journal.
_COLUMNS = {"values": "value", "folded": "folded", "sources": "source"}


def look(ids: Sequence[int], wanted: FieldValue) -> Found:
    """Compare a batch with ``wanted``; nothing is locked."""
    differs, parameters = _differs(wanted)
    full, more = _is_nearly_full(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.contact_id, {differs}, {full} FROM contacts_contactprofile p"
            " WHERE p.contact_id = ANY(%s::bigint[]) ORDER BY p.contact_id",
            [*parameters, *more, list(ids)],
        )
        rows = cursor.fetchall()
    return Found(
        [pk for pk, other, _full in rows if other],
        [pk for pk, other, _full in rows if not other],
        [pk for pk, other, full in rows if other and full],
    )


def change(ids: Sequence[int], wanted: FieldValue, *, job_id: int) -> None:
    """Keep what these people have now as the journal of the job (``contacts.set_field``), and write.

    Somebody unified with a person whom this job had changed already has a journal of the job: the later one counts.
    """
    keys = _keys(wanted)
    before = ", ".join(f"'{_COLUMNS[name]}', jsonb_build_array(p.\"{name}\" -> %s::text)" for name in keys)
    assignments, parameters = _assignments(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_contactchange (id, site_id, job_id, contact_id, before)"
            f" SELECT chosen.id, p.site_id, %s, p.contact_id, jsonb_build_object({before}, 'written', %s::jsonb)"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS chosen (contact_id, id)"
            " JOIN contacts_contactprofile p ON p.contact_id = chosen.contact_id"
            " ON CONFLICT (job_id, contact_id) DO UPDATE SET before = excluded.before",
            [job_id, *keys.values(), json.dumps(wanted.written), list(ids), [new_id() for _id in ids]],
        )
        cursor.execute(
            f"UPDATE contacts_contactprofile SET {assignments} WHERE contact_id = ANY(%s::bigint[])",
            [*parameters, list(ids)],
        )


def _assignments(wanted: FieldValue) -> tuple[str, list[Any]]:
    sql, parameters = [], list[Any]()
    values = {"values": wanted.value, "folded": wanted.folded, "sources": wanted.written}
    for name, key in _keys(wanted).items():
        sql.append(f'"{name}" = ("{name}" - %s::text) || %s::jsonb')
        parameters += [key, json.dumps({} if values[name] is None else {key: values[name]})]
    return ", ".join(sql), parameters


def journalled(ids: Sequence[int], wanted: FieldValue, *, job_id: int) -> dict[int, bool]:
    """{whom the job changed: whether what it wrote still stands there, from then}."""
    differs, parameters = _differs(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.contact_id, NOT ({differs}) AND coalesce(p.sources -> %s::text, 'null') = c.before -> 'written'"
            " FROM contacts_contactchange c JOIN contacts_contactprofile p ON p.contact_id = c.contact_id"
            " WHERE c.job_id = %s AND c.contact_id = ANY(%s::bigint[]) ORDER BY c.contact_id",
            [*parameters, wanted.source_key, job_id, list(ids)],
        )
        return dict(cursor.fetchall())


def take_back(ids: Sequence[int], wanted: FieldValue, *, job_id: int) -> None:
    """What was there before the job stands there again; the journal has done its work."""
    assignments, parameters = [], list[Any]()
    for name, key in _keys(wanted).items():
        old = f"(c.before -> '{_COLUMNS[name]}' -> 0)"
        back = f"CASE WHEN {old} = 'null' THEN '{{}}'::jsonb ELSE jsonb_build_object(%s::text, {old}) END"
        assignments.append(f'"{name}" = (p."{name}" - %s::text) || {back}')
        parameters += [key, key]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE contacts_contactprofile AS p SET {', '.join(assignments)} FROM contacts_contactchange c"
            " WHERE c.contact_id = p.contact_id AND c.job_id = %s AND c.contact_id = ANY(%s::bigint[])",
            [*parameters, job_id, list(ids)],
        )
        cursor.execute(
            "DELETE FROM contacts_contactchange WHERE job_id = %s AND contact_id = ANY(%s::bigint[])",
            [job_id, list(ids)],
        )


def _keys(wanted: FieldValue) -> Mapping[str, str]:
    """The key in each column of the profile, in the order of the statements."""
    return {"values": wanted.key, "folded": wanted.key, "sources": wanted.source_key}


def _differs(wanted: FieldValue) -> tuple[str, list[Any]]:
    """``FieldValue.is_in``, the other way round, of profile ``p``."""
    if wanted.value is None:
        return 'jsonb_exists(p."values", %s)', [wanted.key]
    return 'p."values" -> %s::text IS DISTINCT FROM %s::jsonb', [wanted.key, json.dumps(wanted.value)]


def _is_nearly_full(wanted: FieldValue) -> tuple[str, list[Any]]:
    """With the value the profile may have too many keys or too many bytes."""
    if wanted.value is None:
        return "FALSE", []
    keys = 'SELECT count(*) FROM jsonb_object_keys(p."values")'
    return (
        f'(octet_length(p."values"::text) > %s OR (({keys}) >= %s AND NOT jsonb_exists(p."values", %s)))',
        [wanted.long_from, MAX_KEYS, wanted.key],
    )
