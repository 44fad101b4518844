"""TAG-1, TAG-2: the tags of a site as a tree of their levels, and how many contacts carry each."""

import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count

from desk.models import Site
from tags.models import ContactTag, Tag
from tags.names import fold_name


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree: a tag, or (``tag`` None) a level that only holds others together. ``depth`` from 0.

    ``path`` is the name down to here, ``key`` a short name of it that is the same on every page, ``below`` how many
    tags hang below, ``above`` the keys of the levels it hangs on.
    """

    label: str
    depth: int
    tag: Tag | None
    path: str
    key: str
    below: int = 0
    above: tuple[str, ...] = ()


def as_tree(tags: Sequence[Tag]) -> list[Branch]:
    """The tags by name, each below the level it belongs to; a level that is no tag itself gets a line of its own."""
    below = Counter(path for tag in tags for path in _paths(tag.name)[:-1])
    branches: list[Branch] = []
    shown: set[str] = set()
    for tag in sorted(tags, key=lambda tag: tag.name_folded.split("/")):
        levels, paths = tag.name.split("/"), _paths(tag.name)
        keys = [f"{zlib.crc32(path.encode()):08x}" for path in paths]
        for depth, path in enumerate(paths):
            if path in shown:
                continue
            shown.add(path)
            last = depth == len(paths) - 1
            name = "/".join(levels[: depth + 1])
            above = tuple(keys[:depth])
            branches.append(Branch(levels[depth], depth, tag if last else None, name, keys[depth], below[path], above))
    return branches


def _paths(name: str) -> list[str]:
    """The folded names of all levels of a name, from the top."""
    levels = name.split("/")
    return [fold_name("/".join(levels[: depth + 1])) for depth in range(len(levels))]


def contacts_per_tag(site: Site, tags: Collection[Tag] | None = None) -> dict[int, int]:
    """How many leads and members carry each tag; a tag that nobody carries is not in it (KIND-5: no anonymous)."""
    rows = ContactTag.objects.filter(site=site, contact__managed=True)
    if tags is not None:
        rows = rows.filter(tag__in=[tag.pk for tag in tags])
    return dict(rows.values_list("tag_id").annotate(Count("pk")).order_by())


def contacts_with(tag: Tag) -> int:
    """How many leads and members carry this tag."""
    return ContactTag.objects.filter(site_id=tag.site_id, tag=tag, contact__managed=True).count()


def contacts_with_both(one: Tag, other: Tag) -> int:
    """How many leads and members carry both tags."""
    rows = ContactTag.objects.filter(site_id=one.site_id, tag=one, contact__managed=True)
    return rows.filter(contact__in=ContactTag.objects.filter(site_id=one.site_id, tag=other).values("contact")).count()
