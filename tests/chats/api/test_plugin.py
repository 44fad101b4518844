"""API-1, the chat half: what a visitor's page lists, begins, reads and says."""

import functools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chats.handling import assign, close
from chats.messaging import mark_seen
from chats.models import Chat, ContactChats, Message
from contacts.models import Contact, Kind, KnownField, LeadReason, Source
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.chats.api.plugin_pages import chatting, problem
from tests.chats.people import account, operator_says, room_of, visitor_says
from tests.contacts.api.conftest import API, Page
from tests.contacts.api.test_schema import check_answer, schema
from tests.factories import ContactFactory

__all__ = ["schema"]
pytestmark = pytest.mark.django_db


def contact_of(page: Page) -> Contact:
    _, answer = page.call("get", "me")
    return Contact.objects.get(pk=int(answer["id"]))


def described(page: Page, schema: Any, path: str, method: str) -> None:
    check_answer(schema, page, path, method)


# --- beginning --------------------------------------------------------------------------------------------------------


def test_first_message_opens_a_chat_and_makes_a_lead(shop_page: Page, schema: Any) -> None:
    """KIND-2: with no details given too."""
    shop_page.boot()
    assert contact_of(shop_page).kind == Kind.ANONYMOUS
    status, answer = shop_page.call(
        "post",
        "chats",
        {"message": {"text": " Hello ", "clientId": "c1"}, "page": "/cart", "parameters": {"order": "17"}},
    )
    assert status == 201
    described(shop_page, schema, "chats", "post")
    assert (answer["state"], answer["messagesCount"], answer["lastText"], answer["unread"]) == ("open", 1, "Hello", 0)
    assert (answer["message"]["text"], answer["message"]["author"], answer["message"]["clientId"]) == (
        "Hello",
        "visitor",
        "c1",
    )
    assert answer["message"]["chatId"] == answer["id"]
    chat = Chat.objects.get()
    assert (chat.page, chat.parameters, chat.channel) == ("/cart", {"order": "17"}, "web")
    contact = contact_of(shop_page)
    assert (contact.kind, contact.lead_reason) == (Kind.LEAD, LeadReason.CHAT)


def test_first_message_goes_on_in_the_open_chat(shop_page: Page) -> None:
    """CHAT-2: also from another browser of the same member."""
    first = chatting(shop_page)
    assert chatting(shop_page, "more")["id"] == first["id"]
    shop_page.boot(memberId="kim")
    other = Page(shop_page.site)
    other.boot(memberId="kim", platform="app")
    assert chatting(other, "from the app")["id"] == first["id"]
    assert Chat.objects.get().messages_count == 3


def test_chat_after_a_closed_one_is_a_new_one(shop_page: Page) -> None:
    """CHAT-3"""
    first = chatting(shop_page)
    close(Chat.objects.get(), actor=SYSTEM, now=timezone.now())
    status, answer = shop_page.call("post", f"chats/{first['id']}/messages", {"text": "more"})
    assert (status, problem(answer)[0]) == (409, "closed")
    second = chatting(shop_page)
    assert second["number"] == first["number"] + 1
    listed = shop_page.call("get", "chats")[1]["chats"]
    assert [(chat["id"], chat["state"]) for chat in listed] == [(second["id"], "open"), (first["id"], "closed")]


def test_first_message_sent_twice_is_said_once(shop_page: Page) -> None:
    """API-1: also when the chat it opened was closed before it came again."""
    shop_page.boot()
    body = {"message": {"text": "hello", "clientId": "c1"}}
    first = shop_page.call("post", "chats", body)
    assert shop_page.call("post", "chats", body) == (200, first[1])
    close(Chat.objects.get(), actor=SYSTEM, now=timezone.now())
    status, answer = shop_page.call("post", "chats", body)
    assert (status, answer["id"], answer["state"]) == (200, first[1]["id"], "closed")
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "message"),
        ({"message": "hello"}, "message"),
        ({"message": {}}, "text"),
        ({"message": {"text": 7}}, "message.text"),
        ({"message": {"text": "   "}}, "text"),
        ({"message": {"text": "\u200b\u200d\ufeff \u202e\u2060"}}, "text"),
        ({"message": {"text": "\u3164\u115f\u2800\ufe0f"}}, "text"),
        ({"message": {"text": "x" * 5_001}}, "text"),
        ({"message": {"text": "a\0b"}}, "message.text"),
        ({"message": {"text": "x", "clientId": "x" * 65}}, "message.clientId"),
        ({"message": {"text": "x", "clientId": ""}}, "message.clientId"),
        ({"message": {"text": "x", "attachments": ["1"]}}, "attachments"),
        ({"message": {"text": "x", "attachments": ["x"]}}, "attachments"),
        ({"message": {"text": "x", "attachments": [7]}}, "message.attachments.0"),
        ({"message": {"text": "x", "attachments": [str(n) for n in range(11)]}}, "attachments"),
        ({"message": {"text": "x"}, "parameters": []}, "parameters"),
        ({"message": {"text": "x"}, "parameters": {"order": 7}}, "parameters.order"),
        ({"message": {"text": "x"}, "parameters": {"order": "x" * 21}}, "parameters.order"),
        ({"message": {"text": "x"}, "parameters": {"x" * 21: "7"}}, f"parameters.{'x' * 21}"),
        ({"message": {"text": "x"}, "parameters": {str(n): "x" for n in range(11)}}, "parameters"),
        ({"message": {"text": "x"}, "parameters": {"name": "x" * 101}}, "parameters.name"),
        ({"message": {"text": "x"}, "parameters": {"memberId": "x" * 101}}, "parameters.memberId"),
        ({"message": {"text": "x"}, "parameters": {"email": ["x"]}}, "parameters.email"),
        ({"message": {"text": "x"}, "page": 7}, "page"),
        ({"message": {"text": "x"}, "more": 1}, "more"),
    ],
)  # fmt: skip
def test_malformed_first_message_is_refused_at_its_place_and_opens_nothing(
    shop_page: Page, body: Any, path: str
) -> None:
    """api.md, Errors; CHAT-8: longer is refused, never cut."""
    shop_page.boot()
    status, answer = shop_page.call("post", "chats", body)
    assert (status, problem(answer)) == (400, ("invalid", path))
    assert not Chat.objects.exists()
    assert contact_of(shop_page).kind == Kind.ANONYMOUS


def test_lone_surrogate_is_refused_and_a_megabyte_too(shop_page: Page) -> None:
    """Never a 500 for anything a client can send."""
    shop_page.boot()
    headers = {"authorization": f"Bearer {shop_page.token}"}
    for body, status in (
        (b'{"message": {"text": "a\\ud800b"}}', 400),
        (b'{"message": {"text": "%s"}}' % (b"x" * 10**6), 413),
    ):
        answer = shop_page.client.post(API + "chats", body, content_type="application/json", headers=headers)
        assert answer.status_code == status
    assert not Chat.objects.exists()


def test_invisible_characters_between_letters_are_kept(shop_page: Page) -> None:
    """They hold emoji and scripts together."""
    family = "👨\u200d👩\u200d👧 \u202eabc"
    assert chatting(shop_page, family)["message"]["text"] == family


# --- CHAT-8 -----------------------------------------------------------------------------------------------------------


def test_details_that_a_page_passes_are_the_persons_the_newest_wins_and_empty_changes_nothing(shop_page: Page) -> None:
    """CHAT-8, QUAL-1"""
    shop_page.boot()
    chatting(shop_page, parameters={"name": "Kim", "email": "kim@example.com", "order": "17"})
    chatting(shop_page, parameters={"name": "Kim Minsu", "email": "", "mobileNumber": " ", "order": ""})
    contact = contact_of(shop_page)
    assert (contact.name, contact.email, contact.mobile_number) == ("Kim Minsu", "kim@example.com", "")
    assert contact.email_qualified
    assert Chat.objects.get().parameters == {"order": "17"}
    known = contact.known_values.filter(field=KnownField.NAME)
    assert {(value.value, value.source) for value in known} == {("Kim", Source.SCRIPT), ("Kim Minsu", Source.SCRIPT)}


def test_ten_parameters_are_the_most_over_all_messages(shop_page: Page) -> None:
    """CHAT-8"""
    chatting(shop_page, parameters={str(n): "x" for n in range(10)})
    chatting(shop_page, parameters={"0": "y"})
    status, answer = shop_page.call("post", "chats", {"message": {"text": "x"}, "parameters": {"eleventh": "x"}})
    assert (status, problem(answer)) == (400, ("invalid", "parameters"))
    assert Chat.objects.get().parameters["0"] == "y"


def test_member_id_that_a_page_passes_signs_nobody_in(shop_page: Page) -> None:
    """BOOT-2, CHAT-8: operators see what was said; who signs in is proven at boot."""
    victim = ContactFactory(site=shop_page.site, member_id="victim")
    visitor_says(room_of(victim, identity=account(victim)), "my secret")
    chatting(shop_page, parameters={"memberId": "victim"})
    assert contact_of(shop_page).pk != victim.pk
    assert contact_of(shop_page).member_id is None
    assert Chat.objects.exclude(contact=victim).get().parameters == {"memberId": "victim"}
    assert len(shop_page.call("get", "chats")[1]["chats"]) == 1


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def long_chat(shop_page: Page) -> Chat:
    """Five thousand messages."""
    chat = Chat.objects.get(pk=int(chatting(shop_page)["id"]))
    Message.objects.bulk_create(
        Message(site=chat.site, chat=chat, number=n, author="visitor", text=f"m{n}", at=chat.opened_at)
        for n in range(2, 5_001)
    )
    Chat.objects.filter(pk=chat.pk).update(messages_count=5_000)
    return chat


def test_newest_page_of_a_long_conversation_is_one_indexed_statement(
    shop_page: Page, long_chat: Chat, schema: Any
) -> None:
    """speed.md"""
    with CaptureQueriesContext(connection) as captured:
        status, answer = shop_page.call("get", f"chats/{long_chat.pk}/messages")
    described(shop_page, schema, "chats/{chat_id}/messages", "get")
    assert (status, [one["number"] for one in answer["messages"]]) == (200, list(range(4_971, 5_001)))
    assert (answer["previous"], answer["next"]) == (4_971, None)
    # The session, its sliding, the chat, the messages, their files.
    assert len(captured) <= 5
    [read] = [one["sql"] for one in captured if 'FROM "chats_message"' in one["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        prefix = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(prefix + read)
        plan = str(cursor.fetchall())
    assert "USING INDEX" in plan if connection.vendor == "sqlite" else "message_number" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_older_and_newer_messages_are_read_in_pages_without_gap_or_overlap(shop_page: Page, long_chat: Chat) -> None:
    """CHAT-4"""
    path = f"chats/{long_chat.pk}/messages"
    numbers: list[int] = []
    place = "?limit=100"
    while True:
        answer = shop_page.call("get", path + place)[1]
        numbers = [one["number"] for one in answer["messages"]] + numbers
        if answer["previous"] is None:
            break
        place = f"?limit=100&before={answer['previous']}"
    assert numbers == list(range(1, 5_001))
    answer = shop_page.call("get", f"{path}?after=4990&limit=6")[1]
    assert ([one["number"] for one in answer["messages"]], answer["next"]) == (list(range(4_991, 4_997)), 4_996)
    answer = shop_page.call("get", f"{path}?after=4996")[1]
    assert ([one["number"] for one in answer["messages"]], answer["next"]) == (list(range(4_997, 5_001)), None)
    assert shop_page.call("get", f"{path}?after=5000")[1] == {"messages": [], "previous": None, "next": None}
    assert shop_page.call("get", f"{path}?before=1")[1]["messages"] == []


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("after=x", "after"),
        ("after=-1", "after"),
        ("after=٣", "after"),
        ("before=99999999999", "before"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("after=1&before=2", "before"),
        ("page=2", "page"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(shop_page: Page, query: str, path: str) -> None:
    """architecture.md: fail loudly on the unknown."""
    chat = chatting(shop_page)
    status, answer = shop_page.call("get", f"chats/{chat['id']}/messages?{query}")
    assert (status, problem(answer)) == (400, ("invalid", path))


def test_chats_are_listed_newest_first_in_pages(shop_page: Page, schema: Any) -> None:
    """API-1"""
    shop_page.boot()
    for _ in range(5):
        chatting(shop_page)
        close(Chat.objects.latest("pk"), actor=SYSTEM, now=timezone.now())
    numbers, place = [], "?limit=2"
    while True:
        _, answer = shop_page.call("get", "chats" + place)
        described(shop_page, schema, "chats", "get")
        numbers += [chat["number"] for chat in answer["chats"]]
        if answer["next"] is None:
            break
        place = f"?limit=2&since={answer['next']}"
    assert numbers == [5, 4, 3, 2, 1]
    for query in ("since=x", "limit=0", "more=1"):
        assert shop_page.call("get", f"chats?{query}")[0] == 400


def test_page_of_chats_costs_the_same_statements_however_many(shop_page: Page, bob: Operator) -> None:
    """speed.md, rule 7"""
    shop_page.boot()

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            shop_page.call("get", "chats")
        return len(captured)

    counted = []
    for _ in range(4):
        chatting(shop_page)
        chat = Chat.objects.latest("pk")
        assign(chat, bob, actor=SYSTEM, now=timezone.now())
        close(chat, actor=SYSTEM, now=timezone.now())
        counted.append(statements())
    assert len(set(counted)) == 1
    assert counted[0] <= 3


def test_answer_is_unread_until_the_visitor_has_seen_it(shop_page: Page, bob: Operator) -> None:
    """CHAT-4: in the chat, and at the badge."""
    chat = chatting(shop_page)
    room = Chat.objects.get()
    assign(room, bob, actor=SYSTEM, now=timezone.now())
    operator_says(room, "Hi, Kim", bob, now=timezone.now(), client_id="theirs")
    [listed] = shop_page.call("get", "chats")[1]["chats"]
    assert (listed["unread"], listed["agent"], listed["lastText"]) == (1, "Bob", "Hi, Kim")
    answer = shop_page.call("get", f"chats/{chat['id']}/messages?after=1")[1]["messages"][0]
    assert (answer["author"], answer["authorName"], answer["clientId"]) == ("operator", "Bob", None)
    assert shop_page.call("get", "me")[1]["unread"] == 1
    assert shop_page.call("post", f"chats/{chat['id']}/read") == (204, None)
    assert shop_page.call("get", "me")[1]["unread"] == 0
    assert shop_page.call("get", "chats")[1]["chats"][0]["unread"] == 0


def test_address_of_a_nameless_operator_is_not_told(shop_page: Page, bob: Operator) -> None:
    """Section 0: an operator's sign-in is nobody else's business."""
    bob.name = ""
    bob.save()
    chat = chatting(shop_page)
    room = Chat.objects.get()
    assign(room, bob, actor=SYSTEM, now=timezone.now())
    operator_says(room, "Hi", bob, now=timezone.now())
    answers = str(shop_page.call("get", "chats")) + str(shop_page.call("get", f"chats/{chat['id']}/messages"))
    assert "bob" not in answers
    assert "@" not in answers


def test_message_to_a_messenger_waits_on_no_web_page(shop: Site, bob: Operator) -> None:
    """CHAT-2: what is said on KakaoTalk is read there; the badge of the web page is not about it."""
    page = Page(shop)
    page.boot(memberId="kim")
    kim = contact_of(page)
    room = room_of(kim, "kakao", account(kim, "kakao"))
    visitor_says(room, "hello from kakao")
    operator_says(room, "hi", bob)
    assert page.call("get", "chats")[1]["chats"] == []
    assert page.call("get", f"chats/{room.pk}/messages")[0] == 404
    assert page.call("get", "me")[1]["unread"] == 0
    assert ContactChats.objects.get().unread == 0


# --- saying -----------------------------------------------------------------------------------------------------------


def test_message_is_said_and_waits_for_the_operators(shop_page: Page, bob: Operator, schema: Any) -> None:
    """CHAT-4"""
    chat = chatting(shop_page)
    room = Chat.objects.get()
    mark_seen(room, bob, now=timezone.now())
    status, answer = shop_page.call("post", f"chats/{chat['id']}/messages", {"text": "more", "clientId": "c2"})
    assert status == 201
    described(shop_page, schema, "chats/{chat_id}/messages", "post")
    assert (answer["number"], answer["text"], answer["clientId"]) == (2, "more", "c2")
    again = shop_page.call("post", f"chats/{chat['id']}/messages", {"text": "more", "clientId": "c2"})
    assert again == (200, answer)
    room.refresh_from_db()
    assert (room.messages_count, room.unseen) == (2, 1)


def test_blocked_visitor_boots_and_reads_but_does_not_write(shop_page: Page) -> None:
    """BOOT-14"""
    chat = chatting(shop_page)
    Contact.objects.update(blocked=True)
    assert shop_page.boot()["user"]["blocked"] is True
    for path, body in ((f"chats/{chat['id']}/messages", {"text": "x"}), ("chats", {"message": {"text": "x"}})):
        status, answer = shop_page.call("post", path, body)
        assert (status, problem(answer)[0]) == (403, "blocked")
    close(Chat.objects.get(), actor=SYSTEM, now=timezone.now())
    assert shop_page.call("post", "chats", {"message": {"text": "x"}})[0] == 403
    assert shop_page.call("get", f"chats/{chat['id']}/messages")[0] == 200
    assert Message.objects.count() == Chat.objects.count() == 1


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["chats", "chats/{id}/messages"])
def test_one_client_id_twenty_times_at_once_is_said_once(shop: Site, path: str) -> None:
    """API-1: on both databases; the first message opens one room."""
    pages = [Page(shop) for _ in range(20)]
    pages[0].boot(memberId="kim")
    for page in pages[1:]:
        page.token = pages[0].token
    said = 0
    if "{id}" in path:
        path, said = path.format(id=chatting(pages[0])["id"]), 1
        body: Any = {"text": "hello", "clientId": "c1"}
    else:
        body = {"message": {"text": "hello", "clientId": "c1"}}
    answers = at_once([functools.partial(page.call, "post", path, body) for page in pages])
    assert sorted(status for status, _ in answers) == [200] * 19 + [201], answers
    assert len({str(answer.get("message", answer)["id"]) for _, answer in answers}) == 1
    assert (Chat.objects.count(), Message.objects.count()) == (1, 1 + said)


@pytest.mark.django_db(transaction=True)
def test_first_messages_of_two_browsers_at_once_share_a_room(shop: Site) -> None:
    """CHAT-2"""
    pages = [Page(shop) for _ in range(6)]
    for page in pages:
        page.boot(memberId="kim")
    calls = [functools.partial(page.call, "post", "chats", {"message": {"text": "x"}}) for page in pages]
    assert [status for status, _ in at_once(calls)] == [201] * 6
    chat = Chat.objects.get()
    assert sorted(chat.messages.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("CHAT_MESSAGES_PER_SESSION", "messages"),
        ("CHAT_MESSAGES_PER_CONTACT", "messages"),
        ("CHAT_MESSAGES_PER_CONTACT", "chats"),
        ("CHAT_OPENINGS_PER_CONTACT", "chats"),
        ("CHAT_OPENINGS_PER_ADDRESS", "chats"),
    ],
)
def test_flood_of_messages_is_stopped_for_a_while(shop_page: Page, settings: Any, setting: str, path: str) -> None:
    """API-1: 429 with when to come back; reading goes on."""
    chat = chatting(shop_page)
    setattr(settings, setting, "4/h")
    page_path, body = (
        ("chats", {"message": {"text": "x"}}) if path == "chats" else (f"chats/{chat['id']}/messages", {"text": "x"})
    )
    statuses = [shop_page.call("post", page_path, body)[0] for _ in range(4)]
    assert 201 in statuses
    status, answer = shop_page.call("post", page_path, body)
    assert (status, answer["error"]["code"]) == (429, "throttled")
    assert 0 < int(shop_page.answer["Retry-After"]) <= 3_600
    assert (shop_page.answer["x-ratelimit-limit"], shop_page.answer["x-ratelimit-remaining"]) == ("4", "0")
    assert shop_page.call("get", f"chats/{chat['id']}/messages")[0] == 200


def test_one_visitors_flood_is_no_others_limit(shop: Site, settings: Any) -> None:
    """API-1"""
    settings.CHAT_MESSAGES_PER_CONTACT = "3/h"
    loud, quiet = Page(shop), Page(shop)
    for page in (loud, quiet):
        chatting(page)
    loud_chat = loud.call("get", "chats")[1]["chats"][0]["id"]
    assert [loud.call("post", f"chats/{loud_chat}/messages", {"text": "x"})[0] for _ in range(3)] == [201, 201, 429]
    quiet_chat = quiet.call("get", "chats")[1]["chats"][0]["id"]
    assert quiet.call("post", f"chats/{quiet_chat}/messages", {"text": "x"})[0] == 201


@pytest.mark.parametrize("path", ["chats", "chats/1/messages", "chats/1/read", "attachments"])
def test_a_browser_may_ask_from_any_page(client: Any, path: str) -> None:
    """CORS: the preflight is let through; which origins may call is asked with the session."""
    headers = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    answer = client.options(API + path, headers={"origin": "https://shop.example", **headers})
    assert (answer.status_code, answer["access-control-allow-origin"]) == (200, "*")


def test_a_page_of_another_origin_may_not_use_the_session(shop: Site) -> None:
    """BOOT-1, SITE-1"""
    shop.allowed_origins = ["https://shop.example"]
    shop.save()
    good, bad = Page(shop, origin="https://shop.example"), Page(shop, origin="https://evil.example")
    chat = chatting(good)
    bad.token = good.token
    for method, path, body in (
        ("get", "chats", None),
        ("post", "chats", {"message": {"text": "x"}}),
        ("get", f"chats/{chat['id']}/messages", None),
        ("post", f"chats/{chat['id']}/read", None),
    ):
        status, answer = bad.call(method, path, body)
        assert (status, answer["error"]["code"]) == (403, "origin_not_allowed")
