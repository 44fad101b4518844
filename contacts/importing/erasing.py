"""RET-4, IMP-4: what uploaded files say of people who are deleted goes with them, as long as it is kept (30 days).

Their rows go: those that became them, and those that nobody became (refused, not yet imported) but that name their
memberId, phone or e-mail; and the reasons of their rows that were left out. The stored file is what was uploaded and is
not rewritten: it goes as a whole, at once, and the import's page says why. What is lost with it is the list of the rows
that were left out, and a file that was not imported yet has to be uploaded again, which is meant: it would bring back
whom somebody has just erased. A run that has begun goes on without their rows; the others keep theirs, for the undo.

Whose file has not been checked yet is not known by rows: such a file is searched, unless it is so large that the
search would hold up the deletion; then it goes unread.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from contacts.erasing import ErasureParticipant, erasure_participants
from contacts.id_lists import ids_value, in_ids
from contacts.identifying import Identifying, Values, earlier_ids, identifying
from contacts.importing.loading import in_texts, texts_value
from contacts.importing.reading import read_rows
from contacts.importing.reasons import FileRefused
from contacts.importing.row_values import WHO
from contacts.importing.storing import path_of, withdraw
from contacts.models import ContactImport, ImportReject, ImportRow
from desk.models import JobRefusal, Site

# About a second of reading. A workbook is packed, and unpacked first.
SEARCHED = 8 << 20
_SEARCHED_PACKED = 1 << 20
_ROW, _REJECT, _REFUSAL = (model._meta.db_table for model in (ImportRow, ImportReject, JobRefusal))

type_Place = tuple[int, int]  # an import and a line of its file


def _erase(site: Site, ids: Sequence[int]) -> int:
    """Answers how many rows. One statement where no file is kept."""
    imports = {one.pk: one for one in ContactImport.objects.filter(site=site, forgotten_at=None).order_by("pk")}
    if not imports:
        return 0
    gone = [*ids, *earlier_ids(site, ids)]
    people = identifying(site, gone)
    rows = _rows_of(site, list(imports), gone, people)
    rejects = _rejects_of(site, list(imports), people)
    _delete(_ROW, site, rows)
    _delete(_REJECT, site, sorted({*rows, *rejects}))
    _delete_refusals(imports, sorted({*rows, *rejects}))
    named = {pk for pk, _line in (*rows, *rejects)}
    values = Values(people)
    withdraw(
        [
            one
            for pk, one in imports.items()
            if one.stored_as and (pk in named or (people and not one.checked and not one.ran and _names(one, values)))
        ]
    )
    return len(rows)


def _rows_of(site: Site, imports: Sequence[int], gone: Sequence[int], people: Identifying) -> list[type_Place]:
    """Those that are about them; by what a row says only when it is about nobody who is there."""
    nobody = "NOT EXISTS (SELECT 1 FROM contacts_contact c WHERE c.id = r.contact_id)"
    told = f"SELECT r.contact_import_id, r.line FROM {_ROW} r WHERE r.site_id = %s AND r.contact_import_id {in_ids()}"
    parts = [f"{told} AND r.contact_id {in_ids()}"]
    values: list[Any] = [site.pk, ids_value(imports), ids_value(gone)]
    for column, wanted in (("member_id", people.member_ids), ("phone", people.phones), ("email", people.emails)):
        if wanted:
            parts.append(f"{told} AND r.{column} {in_texts()} AND NOT r.{column} = '' AND {nobody}")
            values += [site.pk, ids_value(imports), texts_value(wanted)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(parts), values)
        return sorted(cursor.fetchall())


def _rejects_of(site: Site, imports: Sequence[int], people: Identifying) -> list[type_Place]:
    """Rows that could not be understood, but named one of them (``staging``)."""
    if not (people.member_ids or people.phones or people.emails):
        return []
    rejects = ImportReject.objects.filter(site=site, contact_import__in=imports, while_reading=True)
    told = rejects.filter(values__has_key=WHO).values_list("contact_import_id", "line", f"values__{WHO}")
    named = {*people.member_ids, *people.phones, *people.emails}
    return sorted((pk, line) for pk, line, who in told.iterator() if not named.isdisjoint(who))


def _names(contact_import: ContactImport, values: Values) -> bool:
    """Whether the stored file, which nobody has checked yet, may name one of them."""
    try:
        path = path_of(contact_import)
        packed = contact_import.mapping.get("format") == "xlsx"
        if path.stat().st_size > (_SEARCHED_PACKED if packed else SEARCHED):
            return True
        return any(values.has(cell) for row in read_rows(path, contact_import.mapping) for cell in row.cells)
    except FileNotFoundError:
        return False
    except (FileRefused, KeyError):  # it cannot be read as it was told to be: nobody knows
        return True


def _delete_refusals(imports: dict[int, ContactImport], places: Sequence[type_Place]) -> None:
    """In the lists of the jobs, which say what was wrong with the cells; how many there were stays with the job."""
    jobs = [
        (job, line)
        for pk, line in places
        for job in (imports[pk].check_job_id, imports[pk].run_job_id)
        if job is not None
    ]
    _run(f"DELETE FROM {_REFUSAL} WHERE (job_id, line) IN ({_places()})", jobs)


def _delete(table: str, site: Site, places: Sequence[type_Place]) -> None:
    _run(f"DELETE FROM {table} WHERE site_id = %s AND (contact_import_id, line) IN ({_places()})", places, site.pk)


def _places() -> str:
    if connection.vendor == "postgresql":
        return "SELECT * FROM unnest(%s::bigint[], %s::integer[])"
    return "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(%s)"


def _run(statement: str, places: Sequence[tuple[int, int]], *before: Any) -> None:
    if not places:
        return
    if connection.vendor == "postgresql":
        told: list[Any] = [ids_value(one) for one in zip(*places, strict=True)]
    else:
        told = [json.dumps(places)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*before, *told])


erasure_participants.register("importRows", ErasureParticipant(_("rows of imported files"), (), _erase))
