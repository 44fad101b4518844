"""IMP-2, TAG-1, TAG-5: the tags column of an imported file: labels to tags, for a whole batch with a few statements.

What the import's job attaches carries its number, and what it takes off is kept, so that its undo is exact (JOB-4).
"""

import functools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from contacts.id_lists import ids_value, in_ids
from contacts.importing.tag_columns import LabelRefused, tag_columns
from desk.actors import Actor
from desk.models import Site
from tags.attachments import lock_attachments, put_back_attachments, too_full_for
from tags.catalogue import MAX_TAGS_PER_SITE, find_or_create_tags
from tags.errors import TagRefused
from tags.models import ContactTag, Tag
from tags.names import fold_name, parse_name
from tags.tagging import MAX_TAGS_PER_CONTACT

_MADE = "source, source_label, operator_id, at"


class _TagColumn:
    """See ``contacts.importing.tag_columns.TagColumn``."""

    def key(self, label: str) -> str:
        try:
            return _key(label)
        except TagRefused as refused:
            raise LabelRefused(refused.code, label) from None

    def keys_of(self, site: Site) -> set[str]:
        return set(Tag.objects.filter(site=site).order_by().values_list("name_folded", flat=True))

    def room(self, site: Site) -> int:
        return max(0, MAX_TAGS_PER_SITE - Tag.objects.filter(site=site).count())

    def refusal_of(self, site: Site, keys: Collection[str]) -> Mapping[str, str]:
        going = Tag.objects.filter(site=site, leaving__isnull=False).select_related("leaving")
        return {tag.name_folded: "leaving" for tag in going if tag.is_leaving}

    def carried(self, site: Site, ids: Collection[int]) -> Mapping[int, frozenset[str]]:
        if not ids:
            return {}
        found: dict[int, list[str]] = {}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT a.contact_id, t.name_folded FROM tags_contacttag a JOIN tags_tag t ON t.id = a.tag_id"
                f" WHERE a.site_id = %s AND a.contact_id {in_ids()}",
                [site.pk, ids_value(ids)],
            )
            for contact_id, key in cursor.fetchall():
                found.setdefault(contact_id, []).append(key)
        return {contact_id: frozenset(keys) for contact_id, keys in found.items()}

    def make(self, site: Site, labels: Sequence[str], *, actor: Actor) -> None:
        try:
            find_or_create_tags(site, labels, actor=actor)
        except TagRefused as refused:
            raise LabelRefused(refused.code, refused.tag) from None

    def write(
        self,
        site: Site,
        added: Mapping[int, Collection[str]],
        removed: Mapping[int, Collection[str]],
        *,
        actor: Actor,
        label: str,
        now: datetime,
        job_id: int,
    ) -> None:
        lock_attachments(site)
        keys = {key for mapping in (added, removed) for keys in mapping.values() for key in keys}
        ids = dict(Tag.objects.filter(site=site, name_folded__in=keys).order_by().values_list("name_folded", "pk"))
        if gone := _pairs(removed, ids):
            _take_off(site, gone, job_id)
        if new := _pairs(added, ids):
            operator_id = actor.operator.pk if actor.operator else None
            moment = connection.ops.adapt_datetimefield_value(now)
            made: list[Any] = [site.pk, "import", label[:120], operator_id, moment, job_id]
            source, values = _pairs_sql(new)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO tags_contacttag (site_id, tag_id, contact_id, {_MADE}, job_id)"
                    f" SELECT %s, p.tag_id, p.contact_id, %s, %s, %s, %s, %s FROM {source}"
                    # A condition, for SQLite to tell the join from the conflict.
                    " WHERE p.tag_id IS NOT NULL ON CONFLICT DO NOTHING",
                    [*made, *values],
                )

    def undo(self, site: Site, ids: Sequence[int], *, job_id: int) -> Collection[int]:
        lock_attachments(site)
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM tags_contacttag WHERE site_id = %s AND contact_id {in_ids()} AND job_id = %s",
                [site.pk, ids_value(ids), job_id],
            )
        full = too_full_for(ids, job_id=job_id, most=MAX_TAGS_PER_CONTACT)
        put_back_attachments(ids, site=site, job_id=job_id, full=full)
        return full

    def marked_by_others(self, site: Site, ids: Sequence[int], *, job_id: int) -> set[int]:
        others = ContactTag.objects.filter(site=site, contact__in=ids).exclude(job_id=job_id)
        return set(others.order_by().values_list("contact_id", flat=True))

    def told(self, code: str, label: str) -> str:
        return TagRefused(code, tag=label).message


@functools.lru_cache(maxsize=5_000)
def _key(label: str) -> str:
    """A file names the same tags again and again."""
    return fold_name(parse_name(label))


def _pairs(labels: Mapping[int, Collection[str]], ids: Mapping[str, int]) -> list[tuple[int, int]]:
    """(tag, contact); a tag that is gone since is left out."""
    return [(ids[key], pk) for pk, keys in labels.items() for key in keys if key in ids]


def _pairs_sql(pairs: Iterable[tuple[int, int]]) -> tuple[str, list[Any]]:
    """``(…) AS p (tag_id, contact_id)``."""
    if connection.vendor == "postgresql":
        tag_ids, contact_ids = zip(*pairs, strict=True)
        return "unnest(%s::bigint[], %s::bigint[]) AS p (tag_id, contact_id)", [
            ids_value(tag_ids),
            ids_value(contact_ids),
        ]
    first, second = "json_extract(value, '$[0]') AS tag_id", "json_extract(value, '$[1]') AS contact_id"
    return f"(SELECT {first}, {second} FROM json_each(%s)) AS p", [json.dumps(list(pairs))]


def _take_off(site: Site, pairs: Sequence[tuple[int, int]], job_id: int) -> None:
    source, values = _pairs_sql(pairs)
    chosen = f"(tag_id, contact_id) IN (SELECT p.tag_id, p.contact_id FROM {source})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tags_detachedtag (job_id, site_id, tag_id, contact_id, {_MADE}, made_by_job_id)"
            f" SELECT %s, site_id, tag_id, contact_id, {_MADE}, job_id FROM tags_contacttag"
            f" WHERE site_id = %s AND {chosen} ON CONFLICT DO NOTHING",
            [job_id, site.pk, *values],
        )
        cursor.execute(f"DELETE FROM tags_contacttag WHERE site_id = %s AND {chosen}", [site.pk, *values])


tag_columns.register("tags", _TagColumn())
