"""LOOK-7: the log of calls, and what no log ever holds."""

import datetime
import logging
from pathlib import Path

import pytest
from django.db import connection

from chats.lookups import log
from chats.lookups.answers import Reply
from chats.lookups.calling import look_up, look_up_all
from chats.lookups.log import calls_of, forget_old_calls, note, words_of
from chats.lookups.settings import delete_api
from chats.models import Chat, LookupApi, LookupCall
from contacts.deleting import delete_contact
from contacts.models import DeletionReason
from desk.actors import SYSTEM
from desk.ids import id_at
from desk.models import AuditEntry, Operator, Site
from tests.chats.lookups.company import api_at, here, telling
from tests.chats.people import NOON, account, room_of
from tests.contacts.subject_access.opened import told
from tests.desk.servers import answering, serving
from tests.factories import ContactFactory


@pytest.fixture
def room(shop: Site) -> Chat:
    kim = ContactFactory(site=shop, name="Kim", mobile_number="+821012345678")
    return room_of(kim, "web", account(kim))


def called(api: LookupApi, outcome: str = "ok", room: Chat | None = None) -> None:
    note(api, Reply(outcome, 200), chat=room, operator=None, automatic=False, now=NOON)


def test_no_log_holds_what_was_sent_or_answered(
    shop: Site, room: Chat, bob: Operator, certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """LOOK-7: not the program's, not the lookup's, not the audit log; no key, no address beyond its host."""
    told = telling({"data": {"grade": "gold"}})
    with caplog.at_level(logging.DEBUG), serving(told, certificate=certificate) as server:
        api = api_at(shop, server.url(path="/find?key=s3cret"))
        look_up(api, {}, chat=room, operator=bob, now=NOON, resolver=here)
        with serving(answering(b"oops Seoul", "500 Oops"), certificate=certificate) as broken:
            api_at(shop, broken.url(path="/find?key=s3cret"), name="Broken")
            list(look_up_all(room, operator=bob, now=NOON, resolver=here))
    [seen, *_others] = server.seen
    secrets = [*LookupApi.objects.values_list("secret", flat=True), seen.headers["authorization"]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM chats_lookupcall")
        rows = str(cursor.fetchall())
    audit = str(list(AuditEntry.objects.values_list("action", "details", "reason")))
    for word in (*secrets, "s3cret", "1012345678", "gold", "Seoul"):
        assert word not in rows
        assert word not in audit
        # SQL of the tests themselves aside, which DEBUG shows.
        assert not any(word in record.getMessage() for record in caplog.records if record.name != "django.db.backends")


def test_a_call_is_told_in_words(shop: Site) -> None:
    """LOOK-7: newest first, for one lookup or the site."""
    one, other = api_at(shop, "https://shop.example/?key=s3cret"), api_at(shop, name="Other")
    called(one, "fault"), called(other), called(one, "tls_expired")
    assert [words_of(call, one) for call in calls_of(shop, one)] == [
        "The certificate of shop.example has expired.",
        "shop.example has a fault of its own (200). Try again later.",
    ]
    assert [call.api_id for call in calls_of(shop)] == [one.pk, other.pk, one.pk]


def test_another_sites_calls_are_not_shown(shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    theirs = api_at(elsewhere)
    called(theirs)
    assert not calls_of(shop)
    assert not calls_of(shop, theirs)


def test_calls_are_forgotten_after_thirty_days(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """LOOK-7: a few at a time."""
    monkeypatch.setattr(log, "FORGOTTEN_AT_ONCE", 2)
    api = api_at(shop)
    for days in (32, 31, 31, 29):
        called(api)
        newest = LookupCall.objects.order_by("pk").last()
        assert newest is not None
        LookupCall.objects.filter(pk=newest.pk).update(
            id=id_at(NOON - datetime.timedelta(days=days)) + newest.pk % 1000
        )
    assert forget_old_calls(now=NOON) == 3
    assert LookupCall.objects.count() == 1


def test_calls_go_with_the_chat_of_whom_they_were_about(shop: Site, room: Chat) -> None:
    """RET-4: a call about nobody stays."""
    api = api_at(shop)
    called(api, room=room), called(api)
    delete_contact(room.contact, reason=DeletionReason.OPERATOR, actor=SYSTEM, now=NOON)
    assert [call.chat_id for call in LookupCall.objects.all()] == [None]


@pytest.mark.django_db(transaction=True)
def test_a_lookup_that_was_deleted_during_its_call_leaves_nothing(shop: Site, room: Chat) -> None:
    """LOOK-1: nor does a chat that is gone."""
    api, other = api_at(shop), api_at(shop, name="Other")
    delete_api(api, actor=SYSTEM)
    called(api, room=room)
    delete_contact(room.contact, reason=DeletionReason.OPERATOR, actor=SYSTEM, now=NOON)
    called(other, room=room)
    assert not LookupCall.objects.exists()


def test_the_person_is_told_that_others_were_asked(shop: Site, room: Chat) -> None:
    """LOOK-7: when, what it is called and how it ended; there is no more to tell."""
    api = api_at(shop)
    called(api, room=room), called(api, "fault", room=room), called(api)
    opened = told(room.contact)
    at = "2026-11-22T03:00:00Z"
    assert opened.data["lookups"] == [
        {"chat": room.number, "at": at, "lookup": "Orders", "result": "ok"},
        {"chat": room.number, "at": at, "lookup": "Orders", "result": "fault"},
    ]
