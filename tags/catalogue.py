"""TAG-1, TAG-2: the tags of a site: make, rename, recolour, describe, delete.

Which of two people making one name at once is first is decided by the unique constraint.
"""

from collections.abc import Callable, Iterable

from django.db import IntegrityError, transaction

from desk.actors import Actor
from desk.audit import record
from desk.models import Site
from desk.registry import Registry
from tags.errors import TagRefused
from tags.models import ContactTag, Tag
from tags.names import DEFAULT_COLOR, fold_name, parse_color, parse_description, parse_name

MAX_TAGS_PER_SITE = 1_000
# A page's script carries a public key: whoever reads it may make tags up, but never fill the site with them.
MAX_TAGS_BY_PLUGIN = 100

# Who keeps tags by name, such as saved filters, and follows a rename: called in its transaction with (site, before,
# after). ``tags.filter_fields.with_renamed_tag`` rewrites a filter document.
rename_participants: Registry[Callable[[Site, str, str], None]] = Registry("rename participants")


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
        try:
            with transaction.atomic():
                Tag.objects.filter(pk=tag.pk).update(**columns)
        except IntegrityError:
            raise TagRefused("name_taken", tag=new_name) from None
        if "name" in changed:
            for follow in rename_participants:
                follow(tag.site, changed["name"]["from"], new_name)
        record("tag.change", actor=actor, site=tag.site, target=tag, details=changed)
    for key, value in columns.items():
        setattr(tag, key, value)
    return tag


def rename_tag(tag: Tag, name: str, *, actor: Actor) -> Tag:
    """Give the tag another name; attachments stay. ``TagRefused("name_taken")`` when another tag has it."""
    return change_tag(tag, name=name, actor=actor)


def delete_tag(tag: Tag, *, actor: Actor) -> int:
    """Delete the tag with its attachments; return how many attachments went, those of anonymous visitors included."""
    site, tag_id = tag.site, tag.pk
    with transaction.atomic():
        removed, _per_model = ContactTag.objects.filter(site=site, tag_id=tag_id).delete()
        record("tag.delete", actor=actor, site=site, target=tag, details={"name": tag.name, "attachments": removed})
        tag.delete()
    return removed


def tags_of_site(site: Site) -> list[Tag]:
    """All tags of the site by name, for pickers and pages; at most 1,000."""
    return list(Tag.objects.filter(site=site))


def tags_after(site: Site, name_folded: str, limit: int) -> list[Tag]:
    """The next ``limit`` tags by folded name after this one ("": from the first)."""
    return list(Tag.objects.filter(site=site, name_folded__gt=name_folded).order_by("name_folded")[:limit])


def match_names(site: Site, names: Iterable[str]) -> tuple[list[Tag], list[str]]:
    """The tags that go by these names, in their order, each once; and the names, parsed, that no tag has."""
    wanted = {fold_name(name): name for name in map(parse_name, names)}
    found = {tag.name_folded: tag for tag in Tag.objects.filter(site=site, name_folded__in=wanted)}
    return (
        [found[folded] for folded in wanted if folded in found],
        [name for folded, name in wanted.items() if folded not in found],
    )


def find_tags(site: Site, names: Iterable[str]) -> list[Tag]:
    """The tags of these names; ``TagRefused("unknown")`` names the first that is none."""
    found, missing = match_names(site, names)
    if missing:
        raise TagRefused("unknown", tag=missing[0])
    return found


def find_or_create_tags(site: Site, names: Iterable[str], *, actor: Actor) -> list[Tag]:
    """The tags of these names; those that do not exist are made, all of them or, when one is refused, none."""
    found, missing = match_names(site, names)
    with transaction.atomic():
        return found + [_create_or_get(site, name, actor) for name in missing]


def _create_or_get(site: Site, name: str, actor: Actor) -> Tag:
    try:
        return create_tag(site, name, actor=actor)
    except TagRefused as refused:
        if refused.code != "name_taken":
            raise
        # Somebody else made it between our look and our insert.
        return Tag.objects.get(site=site, name_folded=fold_name(name))


def _refuse_when_full(site: Site, name: str, actor: Actor) -> None:
    # The site's row is locked so that two makers at the limit cannot both find room; SQLite has one writer anyway.
    Site.objects.select_for_update(no_key=True).filter(pk=site.pk).values_list("pk").first()
    tags = Tag.objects.filter(site=site)
    if tags.count() >= MAX_TAGS_PER_SITE:
        raise TagRefused("site_full", tag=name)
    if actor.kind == "plugin" and tags.filter(source="plugin").count() >= MAX_TAGS_BY_PLUGIN:
        raise TagRefused("plugin_full", tag=name)
