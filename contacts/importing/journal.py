"""IMP-8, JOB-4: what an import found on the contacts it changed, in the journal that its undo reads.

``ContactChange.before``: {"fields": {public name: [value before, value of the import, source before]}, "known":
[[field, value] that was not known before], "tag": the import tag that was added, "labels": whether tags were added or
taken off, "at": [when the import wrote them], "touched": when somebody was last in contact before it}.
"""

import datetime
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.id_lists import ids_value, in_ids
from contacts.importing.overlap import Overlap
from contacts.importing.tables import as_json, inserting, updating
from desk.ids import new_id
from desk.models import Site

_TABLE = "contacts_contactchange"


@dataclass(slots=True)
class Entry:
    """One contact. The first value before and the last value of the import count."""

    fields: dict[str, list[Any]] = field(default_factory=dict)
    known: list[list[str]] = field(default_factory=list)
    tag: str = ""
    labels: bool = False
    at: list[str] = field(default_factory=list)
    touched: str = ""

    @classmethod
    def read(cls, before: Mapping[str, Any]) -> "Entry":
        """As it was kept."""
        # Entries of before there was “touched” lack it.
        return cls(**before)

    def note(self, key: str, old: Any, new: Any, source: list[str] | None) -> None:
        """A field has changed; ``source``: where the value before came from."""
        known = self.fields.get(key)
        self.fields[key] = [old, new, source] if known is None else [known[0], new, known[2]]

    def as_data(self) -> dict[str, Any]:
        """Plain JSON."""
        data = {"fields": self.fields, "known": self.known, "tag": self.tag, "labels": self.labels, "at": self.at}
        return data | {"touched": self.touched} if self.touched else data


class Journal:
    """The entries of the contacts of one batch."""

    def __init__(self, site: Site, job_id: int) -> None:
        self.site = site
        self.job_id = job_id
        self._entries: dict[int, Entry] = {}
        self._changed: set[int] = set()
        self._kept: set[int] = set()

    def load(self, ids: Collection[int]) -> None:
        """What earlier batches of this job have noted; few meet anybody again."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT contact_id, before FROM {_TABLE} WHERE job_id = %s AND contact_id {in_ids()}",
                [self.job_id, ids_value(ids)],
            )
            self._entries |= {pk: Entry.read(json.loads(before)) for pk, before in cursor.fetchall()}
        self._kept |= self._entries.keys()

    def of(self, contact_id: int) -> Entry:
        """The entry of a contact, to be added to."""
        self._changed.add(contact_id)
        return self._entries.setdefault(contact_id, Entry())

    def save(self, now: datetime.datetime, overlap: Overlap) -> None:
        """Keep what has changed since the last time."""
        moment = now.isoformat()
        changed = sorted(self._changed)
        for pk in changed:
            self._entries[pk].at.append(moment)
        texts = {pk: as_json(self._entries[pk].as_data()) for pk in changed}
        again = [(pk, text) for pk, text in texts.items() if pk in self._kept]
        new = [(new_id(), self.site.pk, self.job_id, pk, text) for pk, text in texts.items() if pk not in self._kept]
        if new:
            overlap.begin(inserting(_TABLE, ("id", "site_id", "job_id", "contact_id", "before"), new))
        overlap.begin(updating(_TABLE, "contact_id", {"before": "jsonb"}, again, among={"job_id": self.job_id}))
        self._kept |= self._changed
        self._changed.clear()
