"""RET-4: chats go with the person, and only with that person; so do the files on the disk."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chats.attaching import attach_file, forget_unsaid
from chats.handling import assign
from chats.lookups.answers import Reply
from chats.lookups.log import note
from chats.messaging import Text, say
from chats.models import (
    Assignment,
    Attachment,
    Author,
    Chat,
    ChatRequest,
    ChatTag,
    ContactChats,
    LeftFile,
    LookupCall,
    Memo,
    Message,
    OutgoingMessage,
    Presence,
    Routing,
)
from chats.noting import add_memo, set_room_tags
from chats.storing import path_of, sweep_left_files
from contacts.deleting import delete_contact, delete_contacts
from contacts.merging import merge
from contacts.models import Contact, DeletionReason, Identity
from contacts.undoing import undo_merge
from desk.actors import PLUGIN, SYSTEM
from desk.models import Operator, Site
from tests.chats import files
from tests.chats.lookups.company import api_at
from tests.chats.people import HOUR, NOON, account, operator_says, room_of, visitor_says
from tests.factories import ContactFactory


@pytest.fixture(autouse=True)
def _files_of_the_test(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def delete(contact: Contact) -> None:
    assert delete_contact(contact, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=timezone.now())


def attach(site: Site, **owner: Any) -> Attachment:
    return attach_file(site, files_of(files.png()), "photo.png", now=timezone.now(), **owner)


def files_of(data: bytes) -> Any:

    return io.BytesIO(data)


def a_chat(shop: Site, bob: Operator) -> Chat:
    """With a row in every table that belongs to chats."""
    contact = ContactFactory(site=shop)
    identity = account(contact, "kakao")
    room = room_of(contact, "kakao", identity)
    visitor_says(room, "hello")
    sent = attach(shop, identity=identity)
    say(room, Text("", attachments=[sent.pk]), author=Author.VISITOR, actor=PLUGIN, now=NOON)
    operator_says(room, "hi", bob)
    attach(shop, identity=identity)
    add_memo(room, "note", actor=SYSTEM, now=NOON)
    set_room_tags(room, ["VIP"], actor=SYSTEM, now=NOON)
    assign(room, bob, actor=SYSTEM, now=NOON)
    ChatRequest.objects.create(site=shop, chat=room, kind="review", by=bob, by_name="Bob", note="look", at=NOON)
    Presence.objects.create(site=shop, chat=room, operator=bob, seen_at=NOON)
    Routing.objects.update_or_create(chat=room, defaults={"site": shop, "at": NOON})
    note(api_at(shop, name=str(room.number)), Reply("ok"), chat=room, operator=bob, automatic=True, now=NOON)
    return room


def test_nothing_of_a_deleted_persons_chats_stays(shop: Site, bob: Operator) -> None:
    """RET-4"""
    gone, stays = a_chat(shop, bob), a_chat(shop, bob)
    delete(gone.contact)
    for model in (Message, Memo, ChatTag, Assignment, ChatRequest, Presence, OutgoingMessage, LookupCall, Routing):
        assert set(model._default_manager.values_list("chat_id", flat=True)) == {stays.pk}, model
    assert Chat.objects.get().pk == stays.pk
    assert ContactChats.objects.get().contact_id == stays.contact_id
    assert Attachment.objects.count() == 2
    assert Attachment.objects.get(message=None).identity == stays.identity


def test_every_table_that_points_at_a_chat_is_filled_above(shop: Site, bob: Operator) -> None:
    """A new table makes this fail, until somebody says here and in ``chats.erasing`` what becomes of its rows."""
    a_chat(shop, bob)
    pointing = {
        model
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.related_model in (Chat, Message)
    }
    assert {model for model in pointing if not model._base_manager.exists()} == set()


@pytest.mark.django_db(transaction=True)
def test_files_go_from_the_disk_with_the_person(shop: Site, bob: Operator) -> None:
    """RET-4, CHAT-9: those that were sent, and those that were not yet."""
    gone, stays = a_chat(shop, bob), a_chat(shop, bob)
    keys = {key: path_of(key) for key in Attachment.objects.values_list("key", flat=True)}
    assert all(path.exists() for path in keys.values())
    delete(gone.contact)
    left = set(Attachment.objects.values_list("key", flat=True))
    assert {key for key, path in keys.items() if path.exists()} == left
    assert len(left) == 2
    assert not LeftFile.objects.exists()
    assert stays.attachments.count() == 1


def test_files_whose_removal_was_lost_are_found_by_the_sweep(shop: Site, bob: Operator) -> None:
    """RET-4: the server died between the commit and the removal (what runs after a commit does not run in this test)."""
    room = a_chat(shop, bob)
    paths = [path_of(key) for key in Attachment.objects.values_list("key", flat=True)]
    delete(room.contact)
    assert all(path.exists() for path in paths)
    assert LeftFile.objects.count() == 2
    assert sweep_left_files(now=timezone.now()) == 0
    assert sweep_left_files(now=timezone.now() + 2 * HOUR) == 2
    assert not any(path.exists() for path in paths)
    assert not LeftFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_fails_leaves_the_files(shop: Site, bob: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """RET-6: whole or not at all."""
    room = a_chat(shop, bob)
    monkeypatch.setattr("contacts.deleting._count", _fail)
    with pytest.raises(ZeroDivisionError):
        delete(room.contact)
    assert Attachment.objects.count() == 2
    assert not LeftFile.objects.exists()
    assert all(path_of(key).exists() for key in Attachment.objects.values_list("key", flat=True))


def _fail(*_args: Any, **_options: Any) -> None:
    raise ZeroDivisionError


def test_people_who_never_talked_cost_one_statement(shop: Site, bob: Operator) -> None:
    """speed.md, "Bulk work": and however many talked, the statements stay few."""

    def statements(people: list[Contact]) -> int:
        with CaptureQueriesContext(connection) as captured:
            delete_contacts([one.pk for one in people], site=shop, reason=DeletionReason.OPERATOR, now=NOON)
        return sum("chats_" in query["sql"] for query in captured)

    # With the one of the numbers of chats, and the one that asks for routing rules.
    assert statements([ContactFactory(site=shop) for _ in range(3)]) == 3
    one, many = [a_chat(shop, bob).contact], [a_chat(shop, bob).contact for _ in range(4)]
    assert statements(one) == statements(many)


def test_a_person_whose_browser_began_anothers_chat_can_be_deleted(shop: Site) -> None:
    """UNI-10: after an undone unification, the chat that was begun since stays with the survivor."""
    member, lead = ContactFactory(site=shop, member_id="kim"), ContactFactory(site=shop)
    account(lead, "web")
    done = merge(member, lead, actor=SYSTEM, trigger="operator", now=NOON)
    moved = Identity.objects.get(contact=member, channel="web")
    room = room_of(member, identity=moved)
    visitor_says(room, "hello")
    undo_merge(done, actor=SYSTEM, now=NOON)
    returned = Contact.objects.get(pk=lead.pk)
    assert Identity.objects.get(pk=moved.pk).contact == returned
    delete(returned)
    room.refresh_from_db()
    assert (room.contact, room.identity, room.messages.count()) == (member, None, 1)


def test_files_nobody_sent_are_forgotten_after_a_day(
    shop: Site, bob: Operator, django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-9: those of visitors, operators and programs; those that were sent stay."""
    room = a_chat(shop, bob)
    attach(shop, operator=bob)
    attach(shop)
    unsaid = list(Attachment.objects.filter(message=None).values_list("key", flat=True))
    assert forget_unsaid(now=timezone.now() + 23 * HOUR) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_unsaid(now=timezone.now() + 25 * HOUR) == len(unsaid) == 3
    assert not any(path_of(key).exists() for key in unsaid)
    assert path_of(Attachment.objects.get().key).exists()
    assert Attachment.objects.get().chat == room
    assert not LeftFile.objects.exists()
