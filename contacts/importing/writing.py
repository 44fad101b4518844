"""JOB-2, QUAL-3, QUAL-6, RET-1, IMP-7: what a batch has decided is written, all people at once.

Whoever is as before is not written at all, so the same file again writes nothing. A changed person gets sources, search
text, known values and a touch; the import tag alone is no touch and does not move ``updated_at``. What was there before
is kept for the undo (``ContactChange``).
"""

import datetime
import operator
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.customer_numbers import issue_customer_numbers
from contacts.folding import fold
from contacts.importing.journal import Journal
from contacts.importing.overlap import Overlap
from contacts.importing.people import BLANK, CONTACT_COLUMNS, FIELDS, JSON_COLUMNS, PROFILE_COLUMNS, Person
from contacts.importing.tables import as_json, inserting, updating, upserting
from contacts.importing.world import World
from contacts.phones import digits_of, parse_phone, search_spellings
from contacts.value_followers import values_changed
from contacts.visits import day_of
from desk.actors import Actor
from desk.ids import new_ids
from desk.models import Site

_TEXT = dict.fromkeys(
    ("name", "name_folded", "email", "email_norm", "mobile_number", "mobile_number_norm", "landline_number",
     "language", "country", "city"),
    "text",
)  # fmt: skip
CHANGED_CONTACT = {
    **_TEXT,
    **dict.fromkeys(("email_qualified", "mobile_number_qualified", "unsubscribe_email", "unsubscribe_texting"), "bool"),
    "birth_date": "date",
}
# Of somebody new, beside what an import can say.
_NEW_CONTACT: dict[str, Any] = {
    **dict.fromkeys(("web_browser", "web_os", "web_device", "mobile_app_name", "mobile_app_version"), ""),
    "blocked": False,
    "sessions_count": 0,
}
_NEW_PROFILE = {"referrer": "", "utm": "{}"}
_WHO = frozenset({"kind", "lead_reason", "member_id", "member_id_folded"})
_TEXTS_OF_PROFILE = ("memo", "memo_folded", "address", "address_folded")
_KNOWN = {"id": "bigint", "contact_id": "bigint", "field": "text", "value": "text", "norm": "text"}
# In what the search text is made of.
_SEARCHED = frozenset({"name", "email", "mobileNumber", "landlineNumber"})
_MOBILE = re.compile(r"\+82(10[0-46-9]\d{7})|\+81([789]0[1-9]\d{7})")


type_Labels = Mapping[int, Collection[str]]


@dataclass(slots=True)
class Writer:
    """Writes the people of one batch; ``job_id`` is the import's job. ``earlier_tags``: of imports of the same file.

    ``is_again``: one of them went to its end in the same way, so there is nobody left whom this one is to mark.
    """

    site: Site
    actor: Actor
    job_id: int
    import_tag: str
    earlier_tags: frozenset[str] = frozenset()
    is_again: bool = False
    journal: Journal = field(init=False)
    created: int = 0
    # Of the moment that is being written: where a value comes from (QUAL-6), and the time as raw statements take it.
    _origin: list[str] = field(default_factory=list)
    _moment: Any = None

    def __post_init__(self) -> None:
        self.journal = Journal(self.site, self.job_id)

    def write(self, world: World) -> None:
        """Write everybody who has changed since the last time."""
        now, origin = world.origin.now, world.origin
        self._origin = [origin.source.value, now.isoformat(), origin.label]
        self._moment = (
            now.isoformat() if connection.vendor == "postgresql" else connection.ops.adapt_datetimefield_value(now)
        )
        people = [person for pk, person in world.people.items() if pk not in world.leads_to and person.rows]
        new = [person for person in people if person.is_new]
        changed = [(person, person.changed_fields()) for person in people if not person.is_new]
        if new:
            # Late: from here to the end of the batch nobody else of this site gets a number.
            self._number(new)
        with Overlap() as overlap:
            self._insert(new, world, overlap)
            self._update([(person, fields) for person, fields in changed if fields], world, overlap)
            self._tag([person for person, fields in changed if not fields], world, overlap)
            labels = self._labels_of(people)
            self.journal.save(world.origin.now, overlap)
        self._write_labels(*labels, world)
        followed = [person.id for person in new]
        followed += [person.id for person, fields in changed if not fields.keys().isdisjoint({"email", "mobileNumber"})]
        values_changed(self.site.pk, followed)
        for person in people:
            person.settle()
            person.seen = {}

    # --- somebody new -------------------------------------------------------------------------------------

    def _number(self, people: Sequence[Person]) -> None:
        for number, person in enumerate(people, issue_customer_numbers(self.site.pk, len(people))):
            person.number = number

    def _insert(self, people: Sequence[Person], world: World, overlap: Overlap) -> None:
        if not people:
            return
        sources: dict[tuple[str, ...], tuple[dict[str, Any], str]] = {}
        tags, texts = [self.import_tag], []
        for person in people:
            keys = tuple(person.was_values)
            if (told := sources.get(keys)) is None:
                told = sources[keys] = (same := dict.fromkeys(keys, self._origin)), as_json(same)
            person.now["sources"], text = told
            person.now["import_tags"] = tags
            texts.append(text)
        self._insert_contacts(people, world, overlap)
        self._insert_profiles(people, texts, overlap)
        rows = list(_known_rows((person.id, person.seen) for person in people))
        overlap.begin(inserting("contacts_knownvalue", tuple(_KNOWN), rows, shared=self._of_known(world)))
        for person in people:
            person.known |= dict.fromkeys(person.seen, True)
        self.created += len(people)

    def _insert_contacts(self, people: Sequence[Person], world: World, overlap: Overlap) -> None:
        touched = {column for person in people for key in person.was_values for column in FIELDS.get(key, ())}
        told = [column for column in CONTACT_COLUMNS if column in touched or column in _WHO]
        shared = {column: BLANK[column] for column in CONTACT_COLUMNS if column not in told} | _NEW_CONTACT
        shared |= {"site_id": self.site.pk, "last_seen_on": day_of(world.origin.now).isoformat()}
        shared |= dict.fromkeys(("created_at", "last_touch_at", "updated_at"), self._moment)
        columns_of = operator.itemgetter(*told)
        rows = [(person.id, person.number, *columns_of(person.now)) for person in people]
        overlap.begin(inserting("contacts_contact", ("id", "customer_number", *told), rows, shared=shared))

    def _insert_profiles(self, people: Sequence[Person], sources: Sequence[str], overlap: Overlap) -> None:
        """``sources``: of each of them as JSON; most are alike."""
        touched = {column for person in people for key in person.was_values for column in FIELDS.get(key, ())}
        told = [column for column in _TEXTS_OF_PROFILE if column in touched]
        shared: dict[str, Any] = {"site_id": self.site.pk, "import_tags": as_json([self.import_tag]), **_NEW_PROFILE}
        shared |= {column: "" for column in _TEXTS_OF_PROFILE if column not in told}
        columns = ("values", "folded", "search_text", *told)
        for person in people:
            person.now["search_text"] = search_text_of(person, self.site)
        rows = list(zip(sources, *_columns_of(people, columns), strict=True))
        names = ("sources", "contact_id", *columns)
        overlap.begin(inserting("contacts_contactprofile", names, rows, shared=shared))

    # --- somebody there -----------------------------------------------------------------------------------

    def _update(self, changed: Sequence[tuple[Person, dict[str, Any]]], world: World, overlap: Overlap) -> None:
        if not changed:
            return
        people = [person for person, _fields in changed]
        touched = {key for _person, fields in changed for key in fields}
        write_contacts(people, touched, world.origin.now, overlap)
        for person, fields in changed:
            self._note(person, fields)
            self._add_tag(person)
            if not _SEARCHED.isdisjoint(fields):
                person.now["search_text"] = search_text_of(person, self.site)
        write_profiles(people, touched, overlap)
        self._remember(people, world, overlap)

    def _note(self, person: Person, changed: Mapping[str, Any]) -> None:
        """What is written over, for the undo; and where the new values come from."""
        entry = self.journal.of(person.id)
        entry.touched = entry.touched or person.touched
        sources = dict(person.now["sources"])
        for key, old in changed.items():
            entry.note(key, old, person.value(key), sources.get(key))
            sources[key] = self._origin
        person.now["sources"] = sources

    def _tag(self, unchanged: Sequence[Person], world: World, overlap: Overlap) -> None:
        """IMP-7: whoever is as before gets the import tag, unless this very file has given one before."""
        tagged = [
            person
            for person in unchanged
            if not self.is_again and self.earlier_tags.isdisjoint(person.now["import_tags"]) and self._add_tag(person)
        ]
        rows = list(zip(*_columns_of(tagged, ["import_tags"]), strict=True))
        overlap.begin(updating("contacts_contactprofile", "contact_id", {"import_tags": "jsonb"}, rows))
        self._remember(unchanged, world, overlap, only_new=True)

    def _add_tag(self, person: Person) -> bool:
        if self.import_tag in person.now["import_tags"]:
            return False
        person.now["import_tags"] = [*person.now["import_tags"], self.import_tag]
        self.journal.of(person.id).tag = self.import_tag
        return True

    def _remember(self, people: Sequence[Person], world: World, overlap: Overlap, *, only_new: bool = False) -> None:
        """QUAL-3: as ``known_values.remember`` does it; of people who did not change only what was not known."""
        new: list[tuple[int, Mapping[tuple[str, str], str]]] = []
        for person in people:
            seen = person.seen
            if only_new:
                seen = {known: norm for known, norm in seen.items() if not person.known.get(known, False)}
            for known in seen.keys() - person.known.keys():
                self.journal.of(person.id).known.append(list(known))
            if seen:
                new.append((person.id, seen))
                person.known |= dict.fromkeys(seen, True)
        overlap.begin(
            upserting(
                "contacts_knownvalue",
                _KNOWN,
                list(_known_rows(new)),
                unique=("contact_id", "field", "value"),
                update=("last_seen_at", "qualified", "source", "source_label", "norm"),
                shared=self._of_known(world),
            )
        )

    def _of_known(self, world: World) -> dict[str, Any]:
        """What all known values have in common that are written now."""
        return {
            "site_id": self.site.pk,
            "qualified": True,
            "source": self._origin[0],
            "source_label": world.origin.label[:120],
            "first_seen_at": self._moment,
            "last_seen_at": self._moment,
        }

    def _labels_of(self, people: Sequence[Person]) -> tuple[type_Labels, type_Labels]:
        """What is to be attached, and what taken off."""
        moved = [person for person in people if person.tags != person.had_tags]
        for person in moved:
            if not person.is_new:
                self.journal.of(person.id).labels = True
        added = {person.id: keys for person in moved if (keys := person.tags - person.had_tags)}
        return added, {person.id: keys for person in moved if (keys := person.had_tags - person.tags)}

    def _write_labels(self, added: type_Labels, removed: type_Labels, world: World) -> None:
        if world.tags is None or not (added or removed):
            return
        world.tags.write(
            self.site,
            added,
            removed,
            actor=self.actor,
            label=world.origin.label,
            now=world.origin.now,
            job_id=self.job_id,
        )


def write_contacts(
    people: Sequence[Person],
    touched: Collection[str],
    now: datetime.datetime,
    overlap: Overlap,
    *,
    is_contact: bool = True,
) -> None:
    """Contacts as they are in memory; ``touched``: the public names of all fields that may have changed.

    ``is_contact``: whether it counts as being in contact with them (RET-1).
    """
    columns = [column for column in CHANGED_CONTACT if column in _columns_for(touched)]
    overlap.begin(
        updating(
            "contacts_contact",
            "id",
            {column: CHANGED_CONTACT[column] for column in columns},
            list(zip(*_columns_of(people, columns), strict=True)),
            latest={"updated_at": now, **({"last_touch_at": now} if is_contact else {})},
        )
    )


def write_profiles(people: Sequence[Person], touched: Collection[str], overlap: Overlap) -> None:
    """The same for profiles; the search text when something it is made of is ``touched``."""
    written = _columns_for(touched) | {"sources", "import_tags"}
    if not _SEARCHED.isdisjoint(touched):
        written.add("search_text")
    columns = [column for column in PROFILE_COLUMNS if column in written]
    overlap.begin(
        updating(
            "contacts_contactprofile",
            "contact_id",
            {column: "jsonb" if column in JSON_COLUMNS else "text" for column in columns},
            list(zip(*_columns_of(people, columns), strict=True)),
        )
    )


def _columns_for(touched: Collection[str]) -> set[str]:
    return {column for key in touched for column in FIELDS.get(key, ("values", "folded"))}


def _columns_of(people: Sequence[Person], columns: Sequence[str]) -> Iterator[Iterable[Any]]:
    """Their ids, then each of ``columns``; JSON as text."""
    yield [person.id for person in people]
    for column in columns:
        values = [person.now[column] for person in people]
        yield map(as_json, values) if column in JSON_COLUMNS else values


def _known_rows(seen: Iterable[tuple[int, Mapping[tuple[str, str], str]]]) -> Iterator[tuple[Any, ...]]:
    """``_KNOWN`` of each value of these contacts."""
    rows = [(pk, name, value, norm) for pk, values in seen for (name, value), norm in values.items()]
    return ((id_, *row) for id_, row in zip(new_ids(len(rows)), rows, strict=True))


def search_text_of(person: Person, site: Site) -> str:
    """The same as ``contacts.search.search_text_of``, of somebody who is no model."""
    now = person.now
    spellings = [
        now["name_folded"],
        now["email_norm"] or fold(now["email"]),
        now["member_id_folded"],
        f"#{person.number}",
        *(spellings_of(now["mobile_number_norm"]) or [digits_of(now["mobile_number"])]),
    ]
    if now["landline_number"]:
        landline = parse_phone(now["landline_number"], site.phone_country)
        spellings += spellings_of(landline.norm) or [digits_of(landline.shown)]
    return "\n".join(dict.fromkeys(filter(None, spellings)))


def spellings_of(norm: str) -> Collection[str]:
    """The same as ``phones.search_spellings``, sooner for the numbers most files are full of."""
    match = _MOBILE.fullmatch(norm)
    return [norm[1:], f"0{match[1] or match[2]}"] if match else search_spellings(norm)
