"""Subject access: the registry of what a person is told, and of what is not told and why.

``tests/contacts/subject_access/test_completeness.py`` walks all relations to Contact, and to what belongs to a contact
(accounts, chats, messages …), and all tables that are declared to hold people's data (``desk.personal_data``), and
fails until each is covered by a part or stands in ``not_told`` with its reason.

The person gets what is about the person, and nothing else. Not told are: operators' names (they are people too, and
the law asks for what was done and when, not by whom); secrets such as digests of sessions, keys of files on the disk
and addresses of webhooks; and whatever may be somebody else's. That last is why everything is asked for by the contact
*and* by accounts that are the contact's now: a unification that was undone leaves behind what the other person did
meanwhile (UNI-10), and none of that is handed out.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from contacts.models import Contact, ContactAlias, Merge
from contacts.subject_access.file_names import safe_name
from desk.ids import read_id
from desk.models import Site
from desk.registry import Registry

M = TypeVar("M", bound=Model)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Word:
    """A value that programs read as ``code`` and people as ``words``."""

    code: str | int
    words: str | Promise


class Details(dict[str, Any]):
    """Details of a person by their public names, which people read in words."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file of the person. ``path``: where it lies in the archive; empty when it is not on the disk any more."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class EnclosedFile:
    """What the archive needs of a file; ``open`` raises ``FileNotFoundError`` when it has gone meanwhile."""

    path: str
    open: Callable[[], BinaryIO]


# What a part may tell: str, int, float, bool, None, date, datetime, Word, Enclosed, and lists and dicts of these.
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """The person, as ``subject_of`` has read it; parts add their files to it while they are read.

    ``ids``: the contact's own and those it had before it was unified. ``accounts``: {id: identification number} of the
    accounts that are the person's now. ``apart``: times in which somebody else was taken for this person.
    """

    contact: Contact
    site: Site
    now: datetime.datetime
    ids: tuple[int, ...]
    accounts: Mapping[int, str]
    apart: tuple[tuple[datetime.datetime, datetime.datetime], ...]
    files: dict[str, EnclosedFile] = field(default_factory=dict)

    def enclose(self, key: str, name: str, open_: Callable[[], BinaryIO]) -> Enclosed:
        """Put a file into the archive, once per ``key``, under a name that begins with a number of ours."""
        if key not in self.files:
            path = f"attachments/{len(self.files) + 1:04d}-{safe_name(name)}"
            self.files[key] = EnclosedFile(path, open_)
        return Enclosed(name, self.files[key].path)

    def is_apart(self, at: datetime.datetime) -> bool:
        """Whether two people were taken for one at this moment, so that nobody can tell whose it is."""
        return any(begin <= at <= end for begin, end in self.apart)


@dataclass(frozen=True, slots=True)
class SubjectPart:
    """One heading of the file.

    ``covers``: the relations it tells of, as "<app label>.<Model>.<field>", and tables without one, as "<app
    label>.<Model>". ``fields``: {key in the JSON: words above the column}. ``read`` yields a row for each thing, with
    all or some of these keys, oldest first, in a number of statements that does not depend on how many there are, and
    never holds them all. ``count``: how many there will be; None: not worth asking. ``single``: there is one row,
    written as an object. ``group``: the key of a ``Word`` above
    whose rows stand together. ``wide``: rows have too many fields to stand in a table. ``note``: a sentence below the
    heading.
    """

    label: str | Promise
    fields: Mapping[str, str | Promise]
    read: Callable[[Subject], Iterable[Row]]
    covers: tuple[str, ...] = ()
    count: Callable[[Subject], int] | None = None
    order: int = 50
    single: bool = False
    group: str = ""
    wide: bool = False
    note: str | Promise = ""


subject_parts: Registry[SubjectPart] = Registry("parts of what a person is told")
# {relation or table: why its rows are not told}
not_told: Registry[str] = Registry("what a person is not told")


def rows_part(
    label: str | Promise,
    fields: Mapping[str, str | Promise],
    *,
    rows: Callable[[Subject], QuerySet[M]],
    tell: Callable[[Subject, M], Row],
    covers: Sequence[str] = (),
    order: int = 50,
    group: str = "",
    note: str | Promise = "",
) -> SubjectPart:
    """The usual part: a row for each row of a query, read through a cursor."""

    def read(subject: Subject) -> Iterable[Row]:
        return (tell(subject, row) for row in rows(subject).iterator(chunk_size=_AT_ONCE))

    def count(subject: Subject) -> int:
        return rows(subject).count()

    return SubjectPart(label, fields, read, tuple(covers), count, order, group=group, note=note)


def parts_in_order() -> list[tuple[str, SubjectPart]]:
    """All parts with their names, as they stand in the file."""
    named = [(name, subject_parts.get(name)) for name in subject_parts.names()]
    return sorted(named, key=lambda one: one[1].order)


def subject_of(contact: Contact, *, now: datetime.datetime) -> Subject:
    """What every part needs to know; three statements."""
    old = ContactAlias.objects.filter(contact=contact, type=ContactAlias.Type.ID).values_list("value", flat=True)
    identities = {identity.pk: identity for identity in contact.identities.all()}
    for identity in identities.values():
        identity.site = contact.site
    undone = Merge.objects.filter(survivor=contact, undone_at__isnull=False).values_list("at", "undone_at")
    return Subject(
        contact=contact,
        site=contact.site,
        now=now,
        ids=(contact.pk, *(id_ for value in old if (id_ := read_id(value)) is not None)),
        accounts={pk: identity.identification_number for pk, identity in identities.items()},
        apart=tuple((at, end) for at, end in undone if end is not None),
    )
