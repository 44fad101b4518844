"""CHAT-9: files at the visitor's door and at the desk's: what comes in, who sends it, who sees it, how it goes out."""

import errno
import io
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chats import storing
from chats.attaching import attach_file
from chats.errors import ChatRefused
from chats.file_names import clean_name
from chats.models import Attachment, Chat, LeftFile, Message
from contacts.merging import merge
from contacts.models import Contact
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.chats import files
from tests.chats.api.plugin_pages import chatting, problem, upload
from tests.chats.people import operator_says
from tests.conftest import client_of
from tests.contacts.api.conftest import API, Page
from tests.contacts.api.test_schema import check_answer, schema
from tests.contacts.browser import NOON
from tests.factories import ContactFactory

__all__ = ["schema"]
pytestmark = pytest.mark.django_db


def sent(page: Page, data: bytes, name: str = "photo.png", claimed: str = "image/png") -> Any:
    """Upload and say; the attachment as the message shows it."""
    if page.token is None:
        page.boot()
    status, answer = upload(page, data, name, claimed)
    assert status == 201, answer
    status, chat = page.call("post", "chats", {"message": {"attachments": [answer["id"]]}})
    assert status == 201, chat
    [shown] = chat["message"]["attachments"]
    return shown


def load(url: str, client: Client | None = None) -> Any:
    return (client or Client()).get(url)


def stored(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


# --- in ---------------------------------------------------------------------------------------------------------------


def test_file_is_taken_and_sent_with_a_message(shop_page: Page, schema: Any, files_on_disk: Path) -> None:
    """CHAT-9: its size in pixels is told, so that a conversation does not jump."""
    shop_page.boot()
    data = files.png(30, 20)
    status, answer = upload(shop_page, data, "../../내 사진.png")
    assert status == 201
    check_answer(schema, shop_page, "attachments", "post")
    assert answer == {"id": answer["id"], "name": "내 사진.png", "size": len(data), "type": "image/png"}
    _, chat = shop_page.call("post", "chats", {"message": {"text": "look", "attachments": [answer["id"]]}})
    [shown] = chat["message"]["attachments"]
    assert {**shown, "url": ""} == {**answer, "url": "", "width": 30, "height": 20}
    assert shop_page.call("get", f"chats/{chat['id']}/messages")[1]["messages"][0]["attachments"] == [shown]
    [path] = stored(files_on_disk)
    assert path.read_bytes() == data
    assert path.name == Attachment.objects.get().key
    assert "사진" not in str(path)
    assert not LeftFile.objects.exists()


def test_message_of_files_alone_is_known_by_their_names(shop_page: Page) -> None:
    """CHAT-4: the inbox shows something of it."""
    sent(shop_page, files.PDF, "계약서.pdf", "application/pdf")
    chat = Chat.objects.get()
    assert chat.last_text == "계약서.pdf"
    assert Message.objects.get().text == ""


@pytest.mark.parametrize(
    ("data", "name", "claimed", "code"),
    [
        (files.EXE, "photo.png", "image/png", "file_executable"),
        (files.HTML, "page.html", "text/html", "file_active"),
        (files.SVG, "logo.svg", "image/svg+xml", "file_active"),
        (files.png(), "photo.png", "text/html", "file_disguised"),
        (files.gif(more=files.HTML), "a.gif", "image/gif", "file_two_kinds"),
        (b"", "a.png", "image/png", "file_empty"),
    ],
)
def test_file_that_is_not_taken_leaves_nothing(
    shop_page: Page, files_on_disk: Path, data: bytes, name: str, claimed: str, code: str
) -> None:
    """CHAT-9: and the answer says why, with the name of the file."""
    shop_page.boot()
    status, answer = upload(shop_page, data, name, claimed)
    assert (status, problem(answer)) == (400, ("invalid", "file"))
    assert name in answer["error"]["message"]
    with pytest.raises(ChatRefused) as caught:
        attach_file(shop_page.site, io.BytesIO(data), name, claimed=claimed, now=NOON)
    assert caught.value.code == code
    assert stored(files_on_disk) == []
    assert not Attachment.objects.exists()
    assert not LeftFile.objects.exists()


def test_file_that_is_too_large_is_refused_while_it_comes(
    shop_page: Page, settings: Any, files_on_disk: Path, tmp_path: Path
) -> None:
    """CHAT-9: 413; whether its length was told before or not, nothing is kept."""
    settings.ATTACHMENT_MAX_MB = 1
    shop_page.boot()
    for size, code in ((1024 * 1024 + 1, "file_too_large"), (11 * 1024 * 1024, "too_large")):
        status, answer = upload(shop_page, files.png(more=b"x" * size))
        assert (status, answer["error"]["code"]) == (413, code)
    with pytest.raises(ChatRefused) as caught:
        attach_file(shop_page.site, _Endless(), "a.png", now=NOON)
    assert caught.value.code == "file_too_large"
    assert "1 MB" in caught.value.message
    assert stored(tmp_path) == []
    status, _ = upload(shop_page, files.jpeg(more=b"x" * (1024 * 1024 - 5_000)), "a.jpg", "image/jpeg")
    assert status == 201


class _Endless:
    """More than any disk holds; whoever reads it all never ends."""

    def read(self, size: int = -1, /) -> bytes:
        return b"x" * size


def test_disk_that_is_full_is_said_and_nothing_is_half_kept(
    shop_page: Page, files_on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CHAT-9: the disk says so when the file is flushed to it."""
    shop_page.boot()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storing.os, "fsync", full)
    status, answer = upload(shop_page, files.png())
    assert (status, problem(answer)) == (507, ("storage_full", "file"))
    assert stored(files_on_disk) == []
    assert not Attachment.objects.exists()
    assert not LeftFile.objects.exists()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 400),
        ({"file": "no file"}, 400),
        ({"other": SimpleUploadedFile("a.png", files.png())}, 400),
        ({"file": SimpleUploadedFile("a.png", files.png()), "more": "1"}, 400),
        ({"file": [SimpleUploadedFile("a.png", files.png()), SimpleUploadedFile("b.png", files.png())]}, 400),
    ],
    ids=["empty", "text", "other name", "more", "two"],
)
def test_form_that_is_not_one_file_is_refused(shop_page: Page, data: Any, status: int) -> None:
    """architecture.md: fail loudly on the unknown."""
    shop_page.boot()
    answer = shop_page.client.post(API + "attachments", data, headers={"authorization": f"Bearer {shop_page.token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "invalid")
    assert not Attachment.objects.exists()


def test_body_that_is_no_form_is_refused(shop_page: Page) -> None:
    """api.md, Errors"""
    shop_page.boot()
    assert shop_page.call("post", "attachments", {"file": "x"})[0] == 415
    headers = {"authorization": f"Bearer {shop_page.token}"}
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = shop_page.client.post(API + "attachments", b"garbage", content_type=kind, headers=headers)
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\kim\\photo.png", "photo.png"),
        ("a\u202egnp.png", "agnp.png"),
        ("a\x00b\x1f\x7f\u200b.png", "ab.png"),
        ("  내   사진\n.png", "내 사진.png"),
        ("\u1112\u1161\u11ab.png", "한.png"),
        ("con.png", "_con.png"),
        ('a<b>"c|d?.png', "a_b__c_d_.png"),
        (".htaccess", "htaccess"),
        ("..", ""),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
        ("x" * 300, "x" * 200),
        ("a\ud800.png", "a.png"),
    ],
)
def test_name_is_kept_readable_and_without_tricks(name: str, kept: str) -> None:
    """CHAT-9"""
    assert clean_name(name) == kept


@pytest.mark.parametrize("setting", ["ATTACHMENTS_PER_CONTACT", "ATTACHMENTS_PER_ADDRESS"])
def test_flood_of_files_is_stopped_for_a_while(shop_page: Page, settings: Any, setting: str) -> None:
    """API-1"""
    shop_page.boot()
    setattr(settings, setting, "2/h")
    assert [upload(shop_page, files.png())[0] for _ in range(3)] == [201, 201, 429]
    assert shop_page.answer["Retry-After"]
    assert shop_page.answer["x-ratelimit-remaining"] == "0"


def test_blocked_visitor_adds_no_files(shop_page: Page) -> None:
    """BOOT-14"""
    shop_page.boot()
    Contact.objects.update(blocked=True)
    assert upload(shop_page, files.png())[0] == 403


# --- sending ----------------------------------------------------------------------------------------------------------


def test_file_is_sent_once(shop_page: Page) -> None:
    """CHAT-9: and a message that is refused takes none."""
    shop_page.boot()
    file = upload(shop_page, files.png())[1]["id"]
    chat = chatting(shop_page)
    path = f"chats/{chat['id']}/messages"
    assert shop_page.call("post", path, {"attachments": [file, "123"]})[0] == 400
    body = {"attachments": [file], "clientId": "c1"}
    status, said = shop_page.call("post", path, body)
    assert status == 201
    assert shop_page.call("post", path, body) == (200, said)
    assert shop_page.call("post", path, {"text": "again", "attachments": [file]})[0] == 400
    assert Message.objects.count() == 2


def test_file_of_anybody_else_is_not_sent(shop: Site, elsewhere: Site, bob: Operator) -> None:
    """CHAT-9: another visitor's, another site's, an operator's, a program's; nor a visitor's by an operator."""
    page, other, far = Page(shop), Page(shop), Page(elsewhere)
    chat = chatting(page)
    for one in (other, far):
        one.boot()
    foreign = [upload(other, files.png())[1]["id"], upload(far, files.png())[1]["id"]]
    foreign.append(str(attach_file(shop, io.BytesIO(files.png()), "a.png", operator=bob, now=timezone.now()).pk))
    foreign.append(str(attach_file(shop, io.BytesIO(files.png()), "a.png", now=timezone.now()).pk))
    for file in foreign:
        status, answer = page.call("post", f"chats/{chat['id']}/messages", {"text": "x", "attachments": [file]})
        assert (status, problem(answer)) == (400, ("invalid", "attachments"))
    own = int(upload(page, files.png())[1]["id"])
    with pytest.raises(ChatRefused):
        operator_says(Chat.objects.get(), "mine?", bob, attachments=[own])
    assert Attachment.objects.filter(message__isnull=False).count() == 0


def test_file_of_another_browser_of_the_same_person_is_sent(shop: Site) -> None:
    """CHAT-2: one person, one room."""
    first, second = Page(shop), Page(shop)
    for page in (first, second):
        page.boot(memberId="kim")
    file = upload(first, files.png())[1]["id"]
    assert second.call("post", "chats", {"message": {"attachments": [file]}})[0] == 201


def test_files_go_with_their_person_into_a_unification(shop: Site) -> None:
    """UNI-8: sent ones with the chat, those that are not with the browser; undoing brings both back."""
    page = Page(shop)
    shown = sent(page, files.png())
    waiting = upload(page, files.png())[1]["id"]
    page.boot(memberId="kim")
    member = Contact.objects.get(member_id="kim")
    assert Attachment.objects.get(pk=int(shown["id"])).chat.contact == member
    assert page.call("post", "chats", {"message": {"attachments": [waiting]}})[0] == 201
    assert load(shown["url"]).status_code == 200


def test_files_of_an_absorbed_lead_can_be_sent_by_the_survivor(shop: Site) -> None:
    """UNI-8"""
    page = Page(shop)
    page.boot()
    waiting = upload(page, files.png())[1]["id"]
    lead, member = Contact.objects.get(), ContactFactory(site=shop, member_id="kim")
    merge(member, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    assert page.call("get", "me")[0] == 401
    page.boot(memberId="kim")
    assert page.call("post", "chats", {"message": {"attachments": [waiting]}})[0] == 201


# --- out --------------------------------------------------------------------------------------------------------------


def test_picture_is_shown_and_everything_else_is_downloaded(shop_page: Page) -> None:
    """CHAT-9: never run in the browser."""
    for data, name, kind, shown in (
        (files.png(), "사진.png", "image/png", "inline"),
        (files.PDF, "a.pdf", "application/pdf", "attachment"),
        (b"hello", "a.txt", "text/plain", "attachment"),
    ):
        file = sent(shop_page, data, name, kind)
        answer = load(file["url"])
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, data)
        assert answer["Content-Type"] == kind
        assert answer["Content-Disposition"].startswith(shown)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"].startswith("private")
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_address_is_good_for_one_file_and_for_a_while(shop_page: Page) -> None:
    """CHAT-9: not for another file, not with another end, not after it, not without a key."""
    with time_machine.travel(NOON, tick=False) as clock:
        file, other = sent(shop_page, files.png()), sent(shop_page, files.gif(), "a.gif", "image/gif")
        url = file["url"]
        assert load(url).status_code == 200
        assert load(url.replace(file["id"], other["id"])).status_code == 404
        until = int(url.split("until=")[1].split("&")[0])
        for wrong in (
            url.replace(str(until), str(until + 3_600)),
            url.split("?")[0],
            url.split("&key=")[0],
            url[:-1],
            url.replace(file["id"], "x"),
            url.replace(file["id"], "9" * 30),
            url.replace("key=", "key=%ff%00"),
            url.replace(f"until={until}", "until=x"),
        ):
            assert load(wrong).status_code == 404, wrong
        assert load(url + "&more=1").status_code == 400
        clock.move_to(NOON.replace(hour=13, minute=59))
        assert load(url).status_code == 200
        clock.move_to(NOON.replace(hour=14, minute=0))
        assert load(url).status_code == 404


def test_address_stays_the_same_for_a_while(shop_page: Page) -> None:
    """A picture is loaded once, not with every look at the conversation."""
    with time_machine.travel(NOON, tick=False) as clock:
        url = sent(shop_page, files.png())["url"]
        clock.move_to(NOON.replace(minute=50))
        chat = Chat.objects.get()
        answer = shop_page.call("get", f"chats/{chat.pk}/messages")
        assert answer[0] == 401  # the session is over by then
        shop_page.boot()
        [message] = shop_page.call("get", f"chats/{chat.pk}/messages")[1]["messages"]
        assert message["attachments"][0]["url"] == url


def test_operator_adds_a_file_within_the_same_limits(
    shop_page: Page, alice: Operator, victor: Operator, charlie: Operator, settings: Any, files_on_disk: Path
) -> None:
    """CHAT-9: and not without the token of the page's form."""
    settings.ATTACHMENT_MAX_MB = 1
    chat = chatting(shop_page)
    url = reverse("admin:inbox_attach", args=[chat["id"]])

    def add(client: Client, data: bytes, name: str = "a.png", claimed: str = "image/png", **headers: str) -> Any:
        file = SimpleUploadedFile(name, data, content_type=claimed)
        return client.post(url, {"file": file}, headers=headers)

    client = client_of(alice)
    assert add(client, files.png()).status_code == 201
    refused = {
        "file_too_large": add(client, files.png(more=b"x" * (1024 * 1024 + 1))),
        "file_executable": add(client, files.EXE, "a.exe", "application/x-msdownload"),
        "file_disguised": add(client, files.png(), "a.pdf", "application/pdf"),
        "file_missing": client.post(url, {}),
    }
    assert {code: (answer.status_code, answer.json()["code"]) for code, answer in refused.items()} == {
        code: (422, code) for code in refused
    }
    assert all(answer.json()["message"] for answer in refused.values())
    assert add(client_of(victor), files.png()).status_code == 403
    assert add(client_of(charlie), files.png()).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert add(strict, files.png()).status_code == 403
    token = strict.get(reverse("admin:inbox")).cookies["desk_csrf"].value
    assert add(strict, files.png(), **{"x-csrftoken": token}).status_code == 201
    assert Attachment.objects.filter(operator=alice, message=None).count() == 2
    assert len(stored(files_on_disk)) == 2


def test_file_that_is_gone_from_the_disk_is_not_found(shop_page: Page, alice: Operator) -> None:
    """Never a 500."""
    file = sent(shop_page, files.png())
    storing.path_of(Attachment.objects.get().key).unlink()
    assert load(file["url"]).status_code == 404
    assert load(reverse("admin:chat_attachment", args=[file["id"]]), client_of(alice)).status_code == 404


def test_operators_of_the_site_see_files_and_nobody_else(
    shop_page: Page, alice: Operator, victor: Operator, charlie: Operator
) -> None:
    """CHAT-9, SITE-2: also who only reads; a file that was not sent yet is its owner's."""
    file = sent(shop_page, files.PDF, "a.pdf", "application/pdf")
    url = reverse("admin:chat_attachment", args=[file["id"]])
    for operator in (alice, victor):
        answer = load(url, client_of(operator))
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, files.PDF)
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Content-Disposition"] == 'attachment; filename="a.pdf"'
        assert "private" in answer["Cache-Control"]
    assert load(url, client_of(charlie)).status_code == 404
    assert load(url).status_code == 302
    waiting = upload(shop_page, files.png())[1]["id"]
    own = attach_file(shop_page.site, io.BytesIO(files.png()), "a.png", operator=alice, now=timezone.now())
    client = client_of(alice)
    assert load(reverse("admin:chat_attachment", args=[waiting]), client).status_code == 404
    assert load(reverse("admin:chat_attachment", args=[own.pk]), client).status_code == 200
    assert load(reverse("admin:chat_attachment", args=[own.pk]), client_of(victor)).status_code == 404
    for wrong in ("x", "9" * 30, "0"):
        assert load(reverse("admin:chat_attachment", args=[wrong]), client).status_code == 404
