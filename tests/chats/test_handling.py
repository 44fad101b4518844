"""CHAT-3, CHAT-6: taking, handing over, holding, closing and opening a chat again."""

import pytest

from chats.errors import ChatRefused
from chats.handling import assign, close, reopen, set_state
from chats.models import Assignment, Chat
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tests.chats.people import NOON, room_of
from tests.factories import ContactFactory


@pytest.fixture
def room(shop: Site) -> Chat:
    return room_of(ContactFactory(site=shop))


def state_of(room: Chat) -> str:
    return Chat.objects.get(pk=room.pk).state


def test_whoever_takes_a_waiting_chat_has_received_it(room: Chat, bob: Operator) -> None:
    """CHAT-3"""
    assert assign(room, bob, actor=Actor.of_operator(bob), now=NOON)
    assert not assign(room, bob, actor=Actor.of_operator(bob), now=NOON)
    assert (state_of(room), room.assignee) == ("received", bob)
    assert Assignment.objects.count() == 1


def test_handing_over_is_told_with_before_and_after(room: Chat, alice: Operator, bob: Operator) -> None:
    """CHAT-6"""
    assign(room, bob, actor=SYSTEM, now=NOON)
    assign(room, alice, actor=Actor.of_operator(bob), now=NOON)
    last = Assignment.objects.order_by("-id").first()
    assert last
    assert (last.before_name, last.after_name, last.by) == ("Bob", "Alice", "Bob")


def test_chat_given_back_waits_again(room: Chat, bob: Operator) -> None:
    """CHAT-3"""
    assign(room, bob, actor=SYSTEM, now=NOON)
    assign(room, None, actor=SYSTEM, now=NOON)
    assert (state_of(room), room.assignee) == ("waiting", None)


def test_chat_is_given_only_to_who_works_with_chats_of_the_site(
    room: Chat, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3"""
    for somebody in (victor, charlie):
        with pytest.raises(ChatRefused, match=somebody.name) as refused:
            assign(room, somebody, actor=SYSTEM, now=NOON)
        assert refused.value.path == "assignee"


def test_states_an_operator_may_choose(room: Chat) -> None:
    """CHAT-3"""
    assert set_state(room, "onHold", actor=SYSTEM, now=NOON)
    assert not set_state(room, "onHold", actor=SYSTEM, now=NOON)
    for state in ("closed", "bot", "gone"):
        with pytest.raises(ChatRefused, match="state"):
            set_state(room, state, actor=SYSTEM, now=NOON)


def test_closing_tells_who_and_when(room: Chat, bob: Operator) -> None:
    """CHAT-3"""
    assert close(room, actor=Actor.of_operator(bob), now=NOON)
    assert not close(room, actor=SYSTEM, now=NOON)
    closed = Chat.objects.get(pk=room.pk)
    assert (closed.state, closed.closed_at, closed.closed_by_kind, closed.closed_by) == (
        "closed",
        NOON,
        "operator",
        "Bob",
    )
    for change in (
        lambda: set_state(room, "onHold", actor=SYSTEM, now=NOON),
        lambda: assign(room, bob, actor=SYSTEM, now=NOON),
    ):
        with pytest.raises(ChatRefused, match="closed"):
            change()


@pytest.mark.parametrize(("taken", "state"), [(True, "inProgress"), (False, "waiting")])
def test_chat_opened_again_goes_on_where_it_was(room: Chat, bob: Operator, taken: bool, state: str) -> None:
    """CHAT-3"""
    if taken:
        assign(room, bob, actor=SYSTEM, now=NOON)
    close(room, actor=SYSTEM, now=NOON)
    assert reopen(room, actor=SYSTEM, now=NOON)
    assert not reopen(room, actor=SYSTEM, now=NOON)
    again = Chat.objects.get(pk=room.pk)
    assert (again.state, again.closed_at, again.closed_by) == (state, None, "")


def test_chat_is_not_opened_again_beside_a_newer_one(room: Chat) -> None:
    """CHAT-2: the newer one is named."""
    close(room, actor=SYSTEM, now=NOON)
    newer = room_of(room.contact)
    with pytest.raises(ChatRefused, match=f"#{newer.number}"):
        reopen(room, actor=SYSTEM, now=NOON)
    assert state_of(room) == "closed"


def test_each_is_in_the_audit_log(room: Chat, bob: Operator) -> None:
    """CHAT-3"""
    assign(room, bob, actor=SYSTEM, now=NOON)
    set_state(room, "onHold", actor=SYSTEM, now=NOON)
    close(room, actor=SYSTEM, now=NOON)
    reopen(room, actor=SYSTEM, now=NOON)
    written = AuditEntry.objects.filter(target_type="chat", target_id=str(room.pk)).order_by("id")
    assert [entry.action for entry in written] == ["chat.assign", "chat.state", "chat.close", "chat.reopen"]
