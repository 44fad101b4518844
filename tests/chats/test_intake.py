"""UNI-5, CHAT-1, CHAT-2: messages of other channels: whose they are, where they belong, once."""

import threading
from typing import Any

import pytest
from django.db import connection

from chats.errors import ChatRefused
from chats.handling import close
from chats.intake import CHANNELS, Incoming, TakenIn, take_in
from chats.models import Chat, Message
from contacts.models import Channel, Contact, Identity, KnownField, KnownValue, MergeSuggestion
from contacts.models.identity import MAX_IDENTITIES
from contacts.profile_values import DetailRefused
from desk.actors import SYSTEM, Actor
from desk.models import Site
from tests.chats.people import HOUR, NOON, account
from tests.factories import ContactFactory

BRIDGE = Actor("api", "bridge")


def bring(site: Site, channel: str = "kakao", key: str = "k1", number: int = 1, **told: Any) -> TakenIn:
    now = told.pop("now", NOON)
    fields = {name: told.pop(name) for name in ("parameters", "account", "at") if name in told}
    incoming = Incoming(Channel(channel), key, f"m{number}", told.pop("text", "hello"), contact=told, **fields)
    return take_in(site, incoming, actor=BRIDGE, now=now)


def test_account_nobody_knows_is_somebody_new(shop: Site) -> None:
    """KIND-2: a messenger account without contact details is a lead; the channel's words are kept."""
    taken = bring(shop, name="이서연", account="shop-kr", parameters={"order": "17"}, at=NOON - HOUR)
    contact = taken.chat.contact
    assert (contact.kind, contact.lead_reason, contact.name) == ("lead", "messenger", "이서연")
    assert (taken.chat.channel, taken.chat.account, taken.chat.parameters) == ("kakao", "shop-kr", {"order": "17"})
    assert (taken.message.text, taken.message.author, taken.message.at) == ("hello", "visitor", NOON - HOUR)
    assert str(taken.chat.identity) == "SHOP_k1"


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_comes_in(shop: Site, channel: str) -> None:
    """CHAT-1"""
    assert bring(shop, channel).created


def test_account_is_recognised_whatever_it_tells_later(shop: Site) -> None:
    """UNI-5: the second message needs no details, and goes to the same room."""
    ContactFactory(site=shop, email="other@example.com", email_qualified=True)
    first = bring(shop, number=1, email="kim@example.com")
    again = bring(shop, number=2, email="other@example.com")
    assert again.chat == first.chat
    assert Identity.objects.count() == 1


def test_same_message_twice_is_accepted_once(shop: Site) -> None:
    """CHAT-1: even if it says something else the second time, or its room was closed."""
    first = bring(shop)
    close(first.chat, actor=SYSTEM, now=NOON)
    again = bring(shop, key="another", text="other")
    assert (again.created, again.message, again.chat) == (False, first.message, first.chat)
    assert (Contact.objects.count(), Chat.objects.count(), Message.objects.count()) == (1, 1, 1)


def test_message_id_means_the_message_of_its_channel_and_site(shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    taken = [bring(shop, "kakao"), bring(shop, "line"), bring(elsewhere, "kakao")]
    assert all(one.created for one in taken)


def test_phone_channel_finds_by_phone_and_the_others_by_email(shop: Site) -> None:
    """UNI-5: in any spelling; the details of the other channel find nobody."""
    kim = ContactFactory(
        site=shop, mobile_number="+821012345678", mobile_number_qualified=True, email="kim@example.com"
    )
    assert bring(shop, "phone", "p1", 1, mobileNumber="010-1234-5678").chat.contact == kim
    assert bring(shop, "email", "e1", 2, email=" KIM@example.com ").chat.contact == kim
    assert bring(shop, "kakao", "k9", 3, mobileNumber="010-1234-5678").chat.contact != kim


def test_name_never_finds_anybody(shop: Site) -> None:
    """UNI-5"""
    kim = ContactFactory(site=shop, name="Kim")
    assert bring(shop, name="Kim").chat.contact != kim


def test_member_id_names_its_member(shop: Site) -> None:
    """UNI-5: and makes one when there is none."""
    kim = ContactFactory(site=shop, member_id="m1")
    assert bring(shop, key="k1", number=1, memberId="m1").chat.contact == kim
    made = bring(shop, key="k2", number=2, memberId="m2").chat.contact
    assert (made.kind, made.member_id) == ("member", "m2")


@pytest.mark.parametrize("member_id", ["null", "undefined", "guest"])
def test_junk_member_id_is_nobodys(shop: Site, member_id: str) -> None:
    """UNI-14"""
    ids = {bring(shop, key=f"k{n}", number=n, memberId=member_id).chat.contact_id for n in range(2)}
    assert len(ids) == 2
    assert not Contact.objects.filter(kind="member").exists()


def test_of_several_the_most_recently_active_and_a_suggestion(shop: Site) -> None:
    """UNI-5"""
    for days in (3, 1, 2):
        ContactFactory(site=shop, email="kim@example.com", email_qualified=True, created_at=NOON - days * 24 * HOUR)
    found = bring(shop, "email", "e1", email="kim@example.com").chat.contact
    assert found == Contact.objects.order_by("-created_at").first()
    assert MergeSuggestion.objects.count() == 2


def test_what_the_channel_tells_fills_what_is_empty_and_is_known_in_any_case(shop: Site) -> None:
    """QUAL-3: nothing is overwritten."""
    kim = ContactFactory(site=shop, name="Kim", member_id="m1")
    bring(shop, memberId="m1", name="Minsu Kim", email="kim@example.com")
    kim.refresh_from_db()
    assert (kim.name, kim.email, kim.email_qualified) == ("Kim", "kim@example.com", True)
    known = set(KnownValue.objects.filter(contact=kim).values_list("field", "value"))
    assert {(KnownField.NAME, "Minsu Kim"), (KnownField.EMAIL, "kim@example.com")} <= known


def test_lead_whose_email_is_one_members_becomes_that_member(shop: Site) -> None:
    """UNI-2, UNI-3: the bridge is a program, and a lead without a browser is unified at once."""
    member = ContactFactory(site=shop, member_id="m1", email="kim@example.com", email_qualified=True)
    assert bring(shop, "kakao", "k1", 1, mobileNumber="010-2222-3333").chat.contact != member
    taken = bring(shop, "kakao", "k1", 2, email="kim@example.com")
    assert taken.chat.contact_id == member.pk
    assert {chat.contact_id for chat in Chat.objects.all()} == {member.pk}


def test_each_account_has_its_room_and_a_closed_one_is_followed_by_a_new_one(shop: Site) -> None:
    """CHAT-2"""
    first, other = bring(shop, key="k1", number=1), bring(shop, key="k2", number=2)
    assert first.chat != other.chat
    close(first.chat, actor=SYSTEM, now=NOON)
    later = bring(shop, key="k1", number=3)
    assert later.chat not in (first.chat, other.chat)
    assert later.chat.contact == first.chat.contact


def test_contact_with_all_the_accounts_it_may_have_is_served_as_somebody_else(shop: Site) -> None:
    """BOOT-11"""
    kim = ContactFactory(site=shop, email="kim@example.com", email_qualified=True)
    for number in range(MAX_IDENTITIES):
        account(kim, "app", f"app{number}")
    taken = bring(shop, "email", "e1", email="kim@example.com")
    assert taken.created
    assert taken.chat.contact != kim


def test_blocked_contact_does_not_get_through(shop: Site) -> None:
    """BOOT-14: and nothing is kept."""
    ContactFactory(site=shop, email="kim@example.com", email_qualified=True, blocked=True)
    with pytest.raises(ChatRefused, match="blocked"):
        bring(shop, "email", "e1", email="kim@example.com")
    assert not Chat.objects.exists()
    assert not Identity.objects.exists()


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"text": " "}, ChatRefused),
        ({"text": "x" * 5001}, ChatRefused),
        ({"parameters": {"order": "x" * 21}}, ChatRefused),
        ({"name": "x" * 101}, DetailRefused),
    ],
    ids=["blank", "long", "parameter", "name"],
)
def test_refused_message_leaves_nothing_behind(shop: Site, told: dict[str, Any], refusal: type[Exception]) -> None:
    """CHAT-8: no contact, no room."""
    with pytest.raises(refusal):
        bring(shop, **told)
    assert (Contact.objects.count(), Chat.objects.count(), Identity.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_first_messages_of_one_account_at_once_make_one_person_and_one_room(shop: Site) -> None:
    """UNI-5, CHAT-2: decided by the database."""
    start, failed = threading.Barrier(5), []

    def send(number: int) -> None:
        start.wait()
        try:
            bring(shop, number=number, email="kim@example.com")
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert (Contact.objects.count(), Chat.objects.count(), Message.objects.count()) == (1, 1, 5)
