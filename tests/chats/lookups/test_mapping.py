"""LOOK-6: what is written into a person, decided under the lock of the person at the moment of writing."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from chats.lookups import mapping
from chats.lookups.calling import look_up, look_up_all, try_out
from chats.lookups.mapping import Verdict, write
from chats.lookups.settings import ResultDraft
from chats.models import Chat, LookupApi
from contacts.blocking import block
from contacts.deleting import delete_contact
from contacts.details import change_details
from contacts.drafts import COLUMNS
from contacts.merging import merge
from contacts.models import Contact, ContactProfile, DeletionReason, KnownValue, ProfileField, Source
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Site
from tests.chats.lookups.company import api_at, here, telling
from tests.chats.people import NOON, account, room_of
from tests.desk.servers import serving
from tests.factories import ContactFactory

RESULTS = [
    ResultDraft("Called", "name", "name"),
    ResultDraft("Mail", "mail", "email"),
    ResultDraft("Lives", "home", "address"),
    ResultDraft("Tier", "tier", "profile.tier"),
    ResultDraft("Points", "points"),
]
TOLD = {"name": "Kim Seoyeon", "mail": "kim@example.com", "home": "Seoul 1", "tier": "gold", "points": 7}


@pytest.fixture
def kim(shop: Site) -> Contact:
    ProfileField.objects.create(site=shop, key="tier", label="Customer tier", type="text")
    contact: Contact = ContactFactory(site=shop, name="Kim", mobile_number="+821012345678")
    return contact


@pytest.fixture
def room(kim: Contact) -> Chat:
    return room_of(kim, "web", account(kim))


@pytest.fixture
def api(shop: Site, kim: Contact) -> LookupApi:
    return api_at(shop, results=RESULTS)


def edit(contact: Contact, **changes: object) -> None:
    change_details(contact, changes, source=Source.OPERATOR, source_label="Bob", actor=SYSTEM, now=NOON)


def written(api: LookupApi, about: Chat | Contact, told: dict[str, Any]) -> dict[str, Verdict]:
    return {one.field: one.verdict for one in write(api, told, about, actor=SYSTEM, now=NOON)}


def values_of(contact: Contact) -> dict[str, Any]:
    fresh = Contact.objects.select_related("profile").get(pk=contact.pk)
    return {"name": fresh.name, "email": fresh.email, "address": fresh.profile.address, **fresh.profile.values}


def test_empty_fields_are_filled_and_say_where_from(
    shop: Site, room: Chat, kim: Contact, bob: Operator, certificate: Path
) -> None:
    """LOOK-6, QUAL-6: a filled field is never overwritten."""
    with serving(telling({"data": TOLD}), certificate=certificate) as server:
        api = api_at(shop, server.url(), results=RESULTS)
        box = look_up(api, {}, chat=room, operator=bob, now=NOON, resolver=here)
    assert box.mapped == ["E-mail", "Address", "Customer tier"]
    assert values_of(kim) == {"name": "Kim", "email": "kim@example.com", "address": "Seoul 1", "tier": "gold"}
    sources = ContactProfile.objects.get(contact=kim).sources
    assert {name: (source[0], source[2]) for name, source in sources.items()} == dict.fromkeys(
        ["email", "address", "profile.tier"], (Source.LOOKUP, "Orders")
    )
    known = KnownValue.objects.get(contact=kim, field="email")
    assert (known.source, known.source_label, known.qualified) == (Source.LOOKUP, "Orders", True)
    entry = AuditEntry.objects.get(action="contact.change")
    assert (entry.operator, set(entry.details["changes"])) == (bob, set(sources))


def test_what_runs_by_itself_is_nobodys_deed(
    shop: Site, room: Chat, kim: Contact, bob: Operator, certificate: Path
) -> None:
    """LOOK-6: the log names the lookup."""
    with serving(telling({"data": TOLD}), certificate=certificate) as server:
        api_at(shop, server.url(), results=RESULTS)
        [box] = look_up_all(room, operator=bob, now=NOON, resolver=here)
    assert box.mapped
    entry = AuditEntry.objects.get(action="contact.change")
    assert (entry.operator, entry.actor) == (None, "Orders")


@pytest.mark.django_db(transaction=True)
def test_what_somebody_writes_during_the_call_stays(shop: Site, room: Chat, kim: Contact, certificate: Path) -> None:
    """LOOK-6: the field was empty when the call began."""

    def answering_late(talk: socket.socket) -> None:
        edit(kim, address="Busan 2")
        connection.close()
        telling({"data": TOLD})(talk)

    with serving(answering_late, certificate=certificate) as server:
        box = look_up(
            api_at(shop, server.url(), results=RESULTS), {}, chat=room, operator=None, now=NOON, resolver=here
        )
    assert box.mapped == ["E-mail", "Customer tier"]
    assert values_of(kim)["address"] == "Busan 2"


@pytest.mark.django_db(transaction=True)
def test_of_an_edit_and_a_lookup_at_once_the_edit_stays(
    api: LookupApi, room: Chat, kim: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOOK-6: the lookup waits for the row and sees what was written while it waited."""
    is_written, waits, failed = threading.Event(), threading.Event(), list[BaseException]()

    def slow_edit() -> None:
        try:
            with transaction.atomic():
                edit(kim, address="Busan 2")
                is_written.set()
                waits.wait(20)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    usual: Callable[..., Any] = mapping._write

    def about_to_lock(*args: Any, **options: Any) -> Any:
        # The edit is committed only when the lookup is on its way to the lock.
        waits.set()
        return usual(*args, **options)

    monkeypatch.setattr(mapping, "_write", about_to_lock)
    editor = threading.Thread(target=slow_edit)
    editor.start()
    assert is_written.wait(20)
    verdicts = written(api, room, TOLD)
    editor.join()
    assert not failed
    assert verdicts["address"] == Verdict.FILLED
    assert values_of(kim)["address"] == "Busan 2"


@pytest.mark.django_db(transaction=True)
def test_of_two_lookups_at_once_the_first_fills(api: LookupApi, room: Chat, kim: Contact) -> None:
    """LOOK-6: and what is there came from one of them."""
    start, verdicts = threading.Barrier(4), list[Verdict]()

    def fill(number: int) -> None:
        start.wait(20)
        verdicts.append(written(api, room, {"tier": f"tier {number}"})["profile.tier"])
        connection.close()

    threads = [threading.Thread(target=fill, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [Verdict.FILLED] * 3 + [Verdict.WRITTEN]
    assert AuditEntry.objects.filter(action="contact.change").count() == 1


def test_what_cannot_be_kept_is_left_out_and_the_rest_is_written(api: LookupApi, room: Chat, kim: Contact) -> None:
    """LOOK-6: too long, no e-mail, with parts; never cut, never the whole answer lost."""
    told = {"mail": "not an address", "home": "x" * 300, "tier": "gold"}
    assert written(api, room, told) == {
        "name": Verdict.NO_VALUE,
        "email": Verdict.REFUSED,
        "address": Verdict.REFUSED,
        "profile.tier": Verdict.WRITTEN,
    }
    assert values_of(kim) == {"name": "Kim", "email": "", "address": "", "tier": "gold"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [("  VIP\n gold ", "VIP gold"), ("12.50", "12.50"), (True, "예"), ("", None), (None, None), (["a"], None)],
)
def test_texts_numbers_and_yes_or_no_are_kept(
    value: Any, kept: str | None, api: LookupApi, room: Chat, kim: Contact
) -> None:
    """LOOK-6: on one line, in the site's language, whoever looks it up."""
    written(api, room, {"tier": value})
    assert values_of(kim).get("tier") == kept


def test_a_full_profile_takes_nothing_more(api: LookupApi, room: Chat, kim: Contact) -> None:
    """LOOK-6: the person's own fields are filled all the same."""
    ContactProfile.objects.filter(contact=kim).update(values={f"k{number}": "x" for number in range(100)})
    verdicts = written(api, room, TOLD)
    assert (verdicts["profile.tier"], verdicts["address"]) == (Verdict.REFUSED, Verdict.WRITTEN)
    assert len(ContactProfile.objects.get(contact=kim).values) == 100


def test_a_field_that_is_no_text_any_more_is_left_alone(api: LookupApi, room: Chat, kim: Contact) -> None:
    """LOOK-6: nor is it made anew."""
    ProfileField.objects.update(type="number")
    assert written(api, room, TOLD)["profile.tier"] == Verdict.REFUSED
    ProfileField.objects.all().delete()
    assert written(api, room, {"tier": "gold"})["profile.tier"] == Verdict.REFUSED
    assert not ProfileField.objects.exists()


def test_who_was_unified_since_is_who_is_left(api: LookupApi, room: Chat, kim: Contact, shop: Site) -> None:
    """LOOK-6, UNI-8: by the chat, and by the person."""
    member = ContactFactory(site=shop, member_id="m-1", name="Seoyeon")
    merge(member, kim, actor=SYSTEM, trigger="edit", now=NOON)
    assert written(api, room, {"home": "Seoul 1"})["address"] == Verdict.WRITTEN
    assert written(api, kim, {"tier": "gold"})["profile.tier"] == Verdict.WRITTEN
    values = values_of(member)
    assert (values["address"], values["tier"]) == ("Seoul 1", "gold")


def test_a_unification_between_look_and_lock_is_noticed(
    api: LookupApi, room: Chat, kim: Contact, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOOK-6, UNI-11"""
    member = ContactFactory(site=shop, member_id="m-1", name="Seoyeon")
    usual: Callable[..., Any] = mapping._write

    def merging_first(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(mapping, "_write", usual)
        merge(member, kim, actor=SYSTEM, trigger="edit", now=NOON)
        return usual(*args, **options)

    monkeypatch.setattr(mapping, "_write", merging_first)
    assert written(api, room, {"tier": "gold"})["profile.tier"] == Verdict.WRITTEN
    assert values_of(member)["tier"] == "gold"


def test_who_is_gone_is_not_made_anew(api: LookupApi, room: Chat, kim: Contact) -> None:
    """LOOK-6, RET-4"""
    delete_contact(kim, reason=DeletionReason.OPERATOR, actor=SYSTEM, now=NOON)
    assert written(api, room, TOLD) == {}
    assert written(api, kim, TOLD) == {}


def test_a_blocked_person_is_filled_like_any(api: LookupApi, room: Chat, kim: Contact) -> None:
    """LOOK-6, BOOT-14: blocking is about talking."""
    block(kim, actor=SYSTEM, now=NOON)
    assert written(api, room, TOLD)["profile.tier"] == Verdict.WRITTEN


def test_a_try_tells_what_would_be_written_and_writes_nothing(
    shop: Site, kim: Contact, api: LookupApi, certificate: Path
) -> None:
    """LOOK-6: what would be written, what stays, and why."""
    with serving(telling({"data": TOLD | {"home": ["Seoul"]}}), certificate=certificate) as server:
        one = api_at(shop, server.url(), results=RESULTS, name="Try")
        tried = try_out(one, {"phone": "1"}, operator=None, contact=kim, now=NOON, resolver=here)
        unknown = try_out(one, {"phone": "1"}, operator=None, now=NOON, resolver=here)
    told = {planned.field_label: (planned.verdict, planned.text, planned.reason) for planned in tried.planned}
    assert told == {
        "Name": (Verdict.FILLED, "Kim Seoyeon", "The field has a value, which stays."),
        "E-mail": (Verdict.WRITTEN, "kim@example.com", "The field is empty and takes this value."),
        "Address": (Verdict.REFUSED, "Seoul", "Lists and objects are shown, but not kept."),
        "Customer tier": (Verdict.WRITTEN, "gold", "The field is empty and takes this value."),
    }
    assert [planned.verdict for planned in unknown.planned] == [
        Verdict.WRITTEN, Verdict.WRITTEN, Verdict.REFUSED, Verdict.WRITTEN
    ]  # fmt: skip
    assert values_of(kim) == {"name": "Kim", "email": "", "address": ""}


def test_every_field_on_offer_takes_a_text(shop: Site, room: Chat, kim: Contact) -> None:
    """LOOK-6: those of the person are all texts that the profile knows."""
    own = ["name", "mobileNumber", "landlineNumber", "email", "address", "city", "memo"]
    assert set(own) <= set(COLUMNS)
    Contact.objects.filter(pk=kim.pk).update(name="", name_folded="", mobile_number="", mobile_number_norm="")
    api = api_at(shop, results=[ResultDraft(name, name, name) for name in own])
    told = dict.fromkeys(own, "a text")
    told |= {"mobileNumber": "010-9999-8888", "landlineNumber": "02-2123-4567", "email": "a@example.com"}
    assert set(written(api, room, told).values()) == {Verdict.WRITTEN}


def test_what_was_asked_about_somebody_else_is_only_shown(
    shop: Site, room: Chat, kim: Contact, certificate: Path
) -> None:
    """LOOK-6: an operator may look up anybody; it is not written into whose chat is open."""
    with serving(telling({"data": TOLD}), certificate=certificate) as server:
        api, asked = api_at(shop, server.url(), results=RESULTS), {"phone": "010-0000-0000"}
        box = look_up(api, asked, chat=room, operator=None, now=NOON, resolver=here, fills=False)
    assert (box.is_ok, box.mapped) == (True, [])
    assert values_of(kim) == {"name": "Kim", "email": "", "address": ""}
