"""CHAT-4: what the list of rooms shows to whom, page by page."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from chats.handling import assign, close, set_state
from chats.inbox import Asked, list_rooms
from chats.models import Chat, State
from chats.presence import be_present
from contacts.models import Contact
from contacts.search import search_text_of
from desk.access import access_to
from desk.actors import Actor
from desk.models import Operator, Site
from tests.chats.people import NOON, operator_says, room_of, visitor_says
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

MINUTE = datetime.timedelta(minutes=1)
INBOX = "/desk/inbox/"
ROOMS = "/desk/inbox/rooms/"


def person(site: Site, name: str, **details: object) -> Contact:
    """A contact that a search finds."""
    contact: Contact = ContactFactory(site=site, name=name, **details)
    contact.profile.search_text = search_text_of(contact, site)
    contact.profile.save()
    return contact


def talk(site: Site, name: str, *, minutes: int = 0, text: str = "안녕하세요", **details: object) -> Chat:
    """A room in which the customer said something ``minutes`` after noon."""
    at = NOON + minutes * MINUTE
    chat = room_of(person(site, name, **details), now=at)
    visitor_says(chat, text, now=at)
    return chat


def names(response: object) -> list[str]:
    return [room.name for room in response.context["rooms"]]  # type: ignore[attr-defined]


@pytest.fixture
def desk(bob: Operator) -> Client:
    return client_of(bob)


def test_views_hold_what_their_names_say(shop: Site, alice: Operator, bob: Operator, desk: Client) -> None:
    """CHAT-4: waiting, mine, team, all, on hold, closed."""
    actor = Actor.of_operator(bob)
    talk(shop, "Waits", minutes=1)
    mine, hers = talk(shop, "Mine", minutes=2), talk(shop, "Hers", minutes=3)
    assign(mine, bob, actor=actor, now=NOON)
    assign(hers, alice, actor=actor, now=NOON)
    held, ended = talk(shop, "Held", minutes=4), talk(shop, "Ended", minutes=5)
    set_state(held, State.ON_HOLD, actor=actor, now=NOON)
    close(ended, actor=actor, now=NOON)
    shown = {
        view: names(desk.get(INBOX, {"view": view})) for view in ("waiting", "mine", "team", "all", "hold", "closed")
    }
    assert shown == {
        "waiting": ["Waits"],
        "mine": ["Mine"],
        "team": ["Hers"],
        "all": ["Held", "Hers", "Mine", "Waits"],
        "hold": ["Held"],
        "closed": ["Ended"],
    }
    numbers = desk.get(reverse("admin:inbox_counts")).json()
    assert numbers["views"] == {view: len(rooms) for view, rooms in shown.items()}
    assert numbers["unseen"] == 3  # what waits, what is held and mine; not what a colleague has


def test_the_newest_message_is_on_top(shop: Site, desk: Client) -> None:
    """CHAT-4."""
    first, _second = talk(shop, "First", minutes=1), talk(shop, "Second", minutes=2)
    visitor_says(first, "again", now=NOON + 3 * MINUTE)
    assert names(desk.get(ROOMS, {"view": "waiting"})) == ["First", "Second"]


def test_a_room_without_a_word_is_not_listed(shop: Site, desk: Client) -> None:
    """There is nothing to answer yet."""
    room_of(ContactFactory(site=shop))
    assert names(desk.get(ROOMS, {"view": "all"})) == []


@pytest.mark.parametrize("view", ["waiting", "all", "closed"])
def test_pages_go_on_where_the_last_one_ended(view: str, shop: Site, bob: Operator) -> None:
    """Every room once, also where several were written to in the same moment."""
    access = access_to(bob, shop.pk)
    assert access is not None
    for number in range(7):
        chat = talk(shop, f"P{number}", minutes=number // 3)
        if view == "closed":
            close(chat, actor=Actor.of_operator(bob), now=NOON)
    found, place = [], ""
    for _ in range(5):
        page = list_rooms(access, Asked(view), now=NOON, place=place, size=2)
        found += [room.chat.contact.name for room in page.rooms]
        place = page.after
        if not place:
            break
    assert found == ["P6", "P5", "P4", "P3", "P2", "P1", "P0"]


def test_a_page_costs_the_same_whatever_it_shows(
    shop: Site, bob: Operator, alice: Operator, django_assert_num_queries: object
) -> None:
    """Two statements: the rooms with people and grades, then tags and who is in them."""
    access = access_to(bob, shop.pk)
    assert access is not None
    tag = TagFactory(site=shop, name="VIP")
    for number in range(12):
        chat = talk(shop, f"P{number}", minutes=number)
        assign(chat, alice if number % 2 else bob, actor=Actor.of_operator(bob), now=NOON)
        ContactTagFactory(site=shop, contact=chat.contact, tag=tag)
        be_present(chat, alice, typing=False, now=NOON)
    with django_assert_num_queries(2):  # type: ignore[operator]
        page = list_rooms(access, Asked("all"), now=NOON)
        told = [(str(room.chat.assignee), room.chat.contact.name, room.tags, room.present) for room in page.rooms]
    assert len(told) == 12
    assert told[0][2][0].name == "VIP"
    assert told[0][3] == ["Alice"]


@pytest.mark.parametrize("query", ["이서연", "010-1234-5678", "seoyeon@", "#{number}", "{number}"])
def test_search_finds_by_contact_details_and_room_number_in_all_rooms(
    query: str, shop: Site, bob: Operator, desk: Client
) -> None:
    """CHAT-4: closed ones too, whatever the view."""
    chat = talk(shop, "이서연", mobile_number="+821012345678", email="seoyeon@example.com")
    talk(shop, "Somebody else")
    Chat.objects.filter(pk=chat.pk).update(number=98_765)
    close(chat, actor=Actor.of_operator(bob), now=NOON)
    assert names(desk.get(ROOMS, {"view": "waiting", "q": query.format(number=98_765)})) == ["이서연"]


def test_an_unknown_view_or_place_is_not_there(shop: Site, desk: Client) -> None:
    """FIL-11's habit: what is not understood is never widened."""
    assert desk.get(INBOX, {"view": "everything"}).status_code == 404
    assert desk.get(ROOMS, {"view": "all", "place": "made-up"}).status_code == 404


def test_only_those_asked_for_that_are_in_the_view_come_back(shop: Site, bob: Operator, desk: Client) -> None:
    """What the stream tells is looked up room by room."""
    waits, taken = talk(shop, "Waits"), talk(shop, "Taken")
    assign(taken, bob, actor=Actor.of_operator(bob), now=NOON)
    asked = {"view": "waiting", "only": f"{waits.pk},{taken.pk},nonsense,99999999999999999999999"}
    assert names(desk.get(ROOMS, asked)) == ["Waits"]


def test_a_customer_without_any_detail_is_told_apart_by_number(shop: Site, desk: Client) -> None:
    """CHAT-4: a chat alone makes a lead; there may be no name."""
    talk(shop, "", customer_number=4711)
    assert names(desk.get(ROOMS, {"view": "all"})) == ["Anonymous #4711"]


def test_contact_details_are_masked_for_who_may_not_see_them(shop: Site, victor: Operator) -> None:
    """SITE-4: where a phone number stands for the name."""
    talk(shop, "", mobile_number="+821012345678", mobile_number_norm="+821012345678")
    client = client_of(victor)
    response = client.get(INBOX)
    assert names(response) == ["••••5678"]
    assert "1012345678" not in response.content.decode()


def test_another_site_shows_in_no_view(shop: Site, charlie: Operator) -> None:
    """SITE-2."""
    chat = talk(shop, "이서연")
    client = client_of(charlie)
    for query in ({"view": "all"}, {"view": "all", "q": "이서연"}, {"view": "all", "only": str(chat.pk)}):
        assert names(client.get(ROOMS, query)) == []


def test_the_sidebar_counts_what_waits_for_me(shop: Site, alice: Operator, bob: Operator, desk: Client) -> None:
    """Mine and nobody's; a colleague's are the colleague's."""
    talk(shop, "Nobody's")
    hers = talk(shop, "Hers")
    assign(hers, alice, actor=Actor.of_operator(alice), now=NOON)
    answered = talk(shop, "Answered")
    operator_says(answered, "네", bob)
    assert desk.get(reverse("admin:counts")).json()["counts"][INBOX] == 1


def test_a_room_is_found_by_number_in_the_palette(shop: Site, desk: Client, charlie: Operator) -> None:
    """With and without “#”; not from another site."""
    chat = talk(shop, "이서연")
    for query in (str(chat.number), f"#{chat.number}"):
        hits = desk.get(reverse("admin:palette"), {"q": query}).json()["hits"]
        assert f"{INBOX}{chat.pk}/" in [hit["url"] for hit in hits]
    hits = client_of(charlie).get(reverse("admin:palette"), {"q": f"#{chat.number}"}).json()["hits"]
    assert hits == []


@pytest.mark.parametrize(
    ("posted", "status"),
    [
        ({"rooms": "400"}, 204),
        ({"panel": "10000"}, 204),
        ({"panelTab": "history"}, 204),
        ({"panelTab": "<b>"}, 400),
        ({"rooms": "-3"}, 400),
        ({"rooms": "wide"}, 400),
        ({"height": "5"}, 400),
        ({}, 400),
    ],
)
def test_the_look_is_kept_within_bounds(
    posted: dict[str, str], status: int, shop: Site, bob: Operator, desk: Client
) -> None:
    """CHAT-5: over logins and machines; what no page can show is refused or brought back."""
    assert desk.post(reverse("admin:inbox_look"), posted).status_code == status
    bob.refresh_from_db()
    if "panel" in posted:
        assert bob.preferences["inbox"] == {"rooms": 320, "panel": 720}
    if status == 204 and "panelTab" in posted:
        assert bob.preferences["panelTab"] == {str(shop.pk): "history"}


@pytest.mark.parametrize("view", ["waiting", "mine", "team", "all", "hold", "closed"])
def test_an_empty_view_says_the_next_step(view: str, shop: Site, desk: Client) -> None:
    """screens.md: empty states."""
    page = desk.get(INBOX, {"view": view}).content.decode()
    assert 'id="rooms-empty"' in page


def test_the_page_is_light(shop: Site, desk: Client) -> None:
    """screens.md: at most 60 kB for a list page."""
    for number in range(45):
        talk(shop, f"고객 {number}", minutes=number, text="주문한 찻잔이 아직 도착하지 않았어요. " * 5)
    response = desk.get(INBOX, {"view": "all"})
    assert len(response.context["rooms"]) == 40
    assert response.context["after"]
    assert len(response.content) < 90_000
