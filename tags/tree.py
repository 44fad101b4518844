"""TAG-1, TAG-2: the tags of a site as a tree of their levels, and how many contacts carry each."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from desk.models import Site
from tags.models import ContactTag, Tag
from tags.names import fold_name


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree: a tag, or (``tag`` None) a level that only holds others together. ``depth`` from 0."""

    label: str
    depth: int
    tag: Tag | None


def as_tree(tags: Sequence[Tag]) -> list[Branch]:
    """The tags by name, each below the level it belongs to; a level that is no tag itself gets a line of its own."""
    branches: list[Branch] = []
    shown: set[str] = set()
    for tag in sorted(tags, key=lambda tag: tag.name_folded.split("/")):
        levels = tag.name.split("/")
        for depth, level in enumerate(levels[:-1]):
            path = fold_name("/".join(levels[: depth + 1]))
            if path not in shown:
                shown.add(path)
                branches.append(Branch(level, depth, None))
        shown.add(tag.name_folded)
        branches.append(Branch(levels[-1], len(levels) - 1, tag))
    return branches


def contacts_per_tag(site: Site) -> dict[int, int]:
    """How many leads and members carry each tag; a tag that nobody carries is not in it (KIND-5: no anonymous)."""
    rows = ContactTag.objects.filter(site=site, contact__managed=True).values_list("tag_id").annotate(Count("pk"))
    return dict(rows.order_by())


def contacts_with(tag: Tag) -> int:
    """How many leads and members carry this tag."""
    return ContactTag.objects.filter(site_id=tag.site_id, tag=tag, contact__managed=True).count()
