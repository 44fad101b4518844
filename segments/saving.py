"""SEG-1, SEG-6: saving, renaming, sharing, re-ordering, duplicating and deleting segments.

Who may is asked at the door (``segments.sharing``). Which of two segments has a name first is decided by the unique
constraints: one name once among the shared ones, and once among one operator's own.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import pgettext

from contacts.filters.document import FILTER_VERSION, parse_filter
from contacts.filters.errors import FilterError
from contacts.folding import fold
from desk.actors import Actor
from desk.audit import record
from desk.models import Site
from segments.changing import fingerprint_of
from segments.errors import SegmentRefused
from segments.filter_fields import reading_to_save
from segments.models import Segment
from segments.sizes import mark_changed

MAX_NAME = 60
MAX_SEGMENTS = 500  # of one site; the sidebar counts all of them every minute while somebody looks


def save_segment(site: Site, *, name: str, filter: Any, shared: bool, actor: Actor) -> Segment:
    """Keep ``filter`` (a document as JSON data) under ``name``; its owner is the operator behind ``actor``, if any.

    ``SegmentRefused`` for the name, ``FilterError`` for the filter.
    """
    name, owner = parse_name(name), actor.operator
    segment = Segment(site=site, owner=owner, shared=shared or owner is None, name=name, name_folded=fold(name))
    reading = reading_to_save(segment, shared=segment.shared, actor=actor)
    segment.filter = parse_filter(filter, site=site, reading=reading).data
    segment.filter_version = FILTER_VERSION
    with transaction.atomic():
        segment.position = _next_position(site)
        _save(segment)
        record(
            "segment.create", actor=actor, site=site, target=segment, details={"name": name, "shared": segment.shared}
        )
    return segment


def change_segment(
    segment: Segment,
    *,
    actor: Actor,
    name: str | None = None,
    filter: Any = None,
    shared: bool | None = None,
    seen: str | None = None,
) -> Segment:
    """Rename, change the conditions, share or make private: what is given. Nothing different writes nothing.

    ``seen`` is the fingerprint of the conditions the operator saw (SEG-5): ``SegmentRefused("changed_since")`` when the
    segment has others by now.
    """
    columns: dict[str, Any] = {}
    if name is not None:
        columns["name"] = parse_name(name)
        columns["name_folded"] = fold(columns["name"])
    if shared is not None:
        columns["shared"] = shared or actor.operator is None
    if filter is not None:
        reading = reading_to_save(segment, shared=columns.get("shared", segment.shared), actor=actor)
        columns["filter"] = parse_filter(filter, site=segment.site, reading=reading).data
    elif columns.get("shared") and not segment.shared:
        _refuse_private_parts(segment, actor)
    if columns.get("shared") is False and segment.shared:
        _refuse_when_others_ask(segment)
    columns = {column: value for column, value in columns.items() if getattr(segment, column) != value}
    if not columns:
        return segment
    before = {column: getattr(segment, column) for column in columns if column != "name_folded"}
    if "filter" in columns:
        # What was counted was another filter: the sidebar must not show it any longer.
        columns |= {"filter_version": FILTER_VERSION, "count": None, "counted_at": None}
    if columns.get("shared") is False and segment.owner_id is None:
        columns["owner"] = actor.operator
    with transaction.atomic():
        if "filter" in columns:
            _refuse_unseen(segment, seen)
            mark_changed(segment, now=timezone.now())
        _update(segment, columns)
        details = {column: {"from": value, "to": columns[column]} for column, value in before.items()}
        record("segment.change", actor=actor, site=segment.site, target=segment, details=details)
    return segment


def _refuse_private_parts(segment: Segment, actor: Actor) -> None:
    """What is shared means the same people to everybody, so it cannot ask for a private segment."""
    try:
        parse_filter(segment.filter, site=segment.site, reading=reading_to_save(segment, shared=True, actor=actor))
    except FilterError as error:
        if any(problem.code == "private_segment" for problem in error.problems):
            raise


def _refuse_when_others_ask(segment: Segment) -> None:
    """Segments that may only ask for shared ones would match nobody from now on."""
    if any(other.shared or other.owner_id != segment.owner_id for other in segments_asking_for(segment)):
        raise SegmentRefused("shared", "in_use")


def rename_segment(segment: Segment, name: str, *, actor: Actor) -> Segment:
    """Give the segment another name."""
    return change_segment(segment, name=name, actor=actor)


def duplicate_segment(segment: Segment, *, actor: Actor) -> Segment:
    """A copy that belongs to the operator, private at first; its name says whose copy it is."""
    # Translators: the name of a copy of a segment; %(name)s is the original's
    pattern = pgettext("segment", "Copy of %(name)s")
    base = (pattern % {"name": segment.name})[:MAX_NAME]
    taken = set(Segment.objects.filter(site=segment.site).values_list("name_folded", flat=True))
    name, number = base, 2
    while fold(name) in taken:
        ending = f" {number}"
        name, number = base[: MAX_NAME - len(ending)] + ending, number + 1
    return save_segment(segment.site, name=name, filter=segment.filter, shared=False, actor=actor)


def reorder_segments(site: Site, ids: Sequence[int], *, actor: Actor) -> None:
    """Put the segments of ``ids`` into this order; the others keep their places among themselves, after them.

    ``SegmentRefused`` when an id is no segment of the site.
    """
    with transaction.atomic():
        # One at a time: two orders written into each other would be nobody's.
        segments = {segment.pk: segment for segment in Segment.objects.select_for_update().filter(site=site)}
        if len(set(ids)) != len(ids) or not set(ids) <= set(segments):
            raise SegmentRefused("ids", "unknown")
        rest = [pk for pk in segments if pk not in set(ids)]
        for position, pk in enumerate([*ids, *rest]):
            segments[pk].position = position
        Segment.objects.bulk_update(segments.values(), ["position"])
        record("segment.reorder", actor=actor, site=site, details={"ids": [str(pk) for pk in ids]})


def delete_segment(segment: Segment, *, actor: Actor) -> None:
    """Delete it; segments that ask for it report that from now on and match nobody (SEG-1)."""
    with transaction.atomic():
        details = {"name": segment.name, "filter": segment.filter}
        record("segment.delete", actor=actor, site=segment.site, target=segment, details=details)
        segment.delete()


def segments_asking_for(segment: Segment) -> list[Segment]:
    """The segments of the site whose conditions name this one (SEG-6), by name."""
    others = Segment.objects.filter(site_id=segment.site_id).exclude(pk=segment.pk).order_by("name_folded")
    return [other for other in others if str(segment.pk) in named_segments(other.filter)]


def named_segments(document: Any) -> set[str]:
    """The ids of the segments that a document names."""
    if isinstance(document, list):
        return set().union(*map(named_segments, document))
    if not isinstance(document, dict):
        return set()
    if document.get("key") == "segment":
        return {value for value in document.get("values", []) if isinstance(value, str)}
    return named_segments([document[name] for name in ("and", "or", "not") if name in document])


def parse_name(typed: str) -> str:
    """The name as it is kept: NFC, trimmed, 1–60 characters, nothing invisible."""
    name = unicodedata.normalize("NFC", typed).strip()
    if not fold(name):
        raise SegmentRefused("name", "blank")
    if len(name) > MAX_NAME:
        raise SegmentRefused("name", "too_long")
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name):
        raise SegmentRefused("name", "invalid_text")
    return name


def _refuse_unseen(segment: Segment, seen: str | None) -> None:
    """The row is locked: of two who replace what both have seen, the second is told."""
    current = Segment.objects.select_for_update().filter(pk=segment.pk).values_list("filter", flat=True).first()
    if seen is not None and fingerprint_of(current) != seen:
        raise SegmentRefused("filter", "changed_since")


def _next_position(site: Site) -> int:
    # The site's row is locked so that two makers at the limit cannot both find room.
    Site.objects.select_for_update(no_key=True).filter(pk=site.pk).values_list("pk").first()
    positions = list(Segment.objects.filter(site=site).values_list("position", flat=True))
    if len(positions) >= MAX_SEGMENTS:
        raise SegmentRefused("segment", "too_many")
    return max(positions, default=-1) + 1


def _save(segment: Segment) -> None:
    try:
        with transaction.atomic():
            segment.save(force_insert=True)
    except IntegrityError:
        raise SegmentRefused("name", "name_taken") from None


def _update(segment: Segment, columns: dict[str, Any]) -> None:
    """Write only what changes: the counts of the row may have moved on since it was read."""
    columns = {**columns, "updated_at": timezone.now()}
    try:
        with transaction.atomic():
            found = Segment.objects.filter(pk=segment.pk).update(**columns)
    except IntegrityError:
        raise SegmentRefused("name", "name_taken") from None
    if not found:
        raise SegmentRefused("segment", "unknown")
    for column, value in columns.items():
        setattr(segment, column, value)
