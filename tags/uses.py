"""TAG-2: what names a tag beside the contacts that carry it: segments here, rules and whatever an upper app adds.

Listed before the tag goes or is merged into another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from desk.access import Access
from desk.registry import Registry
from tags.models import Tag


@dataclass(frozen=True, slots=True)
class TagUse:
    """Something that names a tag. ``kind`` says what it is; ``page`` is the name of its page's address, which takes
    ``id``, and empty where the operator may not look."""

    kind: str | Promise
    name: str
    page: str = ""
    id: int = 0


# Called with who asks and the folded names; tells only what they may see.
tag_users: Registry[Callable[[Access, Sequence[str]], Sequence[TagUse]]] = Registry("users of tags")


def uses_of(access: Access, tags: Sequence[Tag]) -> list[TagUse]:
    """What names any of these tags on the site on show."""
    names = [tag.name_folded for tag in tags]
    return [use for users in tag_users for use in users(access, names)]
