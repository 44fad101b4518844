"""IMP-8, JOB-4: the values an import has changed return, where the value of the import still stands.

Set-based: read, decided in memory, written with one statement per table. The journal's entries are used up by it.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.folding import fold
from contacts.importing.journal import Entry
from contacts.importing.loading import load_people, lock_contacts
from contacts.importing.overlap import Overlap
from contacts.importing.people import FIELDS, PROFILE, Person
from contacts.importing.tables import as_json, update_many
from contacts.importing.tag_columns import tag_column
from contacts.importing.writing import search_text_of, write_contacts, write_profiles
from contacts.models import ContactChange, KnownValue, Source
from contacts.value_followers import values_changed
from desk.models import Site


@dataclass(slots=True)
class Reverted:
    """``stays``: {contact: public names} of what was changed again; ``full``: who did not get back all labels."""

    returned: int = 0
    stays: dict[int, set[str]] = field(default_factory=dict)
    full: set[int] = field(default_factory=set)


def revert(site: Site, ids: Sequence[int], *, job_id: int, label: str, now: datetime.datetime) -> Reverted:
    """Take back what ``job_id`` wrote into these contacts; ``label`` is what it called itself as a source."""
    lock_contacts(site, ids)
    entries = dict(ContactChange.objects.filter(job_id=job_id, contact__in=ids).values_list("contact_id", "before"))
    people = load_people(site, list(entries))
    told = Reverted()
    changed: list[Person] = []
    retagged: list[Person] = []
    forgotten: list[tuple[int, str, str]] = []
    untouched: list[tuple[int, str]] = []
    labelled: list[int] = []
    for pk, person in people.items():
        entry = Entry.read(entries[pk])
        stays = {key for key, states in entry.fields.items() if not _give_back(person, key, *states)}
        if stays:
            told.stays[pk] = stays
        if entry.tag and entry.tag in person.now["import_tags"]:
            person.now["import_tags"] = [tag for tag in person.now["import_tags"] if tag != entry.tag]
            retagged.append(person)
        if person.was_values:
            changed.append(person)
        if entry.touched and person.touched in entry.at:
            untouched.append((pk, entry.touched))
        if entry.labels:
            labelled.append(pk)
        forgotten += [(pk, name, value) for name, value in entry.known if not _stands(person, name, value)]
    _write(site, changed, [person for person in retagged if not person.was_values], now)
    _untouch(untouched)
    _forget(forgotten, label)
    column = tag_column()
    if column is not None and labelled:
        told.full = set(column.undo(site, labelled, job_id=job_id))
    ContactChange.objects.filter(job_id=job_id, contact__in=list(people)).delete()
    told.returned = len({person.id for person in (*changed, *retagged)} | set(labelled))
    return told


def _give_back(person: Person, key: str, old: Any, new: Any, source: list[str] | None) -> bool:
    """The value before, if the import's still stands; False when it does not."""
    now = person.value(key)
    if now != new or isinstance(now, bool) != isinstance(new, bool):
        return False
    person.note(key, now)
    sources = {name: note for name, note in person.now["sources"].items() if name != key}
    person.now["sources"] = sources | ({key: source} if source is not None else {})
    if key.startswith(PROFILE):
        _give_back_custom(person, key[len(PROFILE) :], old)
        return True
    columns = FIELDS[key]
    if len(columns) == 3:
        for column, value in zip(columns, old, strict=True):
            person.set(column, value)
        return True
    person.set(columns[0], old)
    if len(columns) == 2:
        person.set(columns[1], fold(old))
    return True


def _give_back_custom(person: Person, name: str, old: Any) -> None:
    for column, value in (("values", old), ("folded", _folded(old))):
        rest = {key: known for key, known in person.now[column].items() if key != name}
        person.set(column, rest if value is None else rest | {name: value})


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [fold(item) for item in value]
    return fold(value) if isinstance(value, str) else None


def _stands(person: Person, name: str, value: str) -> bool:
    """Whether a known value is the one the contact has now."""
    column = {"memberId": "member_id", **{key: columns[0] for key, columns in FIELDS.items()}}[name]
    return bool(person.now[column] == value)


def _write(site: Site, changed: Sequence[Person], retagged: Sequence[Person], now: datetime.datetime) -> None:
    for person in changed:
        person.now["search_text"] = search_text_of(person, site)
    touched = {key for person in changed for key in person.was_values}
    with Overlap() as overlap:
        write_contacts(changed, touched, now, overlap, is_contact=False)
        write_profiles(changed, touched, overlap)
    update_many(
        "contacts_contactprofile",
        "contact_id",
        {"import_tags": "jsonb"},
        [(person.id, as_json(person.now["import_tags"])) for person in retagged],
    )
    values_changed(site.pk, [person.id for person in changed])


def _untouch(moments: Sequence[tuple[int, str]]) -> None:
    """RET-1: nobody has been in contact since the import, and the import is as if it had not been."""
    adapt = connection.ops.adapt_datetimefield_value
    rows = [(pk, str(adapt(datetime.datetime.fromisoformat(moment)))) for pk, moment in moments]
    update_many("contacts_contact", "id", {"last_touch_at": "timestamptz"}, rows)


def _forget(values: Sequence[tuple[int, str, str]], label: str) -> None:
    """Known values that only the import has told."""
    wanted = set(values)
    rows = KnownValue.objects.filter(
        contact__in={pk for pk, _name, _value in wanted}, source=Source.IMPORT, source_label=label[:120]
    )
    gone = [pk for pk, *told in rows.values_list("pk", "contact_id", "field", "value") if tuple(told) in wanted]
    KnownValue.objects.filter(pk__in=gone).delete()
