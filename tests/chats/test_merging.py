"""UNI-8, UNI-10, CHAT-2: chats follow a unification and go back with its undo."""

from typing import Any

from django.utils import timezone

from chats.handling import close
from chats.models import Chat, ContactChats, Message, StreamEvent
from contacts.merge_plans import plan_merge
from contacts.merging import merge
from contacts.models import Contact, Merge
from contacts.undoing import undo_merge
from desk.actors import PLUGIN, SYSTEM
from desk.models import Operator, Site
from tests.chats.people import HOUR, NOON, account, operator_says, room_of, visitor_says
from tests.factories import ContactFactory


def unify(survivor: Contact, absorbed: Contact) -> Merge:
    return merge(survivor, absorbed, actor=PLUGIN, trigger="boot", now=timezone.now())


def everything() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Chat, ContactChats, Message)]


def test_chats_go_over_and_are_counted_together(shop: Site, bob: Operator) -> None:
    """UNI-8: nothing is lost."""
    member, lead = ContactFactory(site=shop, member_id="m"), ContactFactory(site=shop)
    for contact in (member, lead):
        room = room_of(contact)
        visitor_says(room, "hello")
        operator_says(room, "Hello!", bob)
        close(room, actor=SYSTEM, now=NOON)
    unify(member, lead)
    summary = ContactChats.objects.get()
    assert (summary.contact_id, summary.count, summary.unread) == (member.pk, 2, 2)
    assert set(Chat.objects.values_list("contact_id", flat=True)) == {member.pk}


def test_undo_brings_back_exactly_what_was(shop: Site) -> None:
    """UNI-10: the room that gave way is open again."""
    member, lead = ContactFactory(site=shop, member_id="m"), ContactFactory(site=shop)
    visitor_says(room_of(member), "old", now=NOON)
    visitor_says(room_of(lead), "new", now=NOON + HOUR)
    before = everything()
    undo_merge(unify(member, lead), actor=SYSTEM, now=timezone.now())
    assert everything() == before


def test_livelier_of_two_open_rooms_stays_open(shop: Site) -> None:
    """CHAT-2: one open room; the other stays readable."""
    member, lead = ContactFactory(site=shop, member_id="m"), ContactFactory(site=shop)
    quiet, lively = room_of(member), room_of(lead)
    visitor_says(quiet, "old", now=NOON)
    visitor_says(lively, "new", now=NOON + HOUR)
    plan = plan_merge(member, lead)
    assert any(f"#{lively.number}" in warning.words for warning in plan.warnings)
    unify(member, lead)
    states = dict(Chat.objects.values_list("pk", "state"))
    assert states == {quiet.pk: "closed", lively.pk: "waiting"}
    assert Chat.objects.get(pk=quiet.pk).closed_at == NOON


def test_room_that_gave_way_stays_closed_when_a_newer_one_is_open(shop: Site) -> None:
    """UNI-10, CHAT-2: what happened since stays."""
    member, lead = ContactFactory(site=shop, member_id="m"), ContactFactory(site=shop)
    quiet, lively = room_of(member), room_of(lead)
    visitor_says(lively, "new", now=NOON + HOUR)
    done = unify(member, lead)
    close(Chat.objects.get(pk=lively.pk), actor=SYSTEM, now=NOON)
    newer = room_of(member)
    undo_merge(done, actor=SYSTEM, now=timezone.now())
    states = dict(Chat.objects.values_list("pk", "state"))
    assert states == {quiet.pk: "closed", lively.pk: "closed", newer.pk: "waiting"}


def test_open_rooms_that_change_hands_and_the_one_that_ended_are_told(
    shop: Site, django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-4: the desk's pages show whose they are now; closed ones are history."""
    member, lead = ContactFactory(site=shop, member_id="m"), ContactFactory(site=shop)
    old = room_of(lead)
    close(old, actor=SYSTEM, now=NOON)
    quiet, lively, kakao = room_of(member), room_of(lead), room_of(lead, "kakao", account(lead, "kakao"))
    visitor_says(quiet, "hello")
    visitor_says(lively, "hello", now=NOON + HOUR)
    seen = StreamEvent.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        unify(member, lead)
    told = StreamEvent.objects.order_by("number")[seen:]
    assert {(event.chat, event.contact, event.kind) for event in told} == {
        (room.pk, member.pk, "chat") for room in (quiet, lively, kakao)
    }
