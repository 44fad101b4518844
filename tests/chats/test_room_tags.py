"""CHAT-3: the tags of rooms as a site keeps them."""

import pytest

from chats import noting, room_tags
from chats.errors import ChatRefused
from chats.models import Chat, ChatTag, RoomTag
from chats.noting import set_room_tags
from chats.room_tags import (
    add_room_tag,
    chats_with,
    delete_room_tag,
    merge_room_tags,
    rename_room_tag,
    room_tags_of,
)
from desk.actors import SYSTEM
from desk.models import AuditEntry, Site
from tests.chats.people import NOON, room_of
from tests.factories import ContactFactory


def tagged(site: Site, *names: str) -> Chat:
    room = room_of(ContactFactory(site=site))
    set_room_tags(room, names, actor=SYSTEM, now=NOON)
    return room


def tag(site: Site, name: str) -> RoomTag:
    return RoomTag.objects.get(site=site, name=name)


def tags_on(room: Chat) -> list[str]:
    return sorted(room.tag_attachments.values_list("tag__name", flat=True))


def test_tags_are_listed_with_the_number_of_their_chats(shop: Site, elsewhere: Site) -> None:
    """CHAT-3, SITE-2"""
    tagged(shop, "late", "vip"), tagged(shop, "vip"), tagged(elsewhere, "vip")
    add_room_tag(shop, "Empty", actor=SYSTEM)
    assert [(one.name, one.chats) for one in room_tags_of(shop)] == [("Empty", 0), ("late", 1), ("vip", 2)]  # type: ignore[attr-defined]
    assert chats_with(tag(shop, "vip")) == 2


def test_renamed_tag_is_called_so_on_every_chat(shop: Site) -> None:
    """CHAT-3: a name that is taken asks for a merge."""
    room = tagged(shop, "late", "vip")
    assert rename_room_tag(tag(shop, "late"), "Late!", actor=SYSTEM)
    assert not rename_room_tag(tag(shop, "Late!"), "Late!", actor=SYSTEM)
    assert tags_on(room) == ["Late!", "vip"]
    with pytest.raises(ChatRefused, match="Merge") as refused:
        rename_room_tag(tag(shop, "vip"), "LATE!", actor=SYSTEM)
    assert refused.value.path == "name"


def test_merge_gives_every_chat_the_tag_that_stays_once(shop: Site) -> None:
    """CHAT-3"""
    both, one, other = tagged(shop, "late", "delay"), tagged(shop, "delay"), tagged(shop, "vip")
    assert merge_room_tags(tag(shop, "delay"), tag(shop, "late"), actor=SYSTEM) == 2
    assert [tags_on(room) for room in (both, one, other)] == [["late"], ["late"], ["vip"]]
    assert not RoomTag.objects.filter(name="delay").exists()
    assert AuditEntry.objects.get(action="roomtag.merge").details == {"name": "delay", "into": "late", "count": 2}


def test_tag_is_not_merged_into_itself_nor_into_another_sites(shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    tagged(shop, "late"), tagged(elsewhere, "theirs")
    for into in (tag(shop, "late"), tag(elsewhere, "theirs")):
        with pytest.raises(ChatRefused) as refused:
            merge_room_tags(tag(shop, "late"), into, actor=SYSTEM)
        assert refused.value.path == "into"


def test_deleted_tag_leaves_its_chats(shop: Site) -> None:
    """CHAT-3: and says how many had it."""
    room = tagged(shop, "late", "vip")
    gone = tag(shop, "late")
    assert delete_room_tag(gone, actor=SYSTEM) == 1
    assert tags_on(room) == ["vip"]
    with pytest.raises(ChatRefused, match="gone"):
        delete_room_tag(gone, actor=SYSTEM)
    with pytest.raises(ChatRefused, match="gone"):
        rename_room_tag(gone, "x", actor=SYSTEM)


@pytest.mark.parametrize("name", ["", "x" * 21, "\ufdfa" * 20, "a\0", "\ud800"])
def test_name_that_cannot_be_kept_is_refused_at_every_door(shop: Site, name: str) -> None:
    """CHAT-3: 20 characters."""
    room = tagged(shop, "late")
    for change in (
        lambda: add_room_tag(shop, name, actor=SYSTEM),
        lambda: rename_room_tag(tag(shop, "late"), name, actor=SYSTEM),
        lambda: set_room_tags(room, [name], actor=SYSTEM, now=NOON),
    ):
        with pytest.raises(ChatRefused) as refused:
            change()
        assert refused.value.code == "tag_name"


def test_site_has_so_many_and_no_more(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """CHAT-3: also where a chat makes them; one that is there is no new one."""
    monkeypatch.setattr(room_tags, "MAX_TAGS_OF_SITE", 1)
    monkeypatch.setattr(noting, "MAX_TAGS_OF_SITE", 1)
    tagged(shop, "late")
    tagged(shop, "LATE")
    for change in (lambda: add_room_tag(shop, "vip", actor=SYSTEM), lambda: tagged(shop, "late", "vip")):
        with pytest.raises(ChatRefused, match="500"):
            change()
    assert ChatTag.objects.count() == 2
