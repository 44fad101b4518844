"""CHAT-5 in a real browser: the panel beside the conversation."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from chats.handling import assign, close
from chats.models import Chat, PanelTab
from chats.noting import add_memo
from contacts.details import change_details
from contacts.models import Contact, Merge, Source
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk, wait_until
from tests.browser.watching import Watch
from tests.chats.people import HOUR, NOON, account, operator_says, room_of, visitor_says
from tests.factories import ContactFactory, ContactTagFactory, TagFactory


@pytest.fixture
def kim(shop: Site) -> Contact:
    contact = ContactFactory(
        site=shop, name="Kim", email="kim@example.com", mobile_number="+821012345678", memo="Likes tea", created_at=NOON
    )
    ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop, name="VIP", color="#b3261e"))
    return contact


@pytest.fixture
def room(kim: Contact, alice: Operator, bob: Operator) -> Chat:
    """An open room, and one on the phone that has ended, handed over once, with a memo."""
    call = room_of(kim, "phone", account(kim, "phone", "+821012345678"), now=NOON - 2 * HOUR)
    for n in range(130):
        visitor_says(call, f"line {n + 1}", now=NOON - 2 * HOUR)
    assign(call, bob, actor=SYSTEM, now=NOON)
    assign(call, alice, actor=SYSTEM, now=NOON)
    add_memo(call, "Wants a refund\nby Friday", actor=Actor.of_operator(bob), now=NOON)
    operator_says(call, "The last word", alice, now=NOON)
    close(call, actor=Actor.of_operator(alice), now=NOON)
    room = room_of(kim, identity=account(kim, key="veil77"), page="https://shop.example/bags")
    visitor_says(room, "Hello")
    return room


def happened(page: Page, chat: Chat, kind: str = "chat") -> None:
    """What the page tells its parts when the stream has told it something."""
    detail = {"kind": kind, "chat": str(chat.pk), "contact": str(chat.contact_id)}
    page.evaluate(f"document.dispatchEvent(new CustomEvent('chats:event', {{detail: {json.dumps(detail)}}}))")


def opened(desk_page: OpenDesk, operator: Operator, chat: Chat, tab: str = "", **options: object) -> Page:
    """The room with its panel, and in it the tab."""
    page = desk_page(operator, f"/desk/inbox/{chat.pk}/", **options)  # type: ignore[arg-type]
    if page.viewport_size and page.viewport_size["width"] < 800:
        page.evaluate("document.getElementById('inbox').dataset.area = 'panel'")
    expect(page.get_by_role("tab")).to_have_count(3 + PanelTab.objects.count())
    if tab:
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel", name=tab).locator("[data-parts]").first).to_be_visible()
    return page


def test_tabs_are_walked_and_chosen_by_keyboard(desk_page: OpenDesk, alice: Operator, room: Chat) -> None:
    """CHAT-5, ARIA: arrows move, Enter chooses; the choice is kept for the next time, on any machine."""
    page = opened(desk_page, alice, room)
    history, room_tab = page.get_by_role("tab", name="History"), page.get_by_role("tab", name="Room")
    expect(history).to_have_attribute("aria-selected", "true")
    history.focus()
    page.keyboard.press("ArrowRight")
    expect(room_tab).to_be_focused()
    expect(history).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(history).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Customer")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(room_tab).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name="Room")).to_contain_text("SHOP_veil77")
    expect(page.get_by_role("tabpanel", name="History")).to_be_hidden()

    def is_kept() -> bool:
        alice.refresh_from_db()
        return bool(alice.preferences.get("panelTab", {}).get(str(room.site_id)) == "room")

    wait_until(is_kept, page=page)
    again = opened(desk_page, alice, room)
    expect(again.get_by_role("tab", name="Room")).to_have_attribute("aria-selected", "true")


def test_what_is_typed_survives_what_happens_meanwhile(desk_page: OpenDesk, alice: Operator, room: Chat) -> None:
    """CHAT-5: the panel refreshes itself without closing an editor; the other parts are new at once."""
    page = opened(desk_page, alice, room, "Customer")
    page.get_by_role("button", name="Edit: Profile").click()
    field = page.locator("#id_basic_name")
    expect(field).to_be_focused()
    field.fill("Kim Minsu")
    change_details(
        room.contact,
        {"memo": "Likes coffee", "name": "K."},
        source=Source.OPERATOR,
        source_label="Bob",
        actor=SYSTEM,
        now=NOON,
    )
    happened(page, room)
    expect(page.locator("#card-memo")).to_contain_text("Likes coffee")
    expect(field).to_have_value("Kim Minsu")
    expect(field).to_be_focused()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    expect(page.locator("#contact-header")).to_contain_text("Kim Minsu")
    expect(page.locator("#card-basic form")).to_have_count(0)


def test_an_editor_that_is_left_shows_what_happened(desk_page: OpenDesk, alice: Operator, room: Chat) -> None:
    """CHAT-5: what was left alone is fetched when the writing is over."""
    page = opened(desk_page, alice, room, "Customer")
    page.get_by_role("button", name="Edit: Profile").click()
    expect(page.locator("#id_basic_name")).to_be_focused()
    change_details(
        room.contact,
        {"memo": "Likes coffee", "name": "K."},
        source=Source.OPERATOR,
        source_label="Bob",
        actor=SYSTEM,
        now=NOON,
    )
    happened(page, room)
    expect(page.locator("#card-memo")).to_contain_text("Likes coffee")
    page.keyboard.press("Escape")
    expect(page.locator("#card-basic")).to_contain_text("K.")


def test_a_note_that_was_begun_stays(desk_page: OpenDesk, alice: Operator, bob: Operator, room: Chat) -> None:
    """CHAT-6: also in the forms of requests, and their fold stays open."""
    page = opened(desk_page, bob, room, "Room")
    page.get_by_text("Ask for a review").click()
    note = page.locator("#panel-ask-review-note")
    note.fill("Please look at this")
    page.get_by_role("tab", name="Room").focus()
    assign(room, bob, actor=SYSTEM, now=NOON)
    happened(page, room)
    expect(page.locator("#panel-room [data-part=facts]")).to_contain_text("Bob")
    expect(note).to_be_visible()
    expect(note).to_have_value("Please look at this")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".panel-request")).to_contain_text("Please look at this")


def test_typed_text_waits_in_a_tab_that_is_left(desk_page: OpenDesk, alice: Operator, room: Chat) -> None:
    """CHAT-5: a look at another tab loses nothing."""
    page = opened(desk_page, alice, room, "Customer")
    page.get_by_role("button", name="Edit: Memo").click()
    page.locator("#id_memo_memo").fill("Begun")
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".past")).to_have_count(2)
    happened(page, room)
    page.get_by_role("tab", name="Customer").click()
    expect(page.locator("#id_memo_memo")).to_have_value("Begun")


def test_a_chat_of_the_history_is_read_whole_and_left(desk_page: OpenDesk, alice: Operator, room: Chat) -> None:
    """CHAT-5: with its memos, part by part; back to where one was, by keyboard too."""
    page = opened(desk_page, alice, room, "History")
    row = page.locator(".past").nth(1)
    expect(row).to_contain_text("Bob > Alice")
    expect(row).to_contain_text("Wants a refund")
    row.get_by_role("button").focus()
    page.keyboard.press("Enter")
    title = page.locator("#past-read-title")
    expect(title).to_be_focused()
    panel = page.get_by_role("tabpanel", name="History")
    expect(panel).to_contain_text("by Friday")
    expect(page.locator(".spoken-line")).to_have_count(100)
    panel.get_by_role("button", name="Read on: 31 more messages").click()
    expect(page.locator(".spoken-line")).to_have_count(131)
    expect(panel).to_contain_text("The last word")
    happened(page, room)
    expect(page.locator(".spoken-line")).to_have_count(131)
    title.focus()
    page.keyboard.press("Escape")
    expect(page.locator(".past").nth(1).get_by_role("button")).to_be_focused()


def test_a_new_chat_appears_in_the_history(desk_page: OpenDesk, alice: Operator, room: Chat, kim: Contact) -> None:
    """CHAT-5: the panel listens to everything about this person."""
    page = opened(desk_page, alice, room, "History")
    expect(page.locator(".past")).to_have_count(2)
    mail = room_of(kim, "email", account(kim, "email", "kim@example.com"), now=NOON + HOUR)
    happened(page, mail)
    expect(page.locator(".past")).to_have_count(3)
    expect(page.locator(".past").first).to_contain_text(f"#{mail.number}")


def test_a_merge_begins_in_the_panel_and_comes_back_to_the_conversation(
    desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site
) -> None:
    """UNI-6: the conversation goes on with the survivor; Undo is at hand."""
    member = ContactFactory(site=shop, name="Kim Minsu", member_id="m-7", customer_number=77024)
    page = opened(desk_page, alice, room, "Customer")
    page.locator("#contact-header").get_by_role("link", name="Merge").click()
    page.get_by_role("searchbox", name="Search for the same person").fill("Minsu")
    page.locator(".merge-person", has_text="Kim Minsu").click()
    page.locator(".merge-confirm button[type=submit]").click()
    page.wait_for_url(f"**/desk/inbox/{room.pk}/")
    expect(page.locator(".toast")).to_contain_text("Kim Minsu")
    expect(page.locator(".toast").get_by_role("button", name="Undo")).to_be_visible()
    expect(page.locator("#contact-header")).to_contain_text("77024")
    room.refresh_from_db()
    assert room.contact_id == member.pk == Merge.objects.get().survivor_id


def test_blocking_and_tagging_stay_in_the_panel(desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site) -> None:
    """BOOT-14, TAG-3: by the same boxes as on the contact page."""
    TagFactory(site=shop, name="regular")
    page = opened(desk_page, alice, room, "Customer")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#contact-tags").get_by_role("button", name="Tag", exact=True).click()
    page.locator("#contact-tag-picker-search").fill("regular")
    page.get_by_role("option", name="regular").click()
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.locator("#contact-tags")).to_contain_text("regular")
    page.locator("#contact-header").get_by_role("button", name="Block", exact=True).click()
    expect(page.locator("#contact-header .badge-danger")).to_contain_text("blocked")
    page.locator("#contact-header").get_by_role("button", name="Lift the block").click()
    expect(page.locator("#contact-header .badge-danger")).to_have_count(0)


def test_a_page_of_the_company_runs_in_its_sandbox(
    desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site, watch: Watch
) -> None:
    """CHAT-5: it runs, it reaches neither the desk nor its cookies, and it does not lead the desk elsewhere."""
    PanelTab.objects.create(site=shop, name="Orders", url="https://localhost/orders")
    asked = list[dict[str, str]]()

    def answer(route: Route) -> None:
        asked.append(route.request.headers)
        script = """<p id=said>nothing</p><script>
          let said = [];
          try { void parent.document.body; said.push("desk"); } catch { said.push("no desk"); }
          try { void document.cookie; said.push("cookie"); } catch { said.push("no cookie"); }
          try { top.location = "https://localhost/elsewhere"; said.push("led"); } catch { said.push("not led"); }
          document.getElementById("said").textContent = said.join(", ");
        </script>"""
        route.fulfill(content_type="text/html", body=script)

    watch.expect("localhost|sandbox|navigate")
    page = desk_page(alice, "")
    page.context.route("https://localhost/**", answer)
    page.goto(f"/desk/inbox/{room.pk}/")
    expect(page.get_by_role("tab", name="Orders")).to_be_visible()
    assert asked == []
    page.get_by_role("tab", name="Orders").click()
    expect(page.frame_locator(".panel-frame").locator("#said")).to_have_text("no desk, no cookie, not led")
    assert "referer" not in asked[0]
    page.get_by_role("tab", name="Room").click()
    page.get_by_role("tab", name="Orders").click()
    expect(page.locator(".panel-frame")).to_be_visible()
    assert len(asked) == 1
    assert f"/desk/inbox/{room.pk}/" in page.url


def test_a_tab_that_cannot_be_loaded_says_so(desk_page: OpenDesk, alice: Operator, room: Chat, watch: Watch) -> None:
    """screens.md: an error says what happened and what to do."""
    watch.expect("panel/customer")
    page = opened(desk_page, alice, room)
    page.route("**/panel/customer/", lambda route: route.abort())
    page.get_by_role("tab", name="Customer").click()
    panel = page.get_by_role("tabpanel", name="Customer")
    expect(panel.get_by_role("alert")).to_be_visible()
    page.unroute("**/panel/customer/")
    panel.get_by_role("button", name="Try again").click()
    expect(page.locator("#contact-header")).to_be_visible()


def test_a_chat_that_cannot_be_read_leaves_the_history_as_it_was(
    desk_page: OpenDesk, alice: Operator, room: Chat, watch: Watch
) -> None:
    """screens.md: an error says what happened, and nothing is lost by it."""
    watch.expect("panel/read")
    page = opened(desk_page, alice, room, "History")
    page.route("**/panel/read/**", lambda route: route.abort())
    page.locator(".past").nth(1).get_by_role("button").click()
    expect(page.locator(".toast")).to_contain_text("could not be loaded")
    expect(page.locator(".past")).to_have_count(2)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [380, 1440])
def test_the_panel_is_accessible_and_fits(
    desk_page: OpenDesk, alice: Operator, room: Chat, width: int, dark: bool
) -> None:
    """screens.md: axe finds nothing, and nothing is wider than its column."""
    page = opened(desk_page, alice, room, width=width, dark=dark)
    for tab in ("Room", "Customer", "History"):
        page.get_by_role("tab", name=tab).click()
        panel = page.get_by_role("tabpanel", name=tab)
        expect(panel.locator("[data-parts]").first).to_be_visible()
        if tab == "Customer":
            page.get_by_role("button", name="Edit: Profile").click()
            expect(page.locator("#card-basic form")).to_be_visible()
        if tab == "History":
            page.locator(".past").nth(1).get_by_role("button").click()
            expect(page.locator("#past-read-title")).to_be_visible()
        result = Axe().run(page, context="#chat-panel")
        assert result.violations_count == 0, result.generate_report()
        assert panel.evaluate("one => one.scrollWidth <= one.clientWidth")
