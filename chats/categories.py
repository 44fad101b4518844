"""CHAT-3: the categories of a site, in two levels. They are renamed and switched off, never deleted: a chat keeps its
category and shows it by its name of today. Switching off level 1 switches off its level 2, and only that is taken back
by an undo.
"""

from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from chats.errors import ChatRefused
from chats.models import Category
from chats.names import one_line
from contacts.folding import fold
from desk.actors import Actor
from desk.audit import record
from desk.models import AuditEntry, Site

MAX_NAME = 15
MAX_CATEGORIES = 500
SWITCHED = "category.switch"
# What only the undo needs, and the log does not show.
_BELOW = "_below"


@dataclass(slots=True)
class Branch:
    """A category of level 1 with those below it."""

    top: Category
    below: list[Category] = field(default_factory=list)

    @property
    def below_in_use(self) -> int:
        """How many go off with it."""
        return sum(category.active for category in self.below)


def categories_of(site: Site) -> list[Branch]:
    """All of them, those switched off too, each level by name; one statement."""
    rows = list(Category.objects.filter(site=site))
    branches = {row.pk: Branch(row) for row in rows if row.parent_id is None}
    for row in rows:
        if row.parent_id in branches:
            branches[row.parent_id].below.append(row)
    return list(branches.values())


def add_category(site: Site, name: str, *, parent: Category | None = None, actor: Actor) -> Category:
    """A category of level 1, or of level 2 below ``parent``."""
    name = parse_name(name)
    if parent is not None and parent.site_id != site.pk:
        raise ChatRefused("category_unknown", path="parent")
    if parent is not None and parent.parent_id is not None:
        raise ChatRefused("category_depth", path="parent")
    try:
        with transaction.atomic():
            # One maker at a time, so that the limit holds and nothing comes below what is just going off.
            Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
            if parent is not None and not Category.objects.filter(pk=parent.pk, active=True).exists():
                raise ChatRefused("category_above_off", path="parent", name=parent.name)
            if Category.objects.filter(site=site).count() >= MAX_CATEGORIES:
                raise ChatRefused("categories_full", path="name")
            category = Category.objects.create(site=site, parent=parent, name=name, name_folded=fold(name))
            record("category.create", actor=actor, site=site, target=category, details={"name": name})
    except IntegrityError:
        raise ChatRefused("category_taken", path="name", name=name) from None
    return category


def rename_category(category: Category, name: str, *, actor: Actor) -> bool:
    """Call it otherwise, in old chats too; False when it is called so already."""
    name = parse_name(name)
    try:
        with transaction.atomic():
            fresh = Category.objects.select_for_update(no_key=True).get(pk=category.pk)
            if fresh.name == name:
                return False
            details = {"name": {"from": fresh.name, "to": name}}
            fresh.name, fresh.name_folded = name, fold(name)
            fresh.save(update_fields=["name", "name_folded"])
            record("category.change", actor=actor, site=category.site, target=category, details=details)
    except IntegrityError:
        raise ChatRefused("category_taken", path="name", name=name) from None
    category.name = name
    return True


@transaction.atomic
def switch_category(category: Category, *, on: bool, actor: Actor) -> AuditEntry | None:
    """Switch off (level 1 with its level 2) or on again; None when it is so already. Old chats keep theirs.

    What went off with level 1 stays off when it is switched on by hand; ``undo_switch`` brings it back.
    """
    Site.objects.select_for_update(no_key=True).only("id").get(pk=category.site_id)
    fresh = Category.objects.select_related("parent").get(pk=category.pk)
    if fresh.active == on:
        return None
    if on and fresh.parent is not None and not fresh.parent.active:
        raise ChatRefused("category_above_off", path="parent", name=fresh.parent.name)
    below = [] if on else list(Category.objects.filter(parent=category, active=True).values_list("pk", flat=True))
    Category.objects.filter(pk__in=[category.pk, *below]).update(active=on)
    category.active = on
    details = {"name": fresh.name, "active": on, "count": len(below) or None, _BELOW: below}
    return record(SWITCHED, actor=actor, site=category.site, target=category, details=details)


@transaction.atomic
def undo_switch(entry: AuditEntry, *, actor: Actor) -> Category | None:
    """Take back what this entry tells of: the category and those that went off with it. None when it is gone."""
    category = Category.objects.select_related("site").filter(pk=int(entry.target_id), site=entry.site_id).first()
    if category is None:
        return None
    switch_category(category, on=not entry.details["active"], actor=actor)
    if category.active:
        Category.objects.filter(parent=category, pk__in=entry.details.get(_BELOW, [])).update(active=True)
    return category


def parse_name(name: str) -> str:
    """The name as it is kept: 1 to 15 characters on one line."""
    kept = one_line(name, MAX_NAME)
    if kept is None:
        raise ChatRefused("category_name", path="name")
    return kept
