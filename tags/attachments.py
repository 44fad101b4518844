"""The statements behind ``tags.tagging``: look, insert, delete for a chunk of contacts, each once for both engines.

The ids travel as one parameter: SQLite bounds the number of parameters, and PostgreSQL plans an array in no time. Tags
are few.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from desk.actors import Actor
from desk.models import Site
from tags.models import Tag

# Who or what made an attachment, and when (TAG-5).
_MADE = "source, source_label, operator_id, at"


def lock_attachments(site: Site) -> None:
    """Be the site's only writer of attachments until the end of the transaction (the limit of tags on a contact).

    PostgreSQL: an advisory lock, for it touches no row (a lock on the contacts would write 5,000 rows per chunk and
    hold up their boots). SQLite has one writer anyway: IMMEDIATE transactions (settings).
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"tags:{site.pk}"])


def still_there(ids: Sequence[int], *, site: Site) -> list[int]:
    """Those contacts that nobody has deleted since, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM contacts_contact WHERE site_id = %s AND {_chosen('id')} ORDER BY id",
            [site.pk, *_values(ids)],
        )
        return [row[0] for row in cursor.fetchall()]


def carried_by(ids: Sequence[int], tags: Sequence[Tag], *, at_least: int = 1_000_000) -> dict[int, tuple[int, int]]:
    """Of those contacts that carry any of ``tags``, or ``at_least`` so many of whichever: {id: (all, of these)}."""
    marks = ", ".join(["%s"] * len(tags)) or "NULL"
    of_these = f"count(*) FILTER (WHERE tag_id IN ({marks}))"
    tag_ids = [tag.pk for tag in tags]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT contact_id, count(*), {of_these} FROM tags_contacttag WHERE {_chosen('contact_id')}"
            f" GROUP BY contact_id HAVING {of_these} > 0 OR count(*) >= %s",
            [*tag_ids, *_values(ids), *tag_ids, at_least],
        )
        return {pk: (carried, already) for pk, carried, already in cursor.fetchall()}


def insert_attachments(
    ids: Sequence[int], tags: Sequence[Tag], *, site: Site, actor: Actor, now: datetime, job_id: int | None = None
) -> int:
    """Every tag to every contact that still exists; answers how many attachments are new."""
    operator_id = actor.operator.pk if actor.operator else None
    made = [actor.kind, actor.label[:120], operator_id, connection.ops.adapt_datetimefield_value(now), job_id]
    marks = ", ".join(["%s"] * len(tags))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tags_contacttag (site_id, tag_id, contact_id, {_MADE}, job_id)"
            " SELECT c.site_id, t.id, c.id, %s, %s, %s, %s, %s FROM contacts_contact c"
            " JOIN tags_tag t ON t.site_id = c.site_id"
            f" WHERE c.site_id = %s AND {_chosen('c.id')} AND t.id IN ({marks}) ON CONFLICT DO NOTHING",
            [*made, site.pk, *_values(ids), *[tag.pk for tag in tags]],
        )
        return cursor.rowcount


def delete_attachments(
    ids: Sequence[int], tags: Sequence[Tag], *, site: Site, made_by_job: int | None = None
) -> set[int]:
    """Take these tags off these contacts; answers who carried any. ``made_by_job``: only what that job attached."""
    marks = ", ".join(["%s"] * len(tags))
    of_job, job = ("", []) if made_by_job is None else (" AND job_id = %s", [made_by_job])
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM tags_contacttag WHERE site_id = %s AND tag_id IN ({marks}) AND {_chosen('contact_id')}"
            f"{of_job} RETURNING contact_id",
            [site.pk, *[tag.pk for tag in tags], *_values(ids), *job],
        )
        return {row[0] for row in cursor.fetchall()}


def keep_attachments(ids: Sequence[int], tags: Sequence[Tag], *, site: Site, job_id: int) -> None:
    """Note the attachments that ``job_id`` is about to take off, so that its undo can put them back."""
    marks = ", ".join(["%s"] * len(tags))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tags_detachedtag (job_id, site_id, tag_id, contact_id, {_MADE}, made_by_job_id)"
            f" SELECT %s, site_id, tag_id, contact_id, {_MADE}, job_id FROM tags_contacttag"
            f" WHERE site_id = %s AND tag_id IN ({marks}) AND {_chosen('contact_id')} ON CONFLICT DO NOTHING",
            [job_id, site.pk, *[tag.pk for tag in tags], *_values(ids)],
        )


def put_back_attachments(ids: Sequence[int], *, site: Site, job_id: int, full: Sequence[int]) -> set[int]:
    """Attach again what ``job_id`` took off these contacts, as it was, but not to the ``full``; answers to whom.

    Who has the tag again since is left alone, and so is a tag that is gone.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tags_contacttag (site_id, tag_id, contact_id, {_MADE}, job_id)"
            f" SELECT site_id, tag_id, contact_id, {_MADE}, made_by_job_id FROM tags_detachedtag"
            f" WHERE job_id = %s AND site_id = %s AND {_chosen('contact_id')}"
            f" AND NOT ({_chosen('contact_id') if full else 'FALSE'}) ON CONFLICT DO NOTHING RETURNING contact_id",
            [job_id, site.pk, *_values(ids), *(_values(full) if full else [])],
        )
        return {row[0] for row in cursor.fetchall()}


def too_full_for(ids: Sequence[int], *, job_id: int, most: int) -> list[int]:
    """Those who would carry more than ``most`` tags if they got back what ``job_id`` took off them."""
    carried = (
        f"SELECT contact_id, tag_id FROM tags_contacttag WHERE {_chosen('contact_id')}"
        f" UNION SELECT contact_id, tag_id FROM tags_detachedtag WHERE job_id = %s AND {_chosen('contact_id')}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT contact_id FROM ({carried}) AS carried GROUP BY contact_id HAVING count(*) > %s",
            [*_values(ids), job_id, *_values(ids), most],
        )
        return sorted(row[0] for row in cursor.fetchall())


def _chosen(column: str) -> str:
    """That ``column`` is one of the ids of ``_values``.

    The bounds say what the list implies: a chunk's ids are neighbours, so PostgreSQL reads one range of an index and
    joins the list to it. Told ``= ANY(list)`` alone it would rather read the whole table than look up 5,000 ids.
    """
    ids = "SELECT unnest(%s::bigint[])" if connection.vendor == "postgresql" else "SELECT value FROM json_each(%s)"
    return f"{column} BETWEEN %s AND %s AND {column} IN ({ids})"


def _values(ids: Sequence[int]) -> list[Any]:
    return [min(ids), max(ids), list(ids) if connection.vendor == "postgresql" else json.dumps(list(ids))]
