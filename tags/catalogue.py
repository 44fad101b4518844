"""TAG-1, TAG-2: the tags of a site: find, make, rename, recolour, describe.

Which of two people making one name at once is first is decided by the unique constraint. How a tag goes is
``tags.leaving``; renaming whole levels is ``tags.levels``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from desk.actors import Actor
from desk.audit import record
from desk.models import Site
from desk.registry import Registry
from tags.errors import TagRefused
from tags.models import Tag
from tags.names import DEFAULT_COLOR, fold_name, parse_color, parse_description, parse_name

MAX_TAGS_PER_SITE = 1_000
# A page's script carries a public key: whoever reads it may make tags up, but never fill the site with them.
MAX_TAGS_BY_PLUGIN = 100


@dataclass(frozen=True, slots=True)
class RenameParticipant:
    """Who keeps tags by name, such as saved filters. Both are called in the transaction of the rename or the merge.

    ``follow(site, names)``: {old name, folded: new name}; answers what it had before, as JSON. ``restore(site, names,
    before)`` takes that back. ``tags.filter_fields.with_renamed_tags`` rewrites a filter document.
    """

    follow: Callable[[Site, Mapping[str, str]], Any]
    restore: Callable[[Site, Mapping[str, str], Any], None]


rename_participants: Registry[RenameParticipant] = Registry("rename participants")


def follow_renames(site: Site, names: Mapping[str, str]) -> dict[str, Any]:
    """Tell everybody who keeps tags by name; {participant: what it had before}, for ``restore_names``."""
    told = {name: rename_participants.get(name).follow(site, names) for name in rename_participants.names()}
    return {name: before for name, before in told.items() if before}


def restore_names(site: Site, names: Mapping[str, str], before: Mapping[str, Any]) -> None:
    """Take a ``follow_renames`` back; a participant that this version no longer has is left out."""
    for name in rename_participants.names():
        if name in before:
            rename_participants.get(name).restore(site, names, before[name])


def create_tag(site: Site, name: str, *, actor: Actor, color: str = DEFAULT_COLOR, description: str = "") -> Tag:
    """Make a tag; ``TagRefused`` names it when its name, colour or number is not allowed."""
    name = parse_name(name)
    tag = Tag(
        site=site,
        name=name,
        name_folded=fold_name(name),
        color=parse_color(color, tag=name),
        description=parse_description(description, tag=name),
        source=actor.kind,
    )
    with transaction.atomic():
        _refuse_when_full(site, name, actor)
        try:
            with transaction.atomic():
                tag.save()
        except IntegrityError:
            raise TagRefused("name_taken", tag=name) from None
        record("tag.create", actor=actor, site=site, target=tag, details={"name": name})
    return tag


def change_tag(
    tag: Tag, *, actor: Actor, name: str | None = None, color: str | None = None, description: str | None = None
) -> Tag:
    """Change what is given; nothing given or nothing different writes nothing."""
    new_name = tag.name if name is None else parse_name(name)
    changes = {
        "name": new_name,
        "color": tag.color if color is None else parse_color(color, tag=new_name),
        "description": tag.description if description is None else parse_description(description, tag=new_name),
    }
    changed = {
        key: {"from": getattr(tag, key), "to": value} for key, value in changes.items() if getattr(tag, key) != value
    }
    if not changed:
        return tag
    columns = changes | {"name_folded": fold_name(new_name)}
    with transaction.atomic():
        now = lock_tags([tag.pk])
        if not now:
            raise TagRefused("gone", tag=tag.name)
        refuse_leaving(now)
        try:
            with transaction.atomic():
                Tag.objects.filter(pk=tag.pk).update(**columns)
        except IntegrityError:
            raise TagRefused("name_taken", tag=new_name) from None
        if "name" in changed:
            follow_renames(tag.site, {tag.name_folded: new_name})
        record("tag.change", actor=actor, site=tag.site, target=tag, details=changed)
    for key, value in columns.items():
        setattr(tag, key, value)
    return tag


def rename_tag(tag: Tag, name: str, *, actor: Actor) -> Tag:
    """Give the tag another name; attachments stay. ``TagRefused("name_taken")`` when another tag has it."""
    return change_tag(tag, name=name, actor=actor)


def lock_tags(ids: Iterable[int]) -> list[Tag]:
    """These tags as they are now, in the order of their ids, held until the end of the transaction."""
    return list(
        Tag.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=list(ids))
        .select_related("site", "leaving")
        .order_by("pk")
    )


def refuse_leaving(tags: Iterable[Tag]) -> None:
    """``TagRefused`` for the first of ``tags`` that is being deleted or merged into another."""
    for tag in tags:
        if tag.is_leaving:
            raise TagRefused("leaving", tag=tag.name)


def tags_of_site(site: Site) -> list[Tag]:
    """All tags of the site by name, for pickers and pages; at most 1,000."""
    return list(Tag.objects.filter(site=site).select_related("leaving"))


def tags_after(site: Site, name_folded: str, limit: int) -> list[Tag]:
    """The next ``limit`` tags by folded name after this one ("": from the first)."""
    return list(Tag.objects.filter(site=site, name_folded__gt=name_folded).order_by("name_folded")[:limit])


def match_names(site: Site, names: Iterable[str]) -> tuple[list[Tag], list[str]]:
    """The tags that go by these names, in their order, each once; and the names, parsed, that no tag has."""
    wanted = {fold_name(name): name for name in map(parse_name, names)}
    tags = Tag.objects.filter(site=site, name_folded__in=wanted).select_related("leaving")
    found = {tag.name_folded: tag for tag in tags}
    return (
        [found[folded] for folded in wanted if folded in found],
        [name for folded, name in wanted.items() if folded not in found],
    )


def find_tags(site: Site, names: Iterable[str]) -> list[Tag]:
    """The tags of these names; ``TagRefused`` names the first that is none (``unknown``) or is going (``leaving``)."""
    found, missing = match_names(site, names)
    if missing:
        raise TagRefused("unknown", tag=missing[0])
    refuse_leaving(found)
    return found


def find_or_create_tags(site: Site, names: Iterable[str], *, actor: Actor) -> list[Tag]:
    """The tags of these names; those that do not exist are made, all of them or, when one is refused, none."""
    found, missing = match_names(site, names)
    refuse_leaving(found)
    with transaction.atomic():
        return found + [_create_or_get(site, name, actor) for name in missing]


def check_room(site: Site, names: Iterable[str]) -> None:
    """TAG-1: ``TagRefused`` names the first of ``names`` for which the site has no room, or that is going.

    Tells before it is tried.
    """
    found, missing = match_names(site, names)
    refuse_leaving(found)
    if missing:
        room = MAX_TAGS_PER_SITE - Tag.objects.filter(site=site).count()
        if len(missing) > room:
            raise TagRefused("site_full", tag=missing[max(room, 0)])


def _create_or_get(site: Site, name: str, actor: Actor) -> Tag:
    try:
        return create_tag(site, name, actor=actor)
    except TagRefused as refused:
        if refused.code != "name_taken":
            raise
        # Somebody else made it between our look and our insert.
        return Tag.objects.get(site=site, name_folded=fold_name(name))


def lock_site(site: Site) -> None:
    """Be the only maker of tags until the end of the transaction: two at the limit cannot both find room."""
    # SQLite has one writer anyway.
    Site.objects.select_for_update(no_key=True).filter(pk=site.pk).values_list("pk").first()


def _refuse_when_full(site: Site, name: str, actor: Actor) -> None:
    lock_site(site)
    tags = Tag.objects.filter(site=site)
    if tags.count() >= MAX_TAGS_PER_SITE:
        raise TagRefused("site_full", tag=name)
    if actor.kind == "plugin" and tags.filter(source="plugin").count() >= MAX_TAGS_BY_PLUGIN:
        raise TagRefused("plugin_full", tag=name)
