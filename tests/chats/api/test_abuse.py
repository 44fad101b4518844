"""A visitor never reads another's room: every call about chats, by everybody who should not get at them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from chats.links import signed_link
from chats.models import Attachment, Chat, Message
from contacts.deleting import delete_contact
from contacts.merging import merge
from contacts.models import Contact, DeletionReason
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.chats import files
from tests.chats.api.plugin_pages import upload
from tests.chats.people import HOUR, operator_says
from tests.contacts.api.conftest import Page
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

SECRET = "the secret of Kim"
ANSWER = "what Bob answered her"


@dataclass(slots=True)
class Victim:
    """Kim, a lead, with a room in which a file lies; ``page`` is her browser."""

    page: Page
    chat: Chat
    file: str
    unsaid: str
    contact: Contact

    def knows(self) -> list[str]:
        """What nobody else may be told."""
        return [SECRET, ANSWER, str(self.chat.pk), self.file, self.unsaid, str(self.contact.pk), "kims.pdf"]


@pytest.fixture
def victim(shop: Site, bob: Operator) -> Victim:
    page = Page(shop)
    page.boot()
    file = upload(page, files.PDF, "kims.pdf", "application/pdf")[1]["id"]
    _, answer = page.call("post", "chats", {"message": {"text": SECRET, "attachments": [file], "clientId": "kim-1"}})
    chat = Chat.objects.get(pk=int(answer["id"]))
    operator_says(chat, ANSWER, bob, now=timezone.now())
    unsaid = upload(page, files.PDF, "kims.pdf", "application/pdf")[1]["id"]
    return Victim(page, chat, file, unsaid, chat.contact)


# --- who calls: each gets the victim and answers with the page that calls ---------------------------------------------


def another_visitor(victim: Victim, elsewhere: Site) -> Page:
    """With a room of their own."""
    page = Page(victim.page.site)
    page.boot()
    page.call("post", "chats", {"message": {"text": "mine"}})
    return page


def another_member(victim: Victim, elsewhere: Site) -> Page:
    page = Page(victim.page.site)
    page.boot(memberId="lee")
    return page


def newcomer(victim: Victim, elsewhere: Site) -> Page:
    page = Page(victim.page.site)
    page.boot()
    return page


def of_another_site(victim: Victim, elsewhere: Site) -> Page:
    page = Page(elsewhere)
    page.boot(memberId="kim")
    return page


def blocked_stranger(victim: Victim, elsewhere: Site) -> Page:
    page = newcomer(victim, elsewhere)
    _, me = page.call("get", "me")
    Contact.objects.filter(pk=int(me["id"])).update(blocked=True)
    return page


def blocked_herself(victim: Victim, elsewhere: Site) -> Page:
    Contact.objects.filter(pk=victim.contact.pk).update(blocked=True)
    return victim.page


def shut_down(victim: Victim, elsewhere: Site) -> Page:
    assert victim.page.call("post", "shutdown")[0] == 204
    return victim.page


def without_credentials(victim: Victim, elsewhere: Site) -> Page:
    return Page(victim.page.site)


def with_a_guess(victim: Victim, elsewhere: Site) -> Page:
    page = Page(victim.page.site)
    page.token = "x" * 43
    return page


def merged(victim: Victim, elsewhere: Site) -> Page:
    """An operator has unified her with a member: the browser has not shown that it is the member's."""
    member = ContactFactory(site=victim.page.site, member_id="kim")
    merge(member, victim.contact, actor=SYSTEM, trigger="operator", now=timezone.now())
    return victim.page


def with_a_members_veil_id(victim: Victim, elsewhere: Site) -> Page:
    """Kim has signed up; then somebody copies ``ch-veil-id`` from her browser, but not ``ch-session``."""
    victim.page.boot(memberId="kim")
    thief = Page(victim.page.site)
    thief.veil_id = victim.page.veil_id
    user = thief.boot()["user"]
    assert (user["member"], user["memberId"], user["unread"]) == (False, None, 0)
    return thief


def of_a_deleted_person(victim: Victim, elsewhere: Site) -> Page:
    page = newcomer(victim, elsewhere)
    _, me = page.call("get", "me")
    contact = Contact.objects.get(pk=int(me["id"]))
    assert delete_contact(contact, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=timezone.now())
    return page


Caller = Callable[[Victim, Site], Page]
NEW, NOBODY = {"list": 200, "begin": 201, "read": 404, "say": 404, "seen": 404, "upload": 201}, 401
EXPECTED: dict[Caller, dict[str, int]] = {
    another_visitor: NEW,
    another_member: NEW,
    newcomer: NEW,
    of_another_site: NEW,
    with_a_members_veil_id: NEW,
    blocked_stranger: {**NEW, "begin": 403, "upload": 403},
    blocked_herself: {"list": 200, "begin": 403, "read": 200, "say": 403, "seen": 204, "upload": 403},
    shut_down: dict.fromkeys(NEW, NOBODY),
    without_credentials: dict.fromkeys(NEW, NOBODY),
    with_a_guess: dict.fromkeys(NEW, NOBODY),
    merged: dict.fromkeys(NEW, NOBODY),
    of_a_deleted_person: dict.fromkeys(NEW, NOBODY),
}


def call(page: Page, what: str, victim: Victim) -> tuple[int, Any]:
    chat = f"chats/{victim.chat.pk}"
    if what == "upload":
        return upload(page, files.png())
    # With the victim's own name for her message.
    name = "kim-2" if page is victim.page else "kim-1"
    method, path, body = {
        "list": ("get", "chats", None),
        "begin": ("post", "chats", {"message": {"text": "x", "clientId": name}}),
        "read": ("get", f"{chat}/messages", None),
        "say": ("post", f"{chat}/messages", {"text": "x", "clientId": name}),
        "seen": ("post", f"{chat}/read", None),
    }[what]
    return page.call(method, path, body)


@pytest.mark.parametrize("what", NEW)
@pytest.mark.parametrize("caller", EXPECTED, ids=lambda caller: caller.__name__)
def test_nobody_gets_at_anothers_room(victim: Victim, elsewhere: Site, caller: Caller, what: str) -> None:
    """API-1, BOOT-6, BOOT-8, BOOT-14, SITE-2, UNI-8: the status, and not a word of the room in any answer."""
    page = caller(victim, elsewhere)
    before = _room(victim)
    status, answer = call(page, what, victim)
    assert status == EXPECTED[caller][what]
    if status == 401:
        assert answer["error"]["code"] in {"session_expired", "not_authenticated"}
        assert page.answer["WWW-Authenticate"] == "Bearer"
    if caller is blocked_herself:
        return
    told = str(answer) + str(dict(page.answer.headers))
    assert [word for word in victim.knows() if word in told] == []
    assert _room(victim) == before


def _room(victim: Victim) -> Any:
    chat = Chat.objects.filter(pk=victim.chat.pk)
    messages = Message.objects.filter(chat=victim.chat.pk).order_by("pk")
    return list(chat.values()), list(messages.values()), list(Attachment.objects.filter(message__in=messages).values())


@pytest.mark.parametrize("what", NEW)
def test_a_session_that_ran_out_opens_nothing(victim: Victim, what: str) -> None:
    """BOOT-8: half an hour after the last call."""
    with time_machine.travel(timezone.now() + HOUR, tick=False):
        status, answer = call(victim.page, what, victim)
    assert (status, answer["error"]["code"]) == (401, "session_expired")
    assert SECRET not in str(answer)


def test_her_own_room_opens_to_herself(victim: Victim) -> None:
    """The watch works: what the table forbids is there."""
    for what, status in {"list": 200, "read": 200, "say": 201, "begin": 200, "seen": 204, "upload": 201}.items():
        assert call(victim.page, what, victim)[0] == status, what
    assert SECRET in str(call(victim.page, "read", victim))


@pytest.mark.parametrize("caller", [another_visitor, newcomer, of_another_site, with_a_members_veil_id])
def test_files_of_another_are_neither_sent_nor_loaded(victim: Victim, elsewhere: Site, caller: Caller) -> None:
    """CHAT-9: ids are guessed; said and unsaid ones."""
    page = caller(victim, elsewhere)
    for file in (victim.file, victim.unsaid):
        assert page.call("post", "chats", {"message": {"text": "x", "attachments": [file]}})[0] == 400
        assert page.call("get", f"attachments/{file}")[0] == 404
        assert page.call("get", f"attachments/{file}?until=99999999999&key=x")[0] == 404
    assert Attachment.objects.get(pk=int(victim.unsaid)).message is None


def test_address_of_ones_own_file_opens_no_other(victim: Victim) -> None:
    """CHAT-9: a signed address is for one file."""
    page = Page(victim.page.site)
    page.boot()
    own = upload(page, files.png())[1]["id"]
    _, answer = page.call("post", "chats", {"message": {"attachments": [own]}})
    url = answer["message"]["attachments"][0]["url"]
    assert Client().get(url).status_code == 200
    assert Client().get(url.replace(own, victim.file)).status_code == 404


def test_file_that_was_not_sent_has_no_address(victim: Victim, shop: Site) -> None:
    """CHAT-9: a signature for it is not made; and would open nothing."""
    url = signed_link(Attachment.objects.get(pk=int(victim.unsaid)), now=timezone.now())
    assert Client().get(url).status_code == 404


@pytest.mark.parametrize(
    "chat_id", ["0", "-1", "1", "x", "9" * 19, "9" * 40, "%00", "..%2f..", "1 or 1=1", "null", "１"]
)
@pytest.mark.parametrize("end", ["messages", "read"])
def test_ids_that_are_guessed_are_not_found(victim: Victim, chat_id: str, end: str) -> None:
    """Never a 500, never anything but 404."""
    method, body = ("get", None) if end == "messages" else ("post", None)
    status, answer = victim.page.call(method, f"chats/{chat_id}/{end}", body)
    assert (status, answer["error"]["code"]) == (404, "not_found")


def test_messages_of_a_contact_that_was_merged_are_read_by_the_survivor_alone(victim: Victim, shop: Site) -> None:
    """UNI-8, BOOT-3: after signing in with the memberId the browser goes on in the same room."""
    page = merged(victim, shop)
    assert page.call("get", "chats")[0] == 401
    assert page.boot()["user"]["member"] is False
    assert page.call("get", f"chats/{victim.chat.pk}/messages")[0] == 404
    page.boot(memberId="kim")
    assert SECRET in str(page.call("get", f"chats/{victim.chat.pk}/messages"))


def test_logged_out_member_leaves_no_history_behind(victim: Victim) -> None:
    """BOOT-7: the next visitor of the same browser sees nothing."""
    victim.page.boot(memberId="kim")
    victim.page.call("post", "shutdown")
    victim.page.boot()
    assert victim.page.call("get", "chats")[1]["chats"] == []
    assert victim.page.call("get", f"chats/{victim.chat.pk}/messages")[0] == 404
