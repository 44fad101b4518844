"""CHAT-3: categories, room tags, memos."""

import pytest

from chats.categories import add_category, switch_category
from chats.errors import ChatRefused
from chats.models import Category, Chat, Memo, RoomTag
from chats.noting import add_memo, set_category, set_room_tags
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.chats.people import NOON, room_of
from tests.factories import ContactFactory


@pytest.fixture
def room(shop: Site) -> Chat:
    return room_of(ContactFactory(site=shop))


def test_memo_says_who_wrote_it_when(room: Chat, bob: Operator) -> None:
    """CHAT-3"""
    add_memo(room, " calls back \r\n tomorrow ", actor=Actor.of_operator(bob), now=NOON)
    memo = Memo.objects.get()
    assert (memo.text, memo.author_name, memo.at) == ("calls back \n tomorrow", "Bob", NOON)


@pytest.mark.parametrize(("text", "code"), [(" ", "memo_blank"), ("x" * 1001, "memo_too_long")], ids=["blank", "long"])
def test_memo_that_is_none_is_refused(room: Chat, text: str, code: str) -> None:
    """CHAT-3"""
    with pytest.raises(ChatRefused) as refused:
        add_memo(room, text, actor=SYSTEM, now=NOON)
    assert refused.value.code == code


def test_categories_have_two_levels_and_names_of_their_own(shop: Site, elsewhere: Site) -> None:
    """CHAT-3: 15 characters; the same name may stand below two parents."""
    top, other = (add_category(shop, name, actor=SYSTEM) for name in ("배송", "x" * 15))
    below = add_category(shop, "Late", parent=top, actor=SYSTEM)
    add_category(shop, "late", parent=other, actor=SYSTEM)
    add_category(elsewhere, "배송", actor=SYSTEM)
    for name, parent, code in (
        ("LATE", top, "category_taken"),
        ("배송", None, "category_taken"),
        ("x" * 16, None, "category_name"),
        (" ", None, "category_name"),
        ("deep", below, "category_depth"),
    ):
        with pytest.raises(ChatRefused) as refused:
            add_category(shop, name, parent=parent, actor=SYSTEM)
        assert refused.value.code == code


def test_switching_off_level_one_switches_off_level_two_and_old_chats_keep_it(shop: Site, room: Chat) -> None:
    """CHAT-3: never deleted."""
    top = add_category(shop, "Delivery", actor=SYSTEM)
    below = add_category(shop, "Late", parent=top, actor=SYSTEM)
    set_category(room, below, note="again", actor=SYSTEM, now=NOON)
    switch_category(top, on=False, actor=SYSTEM)
    assert not Category.objects.filter(active=True).exists()
    kept = Chat.objects.get(pk=room.pk)
    assert (kept.category, kept.category_note) == (below, "again")
    below.refresh_from_db()
    set_category(room, below, note="third", actor=SYSTEM, now=NOON)
    with pytest.raises(ChatRefused, match="in use"):
        set_category(room_of(ContactFactory(site=shop)), below, actor=SYSTEM, now=NOON)


def test_category_of_another_site_and_a_long_third_level_are_refused(shop: Site, elsewhere: Site, room: Chat) -> None:
    """SITE-2, CHAT-3: 8 characters."""
    with pytest.raises(ChatRefused, match="category"):
        set_category(room, add_category(elsewhere, "Theirs", actor=SYSTEM), actor=SYSTEM, now=NOON)
    with pytest.raises(ChatRefused, match="8"):
        set_category(room, None, note="x" * 9, actor=SYSTEM, now=NOON)


def test_room_tags_are_set_as_a_whole_and_made_on_the_way(shop: Site, room: Chat) -> None:
    """CHAT-3: unique ignoring case."""
    set_room_tags(room, ["VIP", "vip", " late  delivery "], actor=SYSTEM, now=NOON)
    assert set(RoomTag.objects.values_list("name", flat=True)) == {"vip", "late delivery"}
    set_room_tags(room, ["VIP", "new"], actor=SYSTEM, now=NOON)
    assert set(room.tag_attachments.values_list("tag__name", flat=True)) == {"vip", "new"}


@pytest.mark.parametrize(
    ("names", "code"),
    [([f"t{n}" for n in range(9)], "tags_too_many"), (["x" * 21], "tag_name"), ([" "], "tag_name")],
    ids=["nine", "long", "blank"],
)
def test_room_tags_beyond_the_limits_are_refused(room: Chat, names: list[str], code: str) -> None:
    """CHAT-3: at most 8."""
    with pytest.raises(ChatRefused) as refused:
        set_room_tags(room, names, actor=SYSTEM, now=NOON)
    assert refused.value.code == code
    assert not RoomTag.objects.exists()
