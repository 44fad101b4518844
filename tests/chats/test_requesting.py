"""CHAT-6: asking for another agent or for a review; what answers, and what settles by itself."""

from typing import Any

import pytest

from chats.errors import ChatRefused
from chats.handling import assign, close
from chats.models import Assignment, Chat, ChatRequest, StreamEvent
from chats.requesting import (
    administrators_of,
    agents_of,
    all_of,
    answer,
    ask,
    asked_by,
    may_answer,
    requests_of,
    waiting_for,
    withdraw,
)
from chats.settling import answer_in_words
from contacts.merging import merge
from desk.access import Access, access_to
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Membership, Operator, Role, Site
from desk.teams import change_membership, remove_from_team
from tests.chats.people import HOUR, NOON, room_of, visitor_says
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory


@pytest.fixture
def room(shop: Site) -> Chat:
    return room_of(ContactFactory(site=shop))


@pytest.fixture
def anna(shop: Site) -> Operator:
    """A second agent of the shop."""
    operator = OperatorFactory(name="Anna")
    MembershipFactory(site=shop, operator=operator)
    return operator


def by(operator: Operator) -> Actor:
    return Actor.of_operator(operator)


def access(operator: Operator, site: Site) -> Access:
    found = access_to(operator, site.pk)
    assert found
    return found


def change_asked(room: Chat, asker: Operator, to: Operator) -> ChatRequest:
    assign(room, asker, actor=SYSTEM, now=NOON)
    return ask(room, "agent", to, "My shift ends.", actor=by(asker), now=NOON)


def test_accepted_change_of_agent_hands_the_chat_over(room: Chat, bob: Operator, anna: Operator) -> None:
    """CHAT-6: and only that tells before > after; the first assignment has nobody before."""
    request = change_asked(room, bob, anna)
    assert Chat.objects.get(pk=room.pk).assignee == bob
    answer(request, True, "Gladly.", actor=by(anna), now=NOON + HOUR)
    assert (request.state, request.answered_by_name, request.answer) == ("accepted", "Anna", "Gladly.")
    assert request.answered_at == NOON + HOUR
    assert Chat.objects.get(pk=room.pk).assignee == anna
    told = list(Assignment.objects.order_by("id").values_list("before_name", "after_name"))
    assert told == [("", "Bob"), ("Bob", "Anna")]


def test_refused_change_of_agent_leaves_the_chat_where_it_is(room: Chat, bob: Operator, anna: Operator) -> None:
    """CHAT-6"""
    request = change_asked(room, bob, anna)
    answer(request, False, "I am at lunch.", actor=by(anna), now=NOON)
    assert (request.state, request.answer) == ("refused", "I am at lunch.")
    assert Chat.objects.get(pk=room.pk).assignee == bob
    assert not Assignment.objects.filter(before__isnull=False).exists()


@pytest.mark.parametrize("state", ["accepted", "refused"])
def test_answered_review_changes_nothing_about_the_chat(room: Chat, alice: Operator, bob: Operator, state: str) -> None:
    """CHAT-6"""
    request = ask(room, "review", alice, "Was this right?", actor=by(bob), now=NOON)
    answer(request, state == "accepted", "", actor=by(alice), now=NOON)
    assert request.state == state
    assert Chat.objects.get(pk=room.pk).assignee is None


def test_review_of_nobody_by_name_waits_for_every_administrator(room: Chat, alice: Operator, bob: Operator) -> None:
    """CHAT-6"""
    request = ask(room, "review", None, "Please look.", actor=by(bob), now=NOON)
    assert list(waiting_for(access(alice, room.site))) == [request]
    assert list(waiting_for(access(bob, room.site))) == []
    answer(request, True, "Fine.", actor=by(alice), now=NOON)
    assert request.state == "accepted"


def test_one_request_of_a_kind_is_open_at_a_time(room: Chat, alice: Operator, bob: Operator, anna: Operator) -> None:
    """CHAT-6: a review beside a change of agent is another matter."""
    request = change_asked(room, bob, anna)
    with pytest.raises(ChatRefused) as refused:
        ask(room, "agent", alice, "Or you?", actor=by(bob), now=NOON)
    assert (refused.value.code, refused.value.path) == ("request_open", "kind")
    ask(room, "review", alice, "Also look.", actor=by(bob), now=NOON)
    withdraw(request, actor=by(bob), now=NOON)
    ask(room, "agent", alice, "Or you?", actor=by(bob), now=NOON)
    assert [one.state for one in requests_of(room)] == ["withdrawn", "open", "open"]


def test_request_is_answered_once(room: Chat, bob: Operator, anna: Operator) -> None:
    """CHAT-6"""
    request = change_asked(room, bob, anna)
    answer(request, False, "", actor=by(anna), now=NOON)
    for late in (
        lambda: answer(request, True, "", actor=by(anna), now=NOON),
        lambda: withdraw(request, actor=by(bob), now=NOON),
    ):
        with pytest.raises(ChatRefused) as refused:
            late()
        assert refused.value.code == "request_answered"
    assert Chat.objects.get(pk=room.pk).assignee == bob


def test_only_the_one_asked_or_an_administrator_answers(
    room: Chat, alice: Operator, bob: Operator, anna: Operator, victor: Operator, charlie: Operator
) -> None:
    """CHAT-6, SITE-2, SITE-3: never the one who asked."""
    request = change_asked(room, bob, anna)
    for somebody in (bob, victor, charlie):
        assert not may_answer(request, by(somebody))
        with pytest.raises(ChatRefused) as refused:
            answer(request, True, "", actor=by(somebody), now=NOON)
        assert refused.value.code == "request_not_yours"
    with pytest.raises(ChatRefused):
        withdraw(request, actor=by(anna), now=NOON)
    answer(request, True, "Anna is away and comes at two.", actor=by(alice), now=NOON)
    assert Chat.objects.get(pk=room.pk).assignee == anna


@pytest.mark.parametrize(
    ("kind", "to", "code", "path"),
    [
        ("agent", None, "request_to_missing", "to"),
        ("agent", "bob", "request_to_self", "to"),
        ("agent", "victor", "not_on_the_team", "to"),
        ("agent", "charlie", "not_on_the_team", "to"),
        ("review", "anna", "request_not_administrator", "to"),
        ("praise", "anna", "request_kind", "kind"),
    ],
)
def test_request_to_somebody_who_cannot_answer_is_refused(
    request: pytest.FixtureRequest, room: Chat, bob: Operator, kind: str, to: str | None, code: str, path: str
) -> None:
    """CHAT-6, SITE-2: the field is named."""
    asked = request.getfixturevalue(to) if to else None
    with pytest.raises(ChatRefused) as refused:
        ask(room, kind, asked, "Please.", actor=by(bob), now=NOON)
    assert (refused.value.code, refused.value.path) == (code, path)
    assert refused.value.message
    assert not ChatRequest.objects.exists()


def test_the_only_administrator_has_nobody_to_ask_for_a_review(room: Chat, alice: Operator) -> None:
    """CHAT-6"""
    with pytest.raises(ChatRefused, match="no other administrator"):
        ask(room, "review", None, "Please.", actor=by(alice), now=NOON)


def test_chat_is_not_asked_for_whoever_has_it(room: Chat, bob: Operator, anna: Operator) -> None:
    """CHAT-6"""
    assign(room, anna, actor=SYSTEM, now=NOON)
    with pytest.raises(ChatRefused, match="Anna has this chat"):
        ask(room, "agent", anna, "Please.", actor=by(bob), now=NOON)


@pytest.mark.parametrize(
    ("note", "code"), [("", "request_note"), (" \n", "request_note"), ("x" * 1001, "request_note_too_long")]
)
def test_request_says_what_it_is_about(room: Chat, bob: Operator, anna: Operator, note: str, code: str) -> None:
    """CHAT-6"""
    with pytest.raises(ChatRefused) as refused:
        ask(room, "agent", anna, note, actor=by(bob), now=NOON)
    assert (refused.value.code, refused.value.path) == (code, "note")


def test_closed_chat_can_be_looked_over_but_not_taken_over(
    room: Chat, alice: Operator, bob: Operator, anna: Operator
) -> None:
    """CHAT-6"""
    close(room, actor=by(bob), now=NOON)
    with pytest.raises(ChatRefused) as refused:
        ask(room, "agent", anna, "Please.", actor=by(bob), now=NOON)
    assert refused.value.code == "closed"
    review = ask(room, "review", alice, "Was this right?", actor=by(bob), now=NOON)
    answer(review, True, "Yes.", actor=by(alice), now=NOON)
    assert review.state == "accepted"


def test_closing_withdraws_the_change_of_agent_and_keeps_the_review(
    room: Chat, alice: Operator, bob: Operator, anna: Operator
) -> None:
    """CHAT-6"""
    change, review = change_asked(room, bob, anna), ask(room, "review", alice, "Look?", actor=by(bob), now=NOON)
    close(room, actor=by(bob), now=NOON)
    change.refresh_from_db()
    review.refresh_from_db()
    assert (change.state, change.answered_by_name, review.state) == ("withdrawn", "Bob", "open")
    assert answer_in_words(change) == "The chat was closed before."


def test_unification_that_closes_a_room_withdraws_what_was_asked_about_it(
    room: Chat, shop: Site, alice: Operator, bob: Operator, anna: Operator
) -> None:
    """CHAT-6, UNI-8"""
    request = change_asked(room, bob, anna)
    member = ContactFactory(site=shop, member_id="m")
    visitor_says(room_of(member), "Hello", now=NOON + HOUR)
    merge(member, room.contact, actor=by(alice), trigger="boot", now=NOON + HOUR)
    request.refresh_from_db()
    assert answer_in_words(request) == "The chat was closed before."


def test_handing_over_to_the_one_asked_accepts(room: Chat, bob: Operator, anna: Operator) -> None:
    """CHAT-6"""
    request = change_asked(room, bob, anna)
    assign(room, anna, actor=by(anna), now=NOON)
    request.refresh_from_db()
    assert (request.state, request.answered_by_name) == ("accepted", "Anna")


@pytest.mark.parametrize("to_somebody", [True, False])
def test_handing_over_otherwise_withdraws(
    room: Chat, alice: Operator, bob: Operator, anna: Operator, to_somebody: bool
) -> None:
    """CHAT-6"""
    request = change_asked(room, bob, anna)
    assign(room, alice if to_somebody else None, actor=by(alice), now=NOON)
    request.refresh_from_db()
    assert (request.state, answer_in_words(request)) == ("withdrawn", "The chat was handed over otherwise.")


def place(site: Site, operator: Operator) -> Membership:
    return Membership.objects.get(site=site, operator=operator)


def test_change_asked_of_somebody_who_leaves_is_withdrawn(
    room: Chat, alice: Operator, bob: Operator, anna: Operator, django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-6"""
    request = change_asked(room, bob, anna)
    with django_capture_on_commit_callbacks(execute=True):
        remove_from_team(place(room.site, anna), actor=by(alice))
    request.refresh_from_db()
    assert (request.state, answer_in_words(request)) == (
        "withdrawn",
        "Whoever was asked no longer works with chats here.",
    )


def test_review_asked_of_somebody_who_is_no_administrator_any_more_goes_to_the_others(
    room: Chat, alice: Operator, bob: Operator, anna: Operator, django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-6"""
    Membership.objects.filter(operator=anna).update(role=Role.ADMIN)
    request = ask(room, "review", anna, "Look?", actor=by(bob), now=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        change_membership(place(room.site, anna), role=Role.AGENT, sees_personal_data=True, actor=by(alice))
    request.refresh_from_db()
    assert (request.state, request.to) == ("open", None)
    assert list(waiting_for(access(alice, room.site))) == [request]


def test_change_asked_of_somebody_who_stays_an_agent_stays_open(
    room: Chat, alice: Operator, bob: Operator, anna: Operator, django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-6"""
    request = change_asked(room, bob, anna)
    with django_capture_on_commit_callbacks(execute=True):
        change_membership(place(room.site, anna), role=Role.ADMIN, sees_personal_data=True, actor=by(alice))
    request.refresh_from_db()
    assert (request.state, request.to) == ("open", anna)


def test_lists_show_what_waits_what_was_asked_and_all_of_the_site(
    room: Chat, alice: Operator, bob: Operator, anna: Operator, charlie: Operator, elsewhere: Site
) -> None:
    """CHAT-6, SITE-2"""
    change, review = change_asked(room, bob, anna), ask(room, "review", None, "Look?", actor=by(anna), now=NOON)
    assert list(waiting_for(access(anna, room.site))) == [change]
    assert list(waiting_for(access(alice, room.site))) == [review]
    assert list(asked_by(access(bob, room.site))) == [change]
    assert list(all_of(room.site)) == [review, change]
    assert list(all_of(elsewhere)) == list(waiting_for(access(charlie, elsewhere))) == []


def test_who_can_be_asked(
    shop: Site, alice: Operator, bob: Operator, anna: Operator, victor: Operator, charlie: Operator
) -> None:
    """CHAT-6, SITE-3"""
    assert list(agents_of(shop)) == [alice, anna, bob]
    assert list(administrators_of(shop)) == [alice]


def test_each_step_is_in_the_log_of_the_chat_without_the_notes(room: Chat, bob: Operator, anna: Operator) -> None:
    """CHAT-6: notes may tell about the customer, and the log outlives the chat."""
    withdraw(change_asked(room, bob, anna), actor=by(bob), now=NOON)
    answer(ask(room, "agent", anna, "Secret.", actor=by(bob), now=NOON), False, "Secret.", actor=by(anna), now=NOON)
    entries = AuditEntry.objects.filter(target_type="chat", target_id=str(room.pk), action__startswith="chat.request")
    assert [entry.action for entry in entries.order_by("id")] == [
        "chat.requestAgent",
        "chat.requestWithdrawn",
        "chat.requestAgent",
        "chat.requestRefused",
    ]
    assert all(entry.details == {"_kind": "agent", "to": "Anna"} for entry in entries)


def test_whoever_looks_on_is_told_of_each_step(room: Chat, bob: Operator, anna: Operator) -> None:
    """CHAT-4"""
    assign(room, bob, actor=SYSTEM, now=NOON)
    before = StreamEvent.objects.count()
    request = ask(room, "agent", anna, "Please.", actor=by(bob), now=NOON)
    assert StreamEvent.objects.count() == before + 1
    answer(request, False, "", actor=by(anna), now=NOON)
    assert StreamEvent.objects.count() == before + 2
