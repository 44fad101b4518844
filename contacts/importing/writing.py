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
from contacts.importing.people import BLANK, CONTACT_COLUMNS, FIELDS, JSON_COLUMNS, PROFILE_COLUMNS, Person
from contacts.importing.tables import COPIED_AT_ONCE, all_as_json, as_json, insert_many, update_many, upsert_many
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
    _note: list[str] = field(default_factory=list)
    _moment: Any = None

    def __post_init__(self) -> None:
        self.journal = Journal(self.site, self.job_id)

    def write(self, world: World) -> None:
        """Write everybody who has changed since the last time."""
        now, origin = world.origin.now, world.origin
        self._note = [origin.source.value, now.isoformat(), origin.label]
        self._moment = (
            now.isoformat() if connection.vendor == "postgresql" else connection.ops.adapt_datetimefield_value(now)
        )
        people = [person for pk, person in world.people.items() if pk not in world.leads_to and person.rows]
        new = [person for person in people if person.is_new]
        changed = [(person, person.changed_fields()) for person in people if not person.is_new]
        if new:
            self._insert(new, world)
        self._update([(person, fields) for person, fields in changed if fields], world)
        self._tag([person for person, fields in changed if not fields], world)
        if world.tags is not None:
            self._write_labels(people, world)
        followed = [person.id for person in new]
        followed += [person.id for person, fields in changed if not fields.keys().isdisjoint({"email", "mobileNumber"})]
        values_changed(self.site.pk, followed)
        self.journal.save(world.origin.now)
        for person in people:
            person.settle()
            person.seen = {}

    # --- somebody new -------------------------------------------------------------------------------------

    def _insert(self, people: Sequence[Person], world: World) -> None:
        # Late: from here to the end of the batch nobody else of this site gets a number.
        first = issue_customer_numbers(self.site.pk, len(people))
        sources: dict[tuple[str, ...], tuple[dict[str, Any], str]] = {}
        tags, texts = [self.import_tag], []
        for number, person in enumerate(people, first):
            person.number = number
            keys = tuple(person.was_values)
            if (told := sources.get(keys)) is None:
                told = sources[keys] = (same := dict.fromkeys(keys, self._note)), as_json(same)
            person.now["sources"], text = told
            person.now["import_tags"] = tags
            texts.append(text)
        self._insert_contacts(people, world)
        self._insert_profiles(people, texts)
        rows = _known_rows((person.id, person.seen) for person in people)
        insert_many("contacts_knownvalue", tuple(_KNOWN), rows, shared=self._of_known(world))
        for person in people:
            person.known |= dict.fromkeys(person.seen, True)
        self.created += len(people)

    def _insert_contacts(self, people: Sequence[Person], world: World) -> None:
        touched = {column for person in people for key in person.was_values for column in FIELDS.get(key, ())}
        told = [column for column in CONTACT_COLUMNS if column in touched or column in _WHO]
        shared = {column: BLANK[column] for column in CONTACT_COLUMNS if column not in told} | _NEW_CONTACT
        shared |= {"site_id": self.site.pk, "last_seen_on": day_of(world.origin.now).isoformat()}
        shared |= dict.fromkeys(("created_at", "last_touch_at", "updated_at"), self._moment)
        columns_of = operator.itemgetter(*told)
        rows = [(person.id, person.number, *columns_of(person.now)) for person in people]
        insert_many("contacts_contact", ("id", "customer_number", *told), rows, shared=shared)

    def _insert_profiles(self, people: Sequence[Person], sources: Sequence[str]) -> None:
        """``sources``: of each of them as JSON; most are alike."""
        touched = {column for person in people for key in person.was_values for column in FIELDS.get(key, ())}
        told = [column for column in _TEXTS_OF_PROFILE if column in touched]
        shared: dict[str, Any] = {"site_id": self.site.pk, "import_tags": as_json([self.import_tag]), **_NEW_PROFILE}
        shared |= {column: "" for column in _TEXTS_OF_PROFILE if column not in told}
        columns = ("values", "folded", "search_text", *told)

        def rows() -> Iterator[tuple[Any, ...]]:
            """Piece by piece: while one is worked out, the database writes the one before."""
            for first in range(0, len(people), COPIED_AT_ONCE):
                some = people[first : first + COPIED_AT_ONCE]
                for person in some:
                    person.now["search_text"] = search_text_of(person, self.site)
                yield from zip(sources[first : first + COPIED_AT_ONCE], *_columns_of(some, columns), strict=True)

        insert_many("contacts_contactprofile", ("sources", "contact_id", *columns), rows(), shared=shared)

    # --- somebody there -----------------------------------------------------------------------------------

    def _update(self, changed: Sequence[tuple[Person, dict[str, Any]]], world: World) -> None:
        if not changed:
            return
        touched: set[str] = set()
        for person, fields in changed:
            touched |= fields.keys()
            entry = self.journal.of(person.id)
            entry.touched = entry.touched or person.touched
            sources = dict(person.now["sources"])
            for key, old in fields.items():
                entry.note(key, old, person.value(key), sources.get(key))
                sources[key] = self._note
            person.now["sources"] = sources
            self._add_tag(person)
            if not _SEARCHED.isdisjoint(fields):
                person.now["search_text"] = search_text_of(person, self.site)
        people = [person for person, _fields in changed]
        write_people(people, touched, world.origin.now)
        self._remember(people, world)

    def _tag(self, unchanged: Sequence[Person], world: World) -> None:
        """IMP-7: whoever is as before gets the import tag, unless this very file has given one before."""
        tagged = [
            person
            for person in unchanged
            if not self.is_again and self.earlier_tags.isdisjoint(person.now["import_tags"]) and self._add_tag(person)
        ]
        update_many(
            "contacts_contactprofile",
            "contact_id",
            {"import_tags": "jsonb"},
            list(zip(*_columns_of(tagged, ["import_tags"]), strict=True)),
        )
        self._remember(unchanged, world, only_new=True)

    def _add_tag(self, person: Person) -> bool:
        if self.import_tag in person.now["import_tags"]:
            return False
        person.now["import_tags"] = [*person.now["import_tags"], self.import_tag]
        self.journal.of(person.id).tag = self.import_tag
        return True

    def _remember(self, people: Sequence[Person], world: World, *, only_new: bool = False) -> None:
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
        upsert_many(
            "contacts_knownvalue",
            _KNOWN,
            list(_known_rows(new)),
            unique=("contact_id", "field", "value"),
            update=("last_seen_at", "qualified", "source", "source_label", "norm"),
            shared=self._of_known(world),
        )

    def _of_known(self, world: World) -> dict[str, Any]:
        """What all known values have in common that are written now."""
        return {
            "site_id": self.site.pk,
            "qualified": True,
            "source": self._note[0],
            "source_label": world.origin.label[:120],
            "first_seen_at": self._moment,
            "last_seen_at": self._moment,
        }

    def _write_labels(self, people: Sequence[Person], world: World) -> None:
        moved = [person for person in people if person.tags != person.had_tags]
        if world.tags is None or not moved:
            return
        world.tags.write(
            self.site,
            {p.id: p.tags - p.had_tags for p in moved if p.tags - p.had_tags},
            {p.id: p.had_tags - p.tags for p in moved if p.had_tags - p.tags},
            actor=self.actor,
            label=world.origin.label,
            now=world.origin.now,
            job_id=self.job_id,
        )
        for person in moved:
            if not person.is_new:
                self.journal.of(person.id).labels = True


def write_people(
    people: Sequence[Person], touched: Collection[str], now: datetime.datetime, *, is_contact: bool = True
) -> None:
    """Contacts and profiles as they are in memory; ``touched``: the public names of all fields that may have changed.

    ``is_contact``: whether it counts as being in contact with them (RET-1).

    Sources and import tags are always written, the search text when something it is made of is touched.
    """
    columns = {column for key in touched for column in FIELDS.get(key, ("values", "folded"))}
    of_contact = [column for column in CHANGED_CONTACT if column in columns]
    update_many(
        "contacts_contact",
        "id",
        {column: CHANGED_CONTACT[column] for column in of_contact},
        list(zip(*_columns_of(people, of_contact), strict=True)),
        latest={"updated_at": now, **({"last_touch_at": now} if is_contact else {})},
    )
    columns |= {"sources", "import_tags", *(() if _SEARCHED.isdisjoint(touched) else ("search_text",))}
    of_profile = [column for column in PROFILE_COLUMNS if column in columns]
    update_many(
        "contacts_contactprofile",
        "contact_id",
        {column: "jsonb" if column in JSON_COLUMNS else "text" for column in of_profile},
        list(zip(*_columns_of(people, of_profile), strict=True)),
    )


def _columns_of(people: Sequence[Person], columns: Sequence[str]) -> Iterator[Iterable[Any]]:
    """Their ids, then each of ``columns``; JSON as text."""
    yield [person.id for person in people]
    for column in columns:
        values = [person.now[column] for person in people]
        yield all_as_json(values) if column in JSON_COLUMNS else values


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
