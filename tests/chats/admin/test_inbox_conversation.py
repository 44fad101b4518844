"""CHAT-4: one conversation on the page: in its order, page by page, as text, and what is new."""

import datetime
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chats.admin.message_text import linkified
from chats.answers import create_answer
from chats.handling import assign, close, reopen
from chats.merging import SYSTEM
from chats.messaging import mark_read_by_visitor
from chats.models import Chat, State
from chats.noting import add_memo
from chats.requesting import ask
from desk.actors import Actor
from desk.models import Operator, Site
from tests.chats.people import NOON, operator_says, room_of, visitor_says
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def chat(shop: Site) -> Chat:
    room = room_of(ContactFactory(site=shop, name="이서연"))
    visitor_says(room, "first")
    return room


@pytest.fixture
def desk(bob: Operator) -> Client:
    return client_of(bob)


def told(response: Any) -> list[str]:
    """Each line of the conversation in few words."""
    return [item.line or re.sub("<[^>]+>", "", str(item.html)) for item in response.context["items"]]


def page_of(client: Client, chat: Chat, more: str = "") -> Any:
    return client.get(f"/desk/inbox/{chat.pk}/{more}", **HTMX)


def test_everything_stands_in_the_order_it_happened(chat: Chat, alice: Operator, bob: Operator, desk: Client) -> None:
    """CHAT-4, CHAT-6: messages, memos, hand-overs, requests, the end and the going on."""
    actor = Actor.of_operator(bob)
    assign(chat, bob, actor=actor, now=NOON)
    add_memo(chat, "a memo", actor=actor, now=NOON)
    operator_says(chat, "second", bob)
    ask(chat, "agent", alice, "please", actor=actor, now=NOON)
    assign(chat, alice, actor=actor, now=NOON)
    close(chat, actor=Actor.of_operator(alice), now=NOON)
    reopen(chat, actor=Actor.of_operator(alice), now=NOON)
    visitor_says(chat, "third")
    lines = told(page_of(desk, chat))
    assert lines[:4] == ["first", "Bob took the chat", "a memo", "second"]
    assert lines[4].startswith("Bob asks Alice to take the chat over")
    assert lines[5:] == [
        "Bob handed the chat over: Bob → Alice",
        "Alice ended the chat",
        "Alice opened the chat again",
        "third",
    ]


def test_an_end_without_an_entry_in_the_log_is_told_from_the_chat(chat: Chat, desk: Client) -> None:
    """A unification closes the quieter room by itself."""
    Chat.objects.filter(pk=chat.pk).update(
        state=State.CLOSED, closed_at=NOON, closed_by_kind=SYSTEM.kind, closed_by="merge"
    )
    assert told(page_of(desk, chat)) == ["first", "Ended when two contacts were merged"]


def test_older_pages_meet_without_a_gap_or_a_double(chat: Chat, bob: Operator, desk: Client) -> None:
    """Memos go with the messages they stood between."""
    for number in range(120):
        visitor_says(chat, f"m{number}")
        if number % 40 == 0:
            add_memo(chat, f"memo {number}", actor=Actor.of_operator(bob), now=NOON)
    page = page_of(desk, chat)
    lines, older = told(page), page.context["older"]
    while older:
        page = page_of(desk, chat, f"older/?before={older}")
        lines, older = told(page) + lines, page.context["older"]
    expected = ["first"]
    for number in range(120):
        expected += [f"m{number}"] + ([f"memo {number}"] if number % 40 == 0 else [])
    assert lines == expected


def test_a_long_conversation_costs_what_a_short_one_does(
    chat: Chat, bob: Operator, desk: Client, django_assert_max_num_queries: Any
) -> None:
    """Statements do not grow with messages, memos or tags."""

    def statements() -> int:
        with django_assert_max_num_queries(60) as asked:
            page_of(desk, chat)
        return len(asked.captured_queries)

    operator_says(chat, "0", bob)
    short = statements()
    for number in range(60):
        operator_says(chat, str(number), bob)
        add_memo(chat, str(number), actor=Actor.of_operator(bob), now=NOON)
        ContactTagFactory(site=chat.site, contact=chat.contact, tag=TagFactory(site=chat.site))
    assert statements() == short
    assert short <= 22


def test_news_hold_what_came_after(chat: Chat, bob: Operator, desk: Client) -> None:
    """With the head as it is now."""
    page = page_of(desk, chat)
    newest, last = page.context["newest"], page.context["last_id"]
    assert told(page_of(desk, chat, f"news/?after={newest}&since={last}")) == []
    visitor_says(chat, "second")
    add_memo(chat, "a memo", actor=Actor.of_operator(bob), now=NOON)
    assign(chat, bob, actor=Actor.of_operator(bob), now=NOON)
    news = page_of(desk, chat, f"news/?after={newest}&since={last}")
    assert told(news) == ["second", "a memo", "Bob took the chat"]
    assert 'id="chat-head"' in news.content.decode()
    newest, last = news.context["newest"], news.context["last_id"]
    assert told(page_of(desk, chat, f"news/?after={newest}&since={last}")) == []


def test_too_much_news_is_read_anew(chat: Chat, desk: Client) -> None:
    """205 instead of a flood."""
    for number in range(201):
        visitor_says(chat, str(number))
    assert page_of(desk, chat, "news/?after=0&since=0").status_code == 205


@pytest.mark.parametrize(
    "more", ["older/", "older/?before=x", "older/?before=-1", "news/?after=1", "news/?after=1&since=x"]
)
def test_a_place_that_is_none_is_not_there(more: str, chat: Chat, desk: Client) -> None:
    assert page_of(desk, chat, more).status_code == 404


def test_the_head_tells_what_the_visitor_has_not_read(chat: Chat, bob: Operator, desk: Client) -> None:
    """CHAT-4: read marks stand at all answers but the last so many."""
    operator_says(chat, "one", bob)
    operator_says(chat, "two", bob)
    assert 'data-unread="2"' in page_of(desk, chat).content.decode()
    mark_read_by_visitor(chat, now=NOON)
    assert 'data-unread="0"' in page_of(desk, chat).content.decode()


def test_a_viewer_reads_and_has_no_dead_button(chat: Chat, victor: Operator) -> None:
    """SITE-3: everything is there to read, nothing to press."""
    page = client_of(victor).get(f"/desk/inbox/{chat.pk}/").content.decode()
    conversation = page[page.index('id="conversation"') : page.index('data-divider="panel"')]
    assert "first" in conversation
    assert 'id="composer"' not in conversation
    assert "hx-post" not in conversation


@pytest.mark.parametrize("more", ["", "older/?before=1", "news/?after=0&since=0", "answers/"])
def test_another_sites_conversation_is_not_there(more: str, chat: Chat, charlie: Operator) -> None:
    """SITE-2."""
    assert page_of(client_of(charlie), chat, more).status_code == 404


def test_saved_answers_are_filled_for_the_room(chat: Chat, shop: Site, bob: Operator, desk: Client) -> None:
    """CHAT-4: searched by name and text, placeholders replaced."""
    create_answer(shop, name="인사", text="{name}님, {agent}입니다.", actor=SYSTEM, now=timezone.now())
    create_answer(shop, name="Return", text="Seven days.", actor=SYSTEM, now=timezone.now())
    page = page_of(desk, chat, "answers/?q=인사").content.decode()
    assert "이서연님, Bob입니다." in page
    assert "Seven days." not in page


def test_whoever_begins_a_new_day_gets_a_line(chat: Chat, desk: Client) -> None:
    """Days are those of the site: 3:00 UTC is noon in Seoul."""
    visitor_says(chat, "tomorrow", now=NOON + datetime.timedelta(hours=13))
    page = page_of(desk, chat)
    assert [bool(item.day_words) for item in page.context["items"]] == [True, True]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("see https://a.example/b?c=1&d=2.", 'href="https://a.example/b?c=1&amp;d=2"'),
        ("(https://a.example/x)", ">https://a.example/x</a>)"),
        ("https://a.example/(x)", ">https://a.example/(x)</a>"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://a.example\u202egnp.exe", ">https://a.example</a>\u202egnp.exe"),
        ('https://a.example/"onmouseover="x', ">https://a.example/</a>&quot;onmouseover=&quot;x"),
        ("https://", "https://"),
        ("http://.", "http://."),
        ("주소는 https://가나다.example 입니다", ">https://가나다.example</a> 입니다"),
    ],
)
def test_text_is_text_with_links(text: str, html: str) -> None:
    """Only http and https lead anywhere, and only where they seem to."""
    shown = str(linkified(text))
    assert html in shown
    assert "<b>" not in shown
    assert 'href="javascript' not in shown


def test_the_longest_text_is_linkified_in_no_time() -> None:
    """5,000 characters of the worst kind."""
    for text in ("https://" * 625, "(" * 5000, "https://a" + ")" * 4990, "http" * 1250):
        assert linkified(text)
