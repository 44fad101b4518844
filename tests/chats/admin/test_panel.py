"""CHAT-5: the panel beside the conversation, as a fragment with tabs."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chats.admin.panel_frames import allow_frames
from chats.categories import add_category
from chats.handling import assign, close
from chats.models import Attachment, Chat, ChatRequest, ChatSettings, PanelTab
from chats.noting import add_memo, set_category, set_room_tags
from chats.panel_history import READ_SIZE
from chats.requesting import ask
from contacts.merging import merge
from contacts.models import Contact, FieldType, ProfileField
from contacts.models.identity import VerifiedBy
from contacts.verified import verify_mobile
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.chats.people import HOUR, NOON, account, operator_says, room_of, visitor_says
from tests.conftest import client_of
from tests.factories import ChatFactory, ContactFactory, ContactTagFactory, TagFactory


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(
        site=shop,
        name="Kim Minsu",
        member_id="m-7",
        customer_number=77024,
        email="kim@example.com",
        email_qualified=True,
        mobile_number="+821012345678",
        memo="Likes tea",
        created_at=NOON,
    )


@pytest.fixture
def room(kim: Contact) -> Chat:
    options = {"page": "https://shop.example/bags?x=1", "parameters": {"order": "A-17", "phone": "01012345678"}}
    return room_of(kim, identity=account(kim, key="veil77"), account="main", **options)


@pytest.fixture
def desk(bob: Operator) -> Client:
    return client_of(bob)


def address(chat: Chat, rest: str = "") -> str:
    return f"/desk/inbox/{chat.pk}/panel/{rest}"


def shown(client: Client, chat: Chat, rest: str = "", **query: str) -> str:
    response = client.get(address(chat, rest), query)
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# --- tabs ---


def test_the_history_is_open_first_and_the_other_tabs_are_empty(desk: Client, room: Chat) -> None:
    """CHAT-5: site default: History; tabs are filled when they are chosen."""
    html = shown(desk, room)
    assert re.findall(r'data-panel-tab="([^"]+)"', html) == ["room", "customer", "history"]
    assert re.search(r'id="panel-tab-history"[^>]*aria-selected="true" tabindex="0"', html)
    assert html.count('role="tabpanel"') == 3
    assert html.count(" hidden>") == 2
    assert "Identification number" not in html


def test_the_sites_first_tab_and_the_operators_own_choice(desk: Client, bob: Operator, room: Chat, shop: Site) -> None:
    """CHAT-5: the chosen tab persists over logins and machines."""
    ChatSettings.objects.create(site=shop, first_tab="room")
    assert 'aria-controls="panel-room" aria-selected="true"' in shown(desk, room)
    assert desk.post("/desk/inbox/look/", {"panelTab": "customer"}).status_code == 204
    assert 'aria-controls="panel-customer" aria-selected="true"' in shown(client_of(bob), room)


def test_a_tab_that_does_not_exist_is_not_there(desk: Client, room: Chat) -> None:
    """An unknown name never shows something else."""
    for path in (address(room, "lookups/"), address(room, "custom-5/"), address(room) + "?tab=x"):
        assert desk.get(path).status_code == 404


@pytest.mark.parametrize(
    ("person", "expected"), [("alice", 200), ("bob", 200), ("victor", 200), ("charlie", 404), ("", 302)]
)
def test_who_sees_the_panel(person: str, expected: int, room: Chat, request: pytest.FixtureRequest) -> None:
    """SITE-2, SITE-3: everybody of the site; a room of another site is not there."""
    client = client_of(request.getfixturevalue(person)) if person else Client()
    for rest in ("", "room/", "customer/", "history/", f"read/{room.pk}/"):
        assert client.get(address(room, rest)).status_code == expected, rest


def test_a_tab_of_another_site_is_not_there(desk: Client, room: Chat, elsewhere: Site) -> None:
    """SITE-2"""
    tab = PanelTab.objects.create(site=elsewhere, name="Theirs", url="https://theirs.example/")
    assert desk.get(address(room, f"custom-{tab.pk}/")).status_code == 404
    assert "Theirs" not in shown(desk, room)


# --- Room ---


def test_the_room_tells_what_it_is(desk: Client, room: Chat, bob: Operator, alice: Operator, shop: Site) -> None:
    """CHAT-5: every line of the tab."""
    visitor_says(room, "Hello")
    level1 = add_category(shop, "Delivery", actor=SYSTEM)
    set_category(room, add_category(shop, "Late", parent=level1, actor=SYSTEM), note="parcel", actor=SYSTEM, now=NOON)
    set_room_tags(room, ["angry"], actor=SYSTEM, now=NOON)
    assign(room, bob, actor=SYSTEM, now=NOON)
    assign(room, alice, actor=Actor.of_operator(bob), now=NOON)
    close(room, actor=Actor.of_operator(alice), now=NOON + HOUR)
    text = words(shown(desk, room, "room/"))
    for expected in (
        "Agent Alice",
        "State Closed",
        "Identification number SHOP_veil77",
        f"Room number {room.number}",
        "Channel Web",
        "Company account main",
        "Category Delivery › Late › parcel",
        "Ended by Alice",
        "Total time 60 min",
        "Messages 1",
        "Attachments 0",
        "Consultations of this customer 1",
        "angry",
        "order A-17",
        "Bob &gt; Alice",
    ):
        assert expected in text
    assert 'href="https://shop.example/bags?x=1" target="_blank" rel="noopener noreferrer"' in shown(
        desk, room, "room/"
    )


def test_the_bot_stands_there_while_no_human_has_the_chat(desk: Client, room: Chat) -> None:
    """CHAT-5"""
    assert "Agent Bot-SHOP" in words(shown(desk, room, "room/"))


def test_a_page_that_is_no_web_address_is_no_link(desk: Client, kim: Contact) -> None:
    """What the visitor's browser said is shown, never followed."""
    chat = ChatFactory(contact=kim, channel="kakao", page="javascript:alert(1)", opened_at=NOON)
    html = shown(desk, chat, "room/")
    assert "javascript:alert(1)" in html
    assert 'href="javascript' not in html


def test_parameters_and_lines_are_masked_for_whoever_may_not_see(victor: Operator, room: Chat, kim: Contact) -> None:
    """SITE-4: a phone number that a page passed is a phone number."""
    call = room_of(kim, "phone", account(kim, "phone", "+821012345678"))
    reader = client_of(victor)
    assert "01012345678" not in shown(reader, room, "room/")
    assert "A-17" in shown(reader, room, "room/")
    assert "+821012345678" not in shown(reader, call, "room/")
    assert "SHOP_••••5678" in shown(reader, call, "room/")


def test_the_files_of_the_room_are_listed_for_download(desk: Client, room: Chat) -> None:
    """CHAT-5, CHAT-9: in the room and where its conversation is read."""
    message = visitor_says(room, "Look").message
    made = Attachment.objects.create(
        site=room.site,
        chat=room,
        message=message,
        name="invoice <1>.pdf",
        size=20_480,
        type="application/pdf",
        key="k",
        created_at=NOON,
    )
    for rest in ("room/", f"read/{room.pk}/"):
        html = shown(desk, room, rest)
        assert f'href="/desk/inbox/files/{made.pk}/"' in html
        assert "invoice &lt;1&gt;.pdf" in html
    assert "Attachments 1" in words(shown(desk, room, "room/"))
    assert "Attachments 1" in words(shown(desk, room, "history/"))


# --- Customer ---


def test_the_customer_is_shown_by_the_cards_of_the_contact_page(
    desk: Client, room: Chat, kim: Contact, shop: Site
) -> None:
    """CHAT-5: basic information, verification, parameters, tags, memo, kind, number, identities."""
    ContactTagFactory(site=shop, contact=kim, tag=TagFactory(site=shop, name="VIP"))
    ProfileField.objects.create(site=shop, key="size", label="Shoe size", type=FieldType.TEXT)
    verify_mobile(kim.identities.get(), "+821099998888", VerifiedBy.SMS, now=NOON)
    html = shown(desk, room, "customer/")
    for expected in (
        "Kim Minsu",
        "Member",
        "77024",
        "m-7",
        "010-1234-5678",
        "Likes tea",
        "SHOP_veil77",
        "VIP",
        "verified",
    ):
        assert expected in html
    for group in ("basic", "memo", "marketing"):
        assert f"/desk/contacts/contact/{kim.pk}/details/{group}/?edit" in html
    assert f'href="/desk/contacts/contact/{kim.pk}/change/"' in html
    assert f"/desk/contacts/contact/{kim.pk}/block/" in html
    assert f"/merge/?next=%2Fdesk%2Finbox%2F{room.pk}%2F" in html


def test_the_customer_is_masked_for_whoever_may_not_see(victor: Operator, room: Chat) -> None:
    """SITE-4, SITE-3: and a viewer changes nothing."""
    html = shown(client_of(victor), room, "customer/")
    assert "kim@example.com" not in html
    assert "1234-5678" not in html
    assert "?edit" not in html
    assert "/block/" not in html


def test_other_chats_of_the_person_are_at_hand(desk: Client, room: Chat, kim: Contact, shop: Site) -> None:
    """CHAT-5"""
    other = ChatFactory(contact=kim, channel="email", opened_at=NOON - HOUR, last_text="Where is it?")
    ChatFactory(contact=ContactFactory(site=shop), channel="email", last_text="Somebody else's")
    html = shown(desk, room, "customer/")
    assert f'href="/desk/inbox/{other.pk}/"' in html
    assert "Where is it?" in html
    assert "Somebody else" not in html
    assert f'href="/desk/inbox/{room.pk}/"' not in html


def test_after_a_merge_the_conversation_goes_on_with_the_survivor(
    desk: Client, room: Chat, kim: Contact, shop: Site
) -> None:
    """UNI-8"""
    lead = ContactFactory(site=shop, name="K", email="k@example.com")
    call = room_of(lead, "phone", account(lead, "phone"))
    merge(kim, lead, actor=SYSTEM, trigger="operator", now=NOON)
    html = shown(desk, call, "customer/")
    assert "Kim Minsu" in html
    assert f'data-contact="{kim.pk}"' in shown(desk, call)


def test_somebody_anonymous_has_no_details_to_show(desk: Client, shop: Site) -> None:
    """KIND-5"""
    nobody = ContactFactory(site=shop, kind="anonymous", name="", created_at=NOON)
    html = shown(desk, ChatFactory(contact=nobody), "customer/")
    assert "Nothing is known of this visitor yet" in html
    assert "details" not in re.findall(r"hx-get=\"[^\"]*", html)


# --- History ---


def test_the_history_shows_what_a_colleague_needs(desk: Client, room: Chat, bob: Operator, alice: Operator) -> None:
    """CHAT-5, CHAT-6"""
    assign(room, bob, actor=SYSTEM, now=NOON)
    assign(room, alice, actor=SYSTEM, now=NOON)
    add_memo(room, "Wants a refund\nby Friday", actor=Actor.of_operator(bob), now=NOON)
    text = words(shown(desk, room, "history/"))
    assert "Bob &gt; Alice Wants a refund" in text
    assert "by Friday" not in text
    assert f"#{room.number}" in text
    assert "this chat" in text


def test_a_short_history_has_no_filter_and_a_long_one_has(desk: Client, room: Chat, kim: Contact) -> None:
    """CHAT-5: filters by channel and period when there are many."""
    assert "data-panel-filter" not in shown(desk, room, "history/")
    for n in range(25):
        ChatFactory(contact=kim, channel="phone", opened_at=NOON - n * HOUR)
    html = shown(desk, room, "history/")
    assert "data-panel-filter" in html
    assert re.findall(r'<option value="(\w+)"', html) == ["web", "phone", "month", "quarter", "year"]
    assert f"#{room.number}" not in shown(desk, room, "history/", channel="phone")
    place = re.search(r"place=([^&]+)", html)
    assert place
    older = desk.get(address(room, f"history/?place={place[1]}")).content.decode()
    assert older.count('class="past"') == 26 - 20
    assert "data-panel-filter" not in older
    assert desk.get(address(room, "history/"), {"channel": "pigeon"}).status_code == 404


def test_a_chat_is_read_whole_with_its_memos(desk: Client, room: Chat, bob: Operator) -> None:
    """CHAT-5: also one of 5,000 messages: part by part."""
    add_memo(room, "Only among us", actor=Actor.of_operator(bob), now=NOON)
    operator_says(room, "Good morning", bob)
    for n in range(READ_SIZE):
        visitor_says(room, f"line {n} <b>", now=NOON)
    html = shown(desk, room, f"read/{room.pk}/")
    assert "Only among us" in html
    assert "Good morning" in html
    assert "line 5 &lt;b&gt;" in html
    assert f"line {READ_SIZE - 1} " not in html
    assert f"after={READ_SIZE}" in html
    rest = shown(desk, room, f"read/{room.pk}/", after=str(READ_SIZE))
    assert rest.count("spoken-line") == 1
    assert f"line {READ_SIZE - 1} " in rest
    for wrong in ("x", "-1", "1" * 40, "²"):
        assert desk.get(address(room, f"read/{room.pk}/"), {"after": wrong}).status_code == 404


def test_only_chats_of_this_person_are_read_here(desk: Client, room: Chat, shop: Site, elsewhere: Site) -> None:
    """SITE-2: and nobody else's of the same site."""
    for site in (shop, elsewhere):
        other = ChatFactory(contact=ContactFactory(site=site))
        assert desk.get(address(room, f"read/{other.pk}/")).status_code == 404


@pytest.mark.parametrize(("tab", "most"), [("room", 14), ("customer", 18), ("history", 10)])
def test_statements_are_the_same_with_3_chats_and_with_300(
    desk: Client, room: Chat, kim: Contact, bob: Operator, tab: str, most: int
) -> None:
    """Every tab costs the same, whoever the person is."""
    for _ in range(2):
        ChatFactory(contact=kim, channel="phone", opened_at=NOON)
    desk.get(address(room, f"{tab}/"))
    with CaptureQueriesContext(connection) as few:
        desk.get(address(room, f"{tab}/"))
    Chat.objects.bulk_create(
        Chat(
            site=kim.site,
            contact=kim,
            number=9_000 + n,
            channel="phone",
            opened_at=NOON,
            state="closed",
            closed_at=NOON,
        )
        for n in range(297)
    )
    with CaptureQueriesContext(connection) as many:
        desk.get(address(room, f"{tab}/"))
    assert len(many) == len(few) <= most


# --- tabs of the site's own ---


def test_a_tab_of_the_company_is_a_sandboxed_frame(desk: Client, room: Chat, shop: Site) -> None:
    """CHAT-5: https, without same-origin and without leading the desk elsewhere; loaded only when chosen."""
    tab = PanelTab.objects.create(site=shop, name="Orders", url="https://erp.example/orders?x=1&y=2")
    assert "Orders" in shown(desk, room)
    assert "<iframe" not in shown(desk, room)
    html = shown(desk, room, f"custom-{tab.pk}/")
    assert 'src="https://erp.example/orders?x=1&amp;y=2"' in html
    sandbox = re.search(r'sandbox="([^"]*)"', html)
    assert sandbox
    assert not {"allow-same-origin", "allow-top-navigation", "allow-top-navigation-by-user-activation"} & set(
        sandbox[1].split()
    )
    assert 'referrerpolicy="no-referrer"' in html


def test_only_the_hosts_of_the_tabs_may_be_framed(desk: Client, room: Chat, shop: Site, elsewhere: Site) -> None:
    """CHAT-5: exactly these, on this page alone."""
    assert "frame-src" not in desk.get(f"/desk/inbox/{room.pk}/").headers["Content-Security-Policy"]
    for site, url in (
        (shop, "https://erp.example/orders"),
        (shop, "https://erp.example:8443/a"),
        (shop, "http://plain.example/"),
        (shop, "https://bad.example;script-src *"),
        (elsewhere, "https://theirs.example/"),
    ):
        PanelTab.objects.create(site=site, name="x", url=url)
    policy = desk.get(f"/desk/inbox/{room.pk}/").headers["Content-Security-Policy"]
    assert "frame-src https://erp.example https://erp.example:8443;" in f"{policy};"
    assert "frame-src" not in desk.get("/desk/contacts/contact/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("url", ["http://plain.example/", "javascript:alert(1)", "HTTPS//x"])
def test_what_is_not_https_is_no_tab(desk: Client, room: Chat, shop: Site, url: str) -> None:
    """CHAT-5: https only, however the row came to be."""
    tab = PanelTab.objects.create(site=shop, name="Plain", url=url)
    assert desk.get(address(room, f"custom-{tab.pk}/")).status_code == 404
    assert "Plain" not in shown(desk, room)


def test_without_tabs_nothing_may_be_framed(shop: Site) -> None:
    """CHAT-5"""
    response = HttpResponse()
    allow_frames(response, shop)
    assert not hasattr(response, "_csp_update")


# --- requests ---


def post(client: Client, chat: Chat, **data: object) -> str:
    response = client.post(f"/desk/inbox/{chat.pk}/request/", data)
    assert response.status_code == 200
    return response.content.decode()


def test_a_change_of_agent_is_asked_and_accepted_in_the_panel(
    desk: Client, room: Chat, bob: Operator, alice: Operator
) -> None:
    """CHAT-6: only an accepted change hands the chat over."""
    assign(room, bob, actor=SYSTEM, now=NOON)
    html = post(desk, room, deed="ask", kind="agent", to=alice.pk, note="You know this customer")
    asked = ChatRequest.objects.get()
    assert "You know this customer" in html
    assert 'value="withdraw"' in html
    assert 'value="accept"' not in html
    html = post(client_of(alice), room, deed="accept", id=asked.pk, note="Gladly")
    room.refresh_from_db()
    assert room.assignee == alice
    assert "Gladly" in html
    assert "Bob &gt; Alice" in shown(desk, room, "room/")


def test_what_is_missing_is_said_where_it_was_typed(desk: Client, room: Chat, alice: Operator) -> None:
    """The form comes back open, with what was typed."""
    html = post(desk, room, deed="ask", kind="review", to=alice.pk, note="")
    assert "Say in a few words what it is about." in html
    assert f'<option value="{alice.pk}" selected>' in html
    assert re.search(r'id="panel-ask-review" open', html)
    assert not ChatRequest.objects.exists()


def test_a_request_is_refused_or_withdrawn(desk: Client, room: Chat, bob: Operator, alice: Operator) -> None:
    """CHAT-6"""
    first = ask(room, "review", alice, "Look", actor=Actor.of_operator(bob), now=NOON)
    assert "This request is not for you to decide." in post(desk, room, deed="accept", id=first.pk)
    post(client_of(alice), room, deed="refuse", id=first.pk, note="No")
    second = ask(room, "review", None, "Look again", actor=Actor.of_operator(bob), now=NOON)
    post(desk, room, deed="withdraw", id=second.pk)
    assert list(ChatRequest.objects.order_by("pk").values_list("state", flat=True)) == ["refused", "withdrawn"]


def test_who_only_reads_sees_requests_and_asks_nothing(
    victor: Operator, room: Chat, bob: Operator, alice: Operator
) -> None:
    """SITE-3"""
    request = ask(room, "review", None, "Look", actor=Actor.of_operator(bob), now=NOON)
    reader = client_of(victor)
    html = shown(reader, room, "room/")
    assert "Look" in html
    assert "<form" not in html
    assert reader.post(f"/desk/inbox/{room.pk}/request/", {"deed": "accept", "id": request.pk}).status_code == 403


def test_requests_of_other_rooms_and_sites_are_out_of_reach(
    desk: Client, charlie: Operator, room: Chat, kim: Contact, bob: Operator, alice: Operator
) -> None:
    """SITE-2"""
    other = ChatFactory(contact=kim, channel="phone")
    request = ask(other, "review", None, "Look", actor=Actor.of_operator(bob), now=NOON)
    url = f"/desk/inbox/{room.pk}/request/"
    assert client_of(charlie).post(url, {"deed": "ask", "kind": "review", "note": "x"}).status_code == 404
    for data in (
        {"deed": "withdraw", "id": request.pk},
        {"deed": "withdraw", "id": "x"},
        {"deed": "ask", "kind": "agent", "to": charlie.pk, "note": "x"},
        {"deed": "dance", "id": request.pk},
    ):
        assert desk.post(url, data).status_code == 404
    assert desk.get(url).status_code == 405


# --- ways between people and chats ---


def test_the_timeline_of_a_person_leads_to_the_room(desk: Client, room: Chat, kim: Contact) -> None:
    """LIST-5"""
    html = desk.get(f"/desk/contacts/contact/{kim.pk}/timeline/").content.decode()
    assert f'href="/desk/inbox/{room.pk}/"' in html
    assert "Open chat" in html
