"""Working off many contacts: the set is fixed first, then taken in chunks, each its own transaction (JOB-2, speed.md).

Nobody waits longer than for one chunk, and SQLite's only writer is free in between.
"""

from array import array
from collections.abc import Iterator

from django.db.models import QuerySet

from contacts.models import Contact
from desk.models import Site

CHUNK = 5_000


def fixed_ids(contacts: QuerySet[Contact], site: Site) -> "array[int]":
    """The ids of the set as it is now, in order, 8 bytes each; later arrivals do not join it half-way."""
    ids = contacts.filter(site=site).order_by().values_list("pk", flat=True)
    return array("q", sorted(ids.iterator(chunk_size=20_000)))


def chunks(ids: "array[int]", size: int | None = None) -> Iterator[tuple[bool, list[int]]]:
    """Slices of the set; the first is marked."""
    step = size or CHUNK
    for start in range(0, len(ids), step):
        yield start == 0, ids[start : start + step].tolist()
