"""CHAT-3: the categories of a site: renamed, switched off and on, never deleted."""

import pytest

from chats import categories
from chats.categories import SWITCHED, add_category, categories_of, rename_category, switch_category, undo_switch
from chats.errors import ChatRefused
from chats.models import Category, Chat
from chats.noting import set_category
from desk.actors import SYSTEM
from desk.models import AuditEntry, Site
from tests.chats.people import NOON, room_of
from tests.factories import ContactFactory


def made(site: Site, name: str, *below: str) -> Category:
    top = add_category(site, name, actor=SYSTEM)
    for one in below:
        add_category(site, one, parent=top, actor=SYSTEM)
    return top


def in_use(site: Site) -> list[str]:
    return sorted(Category.objects.filter(site=site, active=True).values_list("name", flat=True))


def test_categories_are_listed_as_a_tree_by_name(shop: Site, elsewhere: Site) -> None:
    """CHAT-3, SITE-2"""
    made(shop, "Returns"), made(shop, "Delivery", "Lost", "Late"), made(elsewhere, "Theirs")
    tree = [(branch.top.name, [one.name for one in branch.below]) for branch in categories_of(shop)]
    assert tree == [("Delivery", ["Late", "Lost"]), ("Returns", [])]


def test_renamed_category_is_called_so_in_old_chats_too(shop: Site) -> None:
    """CHAT-3"""
    category, other = made(shop, "Delivery"), made(shop, "Returns")
    room = room_of(ContactFactory(site=shop))
    set_category(room, category, actor=SYSTEM, now=NOON)
    assert rename_category(category, " Shipping ", actor=SYSTEM)
    assert not rename_category(category, "Shipping", actor=SYSTEM)
    kept = Chat.objects.get(pk=room.pk).category
    assert kept
    assert kept.name == "Shipping"
    with pytest.raises(ChatRefused) as refused:
        rename_category(other, "SHIPPING", actor=SYSTEM)
    assert (refused.value.code, refused.value.path) == ("category_taken", "name")


def test_switching_off_level_one_takes_along_what_is_below(shop: Site) -> None:
    """CHAT-3: and tells before how many."""
    top = made(shop, "Delivery", "Lost", "Late", "Gone")
    switch_category(Category.objects.get(name="Gone"), on=False, actor=SYSTEM)
    assert categories_of(shop)[0].below_in_use == 2
    assert switch_category(top, on=False, actor=SYSTEM)
    assert switch_category(top, on=False, actor=SYSTEM) is None
    assert in_use(shop) == []


def test_undo_brings_back_exactly_what_went_off(shop: Site) -> None:
    """CHAT-3: what was off before stays off."""
    top = made(shop, "Delivery", "Lost", "Late", "Gone")
    switch_category(Category.objects.get(name="Gone"), on=False, actor=SYSTEM)
    entry = switch_category(top, on=False, actor=SYSTEM)
    assert entry
    assert undo_switch(entry, actor=SYSTEM) == top
    assert in_use(shop) == ["Delivery", "Late", "Lost"]


def test_switched_on_by_hand_level_two_stays_off(shop: Site) -> None:
    """CHAT-3"""
    top = made(shop, "Delivery", "Late")
    switch_category(top, on=False, actor=SYSTEM)
    with pytest.raises(ChatRefused, match="Delivery"):
        switch_category(Category.objects.get(name="Late"), on=True, actor=SYSTEM)
    switch_category(top, on=True, actor=SYSTEM)
    assert in_use(shop) == ["Delivery"]
    assert AuditEntry.objects.filter(action=SWITCHED).count() == 2


def test_nothing_is_made_below_a_category_that_is_off_or_another_sites(shop: Site, elsewhere: Site) -> None:
    """CHAT-3, SITE-2"""
    top = made(shop, "Delivery")
    switch_category(top, on=False, actor=SYSTEM)
    for parent, code in ((top, "category_above_off"), (made(elsewhere, "Theirs"), "category_unknown")):
        with pytest.raises(ChatRefused) as refused:
            add_category(shop, "Late", parent=parent, actor=SYSTEM)
        assert (refused.value.code, refused.value.path) == (code, "parent")


@pytest.mark.parametrize("name", ["", "x" * 16, "\ufdfa" * 15, "a\0", "\ud800"])
def test_name_that_cannot_be_kept_is_refused(shop: Site, name: str) -> None:
    """CHAT-3: 15 characters."""
    for change in (
        lambda: add_category(shop, name, actor=SYSTEM),
        lambda: rename_category(made(shop, "Delivery"), name, actor=SYSTEM),
    ):
        with pytest.raises(ChatRefused) as refused:
            change()
        assert (refused.value.code, refused.value.path) == ("category_name", "name")


def test_site_has_so_many_and_no_more(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """CHAT-3"""
    monkeypatch.setattr(categories, "MAX_CATEGORIES", 1)
    made(shop, "Delivery")
    with pytest.raises(ChatRefused, match="500"):
        made(shop, "Returns")
