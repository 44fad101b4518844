"""TAG-2: renaming a level of the tree: the tag of that name, if there is one, and every tag below it, at once.

All of them or, when one new name is not allowed or taken by a tag outside, none; ``TagRefused`` names that one.
Attachments stay, filters follow.
"""

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat

from desk.actors import Actor
from desk.audit import record
from desk.models import AuditEntry, Site
from tags.catalogue import follow_renames, lock_tags, refuse_leaving
from tags.errors import TagRefused
from tags.models import Tag
from tags.names import fold_name, parse_name

# No name begins so: tags that exchange names stand here meanwhile.
_PARKED = "\x1f"


def tags_of_level(site: Site, level: str) -> list[Tag]:
    """The tag ``level`` (``지역`` or ``지역/서울``) and those below it, by name."""
    folded = fold_name(level)
    tags = Tag.objects.filter(Q(name_folded=folded) | Q(name_folded__startswith=f"{folded}/"), site=site)
    return list(tags.select_related("leaving"))


def rename_level(site: Site, level: str, to: str, *, actor: Actor) -> AuditEntry | None:
    """Call the level ``to`` from now on, which may have more or fewer levels; None when that changes nothing.

    ``TagRefused("gone")`` when there is no such level.
    """
    to = parse_name(to)
    found = tags_of_level(site, level)
    if not found:
        raise TagRefused("gone", tag=level)
    depth = level.count("/") + 1
    with transaction.atomic():
        tags = lock_tags([tag.pk for tag in found])
        names = {tag.pk: "/".join([to, *tag.name.split("/")[depth:]]) for tag in tags}
        if all(tag.name == names[tag.pk] for tag in tags):
            return None
        # As it is written today, not as it was typed to find it.
        was = "/".join(tags[0].name.split("/")[:depth])
        _rename(site, tags, names)
        details = {"name": {"from": was, "to": to}, "_ids": [str(tag.pk) for tag in tags], "count": len(tags)}
        target = next((tag for tag in tags if tag.name.count("/") == depth - 1), tags[0])
        return record("tag.renameLevel", actor=actor, site=site, target=target, details=details)


def rename_back(site: Site, entry: AuditEntry, *, actor: Actor) -> None:
    """Take the ``rename_level`` of ``entry`` back; ``TagRefused("changed_since")`` when one has another name now."""
    was, to = entry.details["name"]["from"], entry.details["name"]["to"]
    depth = to.count("/") + 1
    with transaction.atomic():
        tags = [tag for tag in lock_tags(map(int, entry.details["_ids"])) if tag.site_id == site.pk]
        for tag in tags:
            if "/".join(tag.name.split("/")[:depth]) != to:
                raise TagRefused("changed_since", tag=tag.name)
        if not tags:
            raise TagRefused("gone", tag=to)
        _rename(site, tags, {tag.pk: "/".join([was, *tag.name.split("/")[depth:]]) for tag in tags})
        details = {"name": {"from": to, "to": was}, "_ids": entry.details["_ids"], "count": len(tags)}
        record("tag.renameLevel", actor=actor, site=site, target=tags[0], details=details)


def _rename(site: Site, tags: Sequence[Tag], names: Mapping[int, str]) -> None:
    """Give each of the locked ``tags`` its name of ``names``; participants hear of all at once."""
    refuse_leaving(tags)
    new = {tag.pk: parse_name(names[tag.pk]) for tag in tags}
    before = {tag.pk: tag.name_folded for tag in tags}
    others = Tag.objects.filter(site=site, name_folded__in=[fold_name(name) for name in new.values()])
    if taken := others.exclude(pk__in=before).first():
        raise TagRefused("name_taken", tag=taken.name)
    # A tag may get the name that another of them gives up: first nobody has any.
    parked = Concat(Value(_PARKED), Cast("pk", CharField()))
    try:
        with transaction.atomic():
            Tag.objects.filter(pk__in=before).update(name_folded=parked)
            for tag in tags:
                tag.name, tag.name_folded = new[tag.pk], fold_name(new[tag.pk])
            Tag.objects.bulk_update(tags, ["name", "name_folded"], batch_size=200)
    except IntegrityError:
        raise TagRefused("name_taken", tag=new[tags[0].pk]) from None
    follow_renames(site, {before[tag.pk]: tag.name for tag in tags})
