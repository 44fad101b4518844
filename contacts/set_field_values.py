"""What "setField" writes into a profile, and what a look at a batch finds; the statements are one module an engine.

Of a custom field a profile holds its value, the folded twin of a text (FIL-7) and where the value came from (QUAL-6).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from contacts.folding import fold
from contacts.id_lists import id_rows, ids_value, in_ids
from contacts.models import Contact
from contacts.profile_values import MAX_BYTES, MAX_KEYS, DetailRefused, check_size

# Profiles whose stored text is at least so long are measured exactly; it is never shorter than what the limit counts,
# but for the odd way to write a number.
_NEARLY_FULL = MAX_BYTES * 9 // 10


@dataclass(frozen=True, slots=True)
class FieldValue:
    """``value`` in its stored form, None to clear; ``source`` is what the profile will say of it (QUAL-6)."""

    key: str
    value: Any
    source: Sequence[str]

    @property
    def folded(self) -> Any:
        """The folded twin; None when there is none."""
        if isinstance(self.value, str):
            return fold(self.value)
        return [fold(item) for item in self.value] if isinstance(self.value, list) else None

    @property
    def written(self) -> Sequence[str] | None:
        """What stands as its source afterwards: of nothing nobody says where it came from."""
        return None if self.value in ("", []) or self.value is None else self.source

    @property
    def source_key(self) -> str:
        """Its public name, under which the profile keeps the source."""
        return f"profile.{self.key}"

    @property
    def long_from(self) -> int:
        """Stored custom values of so many bytes may be too large with this one."""
        return _NEARLY_FULL - len(json.dumps({self.key: self.value}, ensure_ascii=False).encode())

    def is_in(self, values: Mapping[str, Any]) -> bool:
        """Whether writing it there would change nothing: 1 and 1.0 are the same, a number is never a yes or no."""
        if self.value is None:
            return self.key not in values
        there = values.get(self.key)
        return there is not None and there == self.value and isinstance(there, bool) == isinstance(self.value, bool)

    def room_in(self, values: Mapping[str, Any]) -> str:
        """The code of what is in the way of keeping it there, as ``contacts.drafts`` says it; empty: nothing."""
        together = {**values, self.key: self.value}
        if len(together) > MAX_KEYS:
            return "profile_full"
        try:
            check_size(together, "profile")
        except DetailRefused:
            return "profile_too_large"
        return ""


@dataclass(frozen=True, slots=True)
class Found:
    """Of the people who are there: whose value is another one, whose is this one already, and whose profile is so full
    that it has to be measured.
    """

    other: list[int]
    same: list[int]
    nearly_full: list[int]


def touch(ids: Sequence[int], now: datetime) -> None:
    """RET-1: their data was changed."""
    Contact.objects.filter(pk__in=id_rows(ids)).update(updated_at=now, last_touch_at=Greatest(F("last_touch_at"), now))


def values_of(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The custom values of these people."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT contact_id, CAST("values" AS text) FROM contacts_contactprofile WHERE contact_id {in_ids()}',
            [ids_value(ids)],
        )
        return {pk: json.loads(text) for pk, text in cursor.fetchall()}
