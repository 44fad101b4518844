"""Subject access to chats: every message either way, with files; nothing that may be somebody else's."""

import datetime
import io
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from chats.attaching import attach_file
from chats.messaging import Text, say
from chats.models import Attachment, Author, Chat
from chats.noting import add_memo, set_room_tags
from chats.storing import path_of
from contacts.merging import merge
from contacts.models import Contact
from contacts.undoing import undo_merge
from desk.actors import PLUGIN, SYSTEM
from desk.models import Operator, Site
from tests.chats import files
from tests.chats.people import HOUR, NOON, account, operator_says, room_of, visitor_says
from tests.contacts.subject_access.opened import told
from tests.factories import ContactFactory

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _files_of_the_test(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def kim(shop: Site) -> Contact:
    contact: Contact = ContactFactory(site=shop, name="Kim")
    return contact


def send(room: Chat, name: str, data: bytes, identity: Any, text: str = "") -> Attachment:
    file = attach_file(room.site, io.BytesIO(data), name, now=timezone.now(), identity=identity)
    say(room, Text(text, attachments=[file.pk]), author=Author.VISITOR, actor=PLUGIN, now=NOON)
    return file


def test_a_conversation_is_told_whole(kim: Contact, bob: Operator) -> None:
    """CHAT-3: both sides, files, memos and room tags; not who the operator was."""
    identity = account(kim, "kakao")
    room = room_of(kim, "kakao", identity)
    visitor_says(room, "where is my parcel?")
    operator_says(room, "on its way", bob, now=NOON + HOUR)
    send(room, "receipt.png", files.png(), identity, "here")
    add_memo(room, "a patient person", actor=SYSTEM, now=NOON)
    set_room_tags(room, ["parcel"], actor=SYSTEM, now=NOON)
    opened = told(kim)
    (chat,) = opened.data["chats"]
    assert (chat["channel"], chat["tags"], chat["identificationNumber"]) == (
        "kakao",
        ["parcel"],
        f"SHOP_{identity.key}",
    )
    said = [(row["author"], row["text"]) for row in opened.data["messages"]]
    assert said == [("visitor", "where is my parcel?"), ("operator", "on its way"), ("visitor", "here")]
    assert [row["text"] for row in opened.data["memos"]] == ["a patient person"]
    assert "Bob" not in opened.text + opened.page
    for text in ("where is my parcel?", "on its way", "a patient person", "parcel"):
        assert text in opened.page
    (path,) = opened.files
    assert opened.files[path] == files.png()
    assert opened.data["messages"][2]["files"] == [{"name": "receipt.png", "path": path}]
    assert f'href="{path}"' in opened.page


def test_names_of_files_lead_nowhere(kim: Contact) -> None:
    """Whatever a sender called them: below one folder, one by one, readable on any system."""
    identity = account(kim, "kakao")
    room = room_of(kim, "kakao", identity)
    file = send(room, "a.png", files.png(), identity)
    names = [
        "../../etc/passwd.png",
        "..\\..\\con.png",
        "/root.png",
        "사진 1.png",
        "photo\u202egnp.exe",
        "",
        "a" * 300 + ".png",
    ]
    for name in names:
        send(room, "b.png", files.png(), identity)
        Attachment.objects.filter(name="b.png").update(name=name[:200])
    opened = told(kim)
    assert len(opened.files) == len(names) + 1
    for path in opened.files:
        folder, _slash, name = path.partition("/")
        assert folder == "attachments"
        assert len(name) < 100
        assert not set('/\\:*?"<>|\u202e') & set(name)
        assert ".." not in name
    assert any(path.endswith("사진_1.png") for path in opened.files)
    path_of(file.key).unlink()
    assert told(kim).data["messages"][0]["files"] == [{"name": "a.png", "path": None}]


def test_files_that_were_not_sent_yet_are_told(kim: Contact, shop: Site) -> None:
    """CHAT-9: they are the person's too, for the day that they are kept."""
    attach_file(shop, io.BytesIO(files.png()), "draft.png", now=timezone.now(), identity=account(kim))
    attach_file(
        shop, io.BytesIO(files.png()), "other.png", now=timezone.now(), identity=account(ContactFactory(site=shop))
    )
    (row,) = told(kim).data["attachments"]
    assert (row["file"]["name"], row["chat"]) == ("draft.png", None)


def test_what_was_said_while_two_were_taken_for_one_is_withheld(kim: Contact, shop: Site) -> None:
    """UNI-10: one room of both, and a message does not say whose it is. What was before and after is told."""
    other = ContactFactory(site=shop, name="Otherwise")
    rooms = room_of(kim, "web", account(kim)), room_of(other, "kakao", account(other, "kakao"))
    visitor_says(rooms[0], "mine before")
    visitor_says(rooms[1], "secret before")
    done = merge(kim, other, actor=SYSTEM, trigger="operator", now=NOON + DAY)
    visitor_says(rooms[0], "secret while one", now=NOON + DAY + HOUR)
    add_memo(rooms[0], "secret note", actor=SYSTEM, now=NOON + DAY + HOUR)
    undo_merge(done, actor=SYSTEM, now=NOON + 2 * DAY)
    visitor_says(rooms[0], "mine after", now=NOON + 3 * DAY)
    opened = told(kim)
    assert [row["text"] for row in opened.data["messages"]] == ["mine before", "", "mine after"]
    assert [row["isWithheld"] for row in opened.data["messages"]] == [False, True, False]
    assert "secret" not in opened.text + opened.page


def test_rooms_that_another_account_began_are_not_told(kim: Contact, shop: Site) -> None:
    """UNI-10: as an undone unification leaves them."""
    room = room_of(kim, "kakao", account(ContactFactory(site=shop), "kakao"))
    visitor_says(room, "secret")
    opened = told(kim)
    assert opened.data["chats"] == opened.data["messages"] == []
    assert "secret" not in opened.text + opened.page


def test_nobody_elses_room_is_told(kim: Contact, shop: Site) -> None:
    """A chat is one person's."""
    visitor_says(room_of(ContactFactory(site=shop), "web"), "secret")
    assert "secret" not in told(kim).text
