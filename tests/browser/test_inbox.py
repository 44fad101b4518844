"""CHAT-4, CHAT-5 in real browsers: two operators and a customer side by side; drafts, dividers, keys, a phone."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from chats.answers import create_answer
from chats.handling import assign, close
from chats.messaging import mark_read_by_visitor
from chats.models import Chat, Memo, Message, Presence
from chats.noting import add_memo
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk, wait_until
from tests.browser.watching import Watch, check_accessibility
from tests.chats.people import operator_says, room_of, visitor_says
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

INBOX = "/desk/inbox/"


def talk(site: Site, name: str, *texts: str, **details: Any) -> Chat:
    """A customer writes, now."""
    chat = room_of(ContactFactory(site=site, name=name, **details), now=timezone.now())
    for text in texts or ("안녕하세요",):
        visitor_says(chat, text, now=timezone.now())
    return chat


def say_now(chat: Chat, text: str) -> None:
    visitor_says(chat, text, now=timezone.now())


def row(page: Page, name: str) -> Locator:
    return page.locator("#rooms-list .room-row", has_text=name)


def composer(page: Page) -> Locator:
    return page.locator("#composer-text")


def bubble(page: Page, text: str) -> Locator:
    return page.locator("#items .bubble", has_text=text)


def opened(page: Page, chat: Chat) -> Page:
    """Wait until the room is there and listens."""
    expect(page.locator(f"#conversation[data-chat='{chat.pk}']")).to_be_visible()
    return page


def distance_to_end(page: Page) -> int:
    return int(
        page.evaluate(
            "(() => { const m = document.getElementById('messages'); return m.scrollHeight - m.scrollTop - m.clientHeight; })()"
        )
    )


def test_a_message_appears_by_itself(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: in the conversation, on top of the list, in title and sidebar; a new room too."""
    chat = talk(shop, "이서연", "첫 문의")
    talk(shop, "Later", "I came second")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    expect(page.locator("#rooms-list .room-name").first).to_have_text("Later")
    say_now(chat, "아직 계신가요?")
    expect(bubble(page, "아직 계신가요?")).to_be_visible()
    expect(page.locator("#rooms-list .room-name").first).to_have_text("이서연")
    expect(row(page, "이서연")).to_contain_text("아직 계신가요?")
    talk(shop, "Brand new", "Hello there")
    expect(page.locator("#rooms-list .room-name").first).to_have_text("Brand new")
    expect(page.locator("[data-count=waiting]")).to_have_text("3")
    expect(page).to_have_title(re.compile(r"^\(\d\) "))


def test_two_operators_see_each_other(desk_page: OpenDesk, shop: Site, alice: Operator, bob: Operator) -> None:
    """CHAT-4: who is here, who writes, and what the other one answers."""
    chat = talk(shop, "이서연")
    hers = opened(desk_page(alice, f"{INBOX}{chat.pk}/"), chat)
    his = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    expect(hers.locator("#who-is-here")).to_have_text("Also here: Bob")
    composer(his).press_sequentially("네, 곧")
    expect(hers.locator("#who-is-here")).to_have_text("Bob is writing …")
    composer(his).press("Enter")
    expect(bubble(hers, "네, 곧")).to_be_visible()
    expect(hers.locator(".message-author", has_text="Bob")).to_be_attached()
    expect(hers.locator("#chat-head")).to_contain_text("In progress")


def test_an_answer_stands_there_at_once_and_is_said_once(
    desk_page: OpenDesk, shop: Site, bob: Operator, watch: Watch
) -> None:
    """CHAT-4: nothing lost, nothing twice: the answer of the server gets lost, trying again says it once."""
    watch.expect("ERR_FAILED|Failed to fetch")
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    lost: list[int] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # the server has it, the browser never hears of it
        route.abort()

    page.route("**/say/", lose)
    composer(page).fill("확인했습니다")
    composer(page).press("Enter")
    failed = page.locator(".message.is-failed")
    # The stream may tell of the message before anybody tries again; then nothing is left to try.
    expect(bubble(page, "확인했습니다")).to_have_count(1)
    wait_until(lambda: bool(lost), page=page)
    # In one go: between looking and clicking the stream may come.
    failed.get_by_role("button", name="Try again").evaluate_all("all => all.forEach((one) => one.click())")
    expect(page.locator(".message.is-failed, .message.is-sending")).to_have_count(0)
    expect(bubble(page, "확인했습니다")).to_have_count(1)
    assert Message.objects.filter(chat=chat, author="operator").count() == 1


def test_what_could_not_be_sent_is_kept_over_a_reload(
    desk_page: OpenDesk, shop: Site, bob: Operator, watch: Watch
) -> None:
    """CHAT-4: an error keeps the text."""
    watch.expect("ERR_FAILED|Failed to fetch")
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    page.route("**/say/", lambda route: route.abort())
    composer(page).fill("first try")
    composer(page).press("Enter")
    expect(page.locator(".message.is-failed")).to_contain_text("Not sent")
    page.unroute("**/say/")
    page.reload()
    page.locator(".message.is-failed").get_by_role("button", name="Try again").click()
    expect(page.locator(".message.is-failed, .message.is-sending")).to_have_count(0)
    expect(bubble(page, "first try")).to_have_count(1)


def test_a_refused_answer_comes_back_with_the_reason(
    desk_page: OpenDesk, shop: Site, bob: Operator, watch: Watch
) -> None:
    """Closed by a colleague in the moment of sending."""
    watch.expect("422")
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    composer(page).fill("too late")
    page.route("**/news/**", lambda route: route.abort())
    watch.expect("ERR_FAILED|Failed to fetch")
    close(chat, actor=SYSTEM, now=timezone.now())
    composer(page).press("Enter")
    expect(page.locator("#composer-problem")).to_contain_text("This chat is closed.")
    expect(composer(page)).to_have_value("too late")
    expect(page.locator(".message.is-sending, .message.is-failed")).to_have_count(0)


def test_a_draft_survives_news_switching_and_reload(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """screens.md: typing is never interrupted by an update; each room keeps its own draft."""
    chat, other = talk(shop, "이서연"), talk(shop, "Other")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    composer(page).press_sequentially("half a sen")
    say_now(chat, "one more thing")
    expect(bubble(page, "one more thing")).to_be_visible()
    expect(composer(page)).to_be_focused()
    composer(page).press_sequentially("tence")
    expect(composer(page)).to_have_value("half a sentence")
    row(page, "Other").locator("a").click()
    opened(page, other)
    expect(composer(page)).to_have_value("")
    row(page, "이서연").locator("a").click()
    opened(page, chat)
    expect(composer(page)).to_have_value("half a sentence")
    page.reload()
    expect(composer(page)).to_have_value("half a sentence")


def test_what_one_reads_stays_where_it_is(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: scrolled up, a new message shows a pill and moves nothing."""
    chat = talk(shop, "이서연", *(f"message {number}" for number in range(30)))
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    expect(bubble(page, "message 29")).to_be_in_viewport()
    page.locator("#messages").hover()
    page.mouse.wheel(0, -600)
    wait_until(lambda: distance_to_end(page) > 300, page=page)
    seen = page.locator("#items .bubble", has_text="message 15").bounding_box()
    say_now(chat, "below the fold")
    expect(page.locator("#new-pill")).to_be_visible()
    assert page.locator("#items .bubble", has_text="message 15").bounding_box() == seen
    page.locator("#new-pill").click()
    expect(bubble(page, "below the fold")).to_be_in_viewport()
    expect(page.locator("#new-pill")).to_be_hidden()


def test_older_messages_come_on_the_way_up(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: page by page, without losing the place."""
    chat = talk(shop, "이서연", *(f"message {number}" for number in range(130)))
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    expect(bubble(page, "message 129")).to_be_in_viewport()
    expect(page.locator("#m-80")).to_have_count(0)
    page.evaluate("document.getElementById('messages').scrollTop = 150")
    before = page.locator("#m-81").bounding_box()
    expect(page.locator("#m-80")).to_be_attached()
    after = page.locator("#m-81").bounding_box()
    assert before is not None
    assert after is not None
    # The scrolling that brought it here may still be under way by a pixel.
    assert abs(after["y"] - before["y"]) <= 2 or after["y"] > before["y"] - 2
    for _ in range(4):
        page.evaluate("document.getElementById('messages').scrollTop = 0")
        page.wait_for_timeout(150)
    expect(page.locator("#m-1")).to_be_attached()
    expect(page.locator("#items .message")).to_have_count(130)
    expect(page.locator("#items .day-mark")).to_have_count(1)


def test_a_room_that_leaves_the_view_stays_until_it_is_left(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: answering takes a chat out of “waiting”; it does not vanish under one's hands."""
    chat, other = talk(shop, "이서연"), talk(shop, "Other")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/?view=waiting"), chat)
    composer(page).fill("네")
    composer(page).press("Enter")
    expect(page.locator("#chat-head")).to_contain_text("In progress")
    expect(page.locator("[data-count=waiting]")).to_have_text("1")
    expect(row(page, "이서연")).to_be_visible()
    row(page, "Other").locator("a").click()
    opened(page, other)
    expect(row(page, "이서연")).to_be_hidden()


def test_dividers_are_remembered_on_every_machine(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-5: dragged or moved by keys; over logins."""
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    divider = page.locator("[data-divider=rooms]")
    expect(divider).to_have_attribute("aria-valuenow", "320")
    box = divider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"], 400)
    page.mouse.down()
    page.mouse.move(box["x"] + 62, 400, steps=5)
    page.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "380")
    panel = page.locator("[data-divider=panel]")
    panel.focus()
    panel.press("ArrowRight")
    expect(panel).to_have_attribute("aria-valuenow", "320")

    def kept() -> bool:
        bob.refresh_from_db()
        return bob.preferences.get("inbox") == {"rooms": 380, "panel": 320}

    wait_until(kept, page=page)
    elsewhere = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    rooms, aside = elsewhere.locator("#inbox-rooms").bounding_box(), elsewhere.locator("#chat-panel").bounding_box()
    assert rooms is not None
    assert aside is not None
    assert (round(rooms["width"]), round(aside["width"])) == (380, 320)


def test_the_whole_round_by_keyboard(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: J and K walk and open, R writes, Enter sends, Shift+Enter does not, Esc goes back."""
    talk(shop, "First")
    chat = talk(shop, "Second")
    page = desk_page(bob, f"{INBOX}?view=all")
    expect(row(page, "Second")).to_be_visible()
    page.keyboard.press("j")
    opened(page, chat)
    page.keyboard.press("r")
    expect(composer(page)).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(bubble(page, "one")).to_contain_text("two")
    expect(composer(page)).to_have_value("")
    page.keyboard.press("Escape")
    expect(row(page, "Second").locator("a")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(row(page, "First").locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#chat-head")).to_contain_text("First")
    page.keyboard.press("/")
    expect(page.locator("#quick-search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#inbox-keys")).to_be_visible()


def test_enter_that_ends_a_word_sends_nothing(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """Hangul and Kana are composed; Enter ends the word first."""
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    composer(page).fill("안녕")
    composer(page).evaluate(
        "(field) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    composer(page).evaluate(
        "(field) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))"
    )
    expect(composer(page)).to_have_value("안녕")
    expect(page.locator("#items .message")).to_have_count(1)


def test_a_memo_is_visibly_no_message(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: another colour, another word, another button; the answer's draft waits."""
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    composer(page).fill("an answer")
    page.locator("#composer").get_by_role("button", name="Memo", exact=True).click()
    expect(page.get_by_role("button", name="Save memo")).to_be_visible()
    composer(page).fill("only for us")
    composer(page).press("Control+Enter")
    expect(page.locator(".memo")).to_contain_text("only for us")
    expect(composer(page)).to_have_value("")
    page.locator("#composer").get_by_role("button", name="Answer", exact=True).click()
    expect(composer(page)).to_have_value("an answer")
    assert Memo.objects.get().text == "only for us"
    assert Message.objects.filter(chat=chat).count() == 1


def test_closing_is_undone_from_its_toast_and_a_closed_room_offers_it(
    desk_page: OpenDesk, shop: Site, bob: Operator
) -> None:
    """CHAT-3."""
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    page.locator("#chat-head").get_by_role("button", name="Close").click()
    expect(composer(page)).to_be_disabled()
    expect(page.locator(".line", has_text="Bob ended the chat")).to_be_visible()
    page.locator("#composer-closed").get_by_role("button", name="Open again").click()
    expect(composer(page)).to_be_enabled()
    page.locator("#chat-head").get_by_role("button", name="Close").click()
    page.locator(".toast", has_text="is closed").last.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("is open again")
    chat.refresh_from_db()
    assert chat.is_open


def test_agent_state_category_and_tags_are_chosen_in_the_head(
    desk_page: OpenDesk, shop: Site, alice: Operator, bob: Operator
) -> None:
    """CHAT-3: what is chosen stands there, and focus stays at its button."""
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    agent = page.locator("[popovertarget=agent-menu]")
    agent.click()
    page.locator("#agent-menu").get_by_role("button", name="Take it myself").click()
    expect(agent).to_contain_text("Bob")
    expect(agent).to_be_focused()
    expect(page.locator(".line", has_text="Bob took the chat")).to_be_visible()
    page.locator("[popovertarget=state-menu]").click()
    page.locator("#state-menu").get_by_role("button", name="On hold").click()
    expect(page.locator("[popovertarget=state-menu]")).to_contain_text("On hold")
    page.locator("[popovertarget=roomtag-menu]").click()
    page.locator("#roomtag-menu").get_by_role("textbox").fill("환불, 급함")
    page.locator("#roomtag-menu").get_by_role("button", name="Save").click()
    expect(page.locator("[popovertarget=roomtag-menu]")).to_contain_text("급함, 환불")


def test_saved_answers_by_a_slash(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: searched, chosen by arrows, filled, put where the cursor is."""
    chat = talk(shop, "이서연")
    for name, text in (("인사", "{name}님, {agent}입니다."), ("반품", "7일 이내에 가능합니다.")):
        create_answer(shop, name=name, text=text, actor=SYSTEM, now=timezone.now())
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    composer(page).press("/")
    expect(page.locator("#answers-search")).to_be_focused()
    expect(page.locator("#answers .answer")).to_have_count(2)
    page.locator("#answers-search").fill("인사")
    expect(page.locator("#answers .answer")).to_have_count(1)
    page.locator("#answers-search").press("Enter")
    expect(composer(page)).to_have_value("이서연님, Bob입니다.")
    expect(composer(page)).to_be_focused()


def test_a_file_is_attached_and_sent(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-9: chosen, shown with its name, taken away again, sent as a card."""
    chat = talk(shop, "이서연")
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"hello"} for name in ("one.txt", "two.txt")]
    page.locator("#composer-file").set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator(".composer-file progress")).to_have_count(0)
    page.get_by_role("button", name="Take one.txt away").click()
    expect(page.locator(".composer-file")).to_have_count(1)
    composer(page).press("Enter")
    expect(page.locator("#items a.file-card")).to_contain_text("two.txt")
    expect(page.locator(".composer-file")).to_have_count(0)


def test_the_visitor_has_read_it(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: the mark stands at the last answer that was read."""
    chat = talk(shop, "이서연")
    operator_says(chat, "one", bob, now=timezone.now())
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    expect(page.locator(".read-mark:visible")).to_have_count(0)
    mark_read_by_visitor(chat, now=timezone.now())
    expect(page.locator("#m-2 .read-mark")).to_be_visible()


def test_seeing_a_room_takes_its_mark(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: the number at the row goes when it is opened."""
    chat = talk(shop, "이서연")
    page = desk_page(bob, INBOX)
    expect(row(page, "이서연").locator(".count")).to_contain_text("1")
    row(page, "이서연").locator("a").click()
    opened(page, chat)
    expect(row(page, "이서연").locator(".count")).to_have_count(0)
    wait_until(lambda: Presence.objects.filter(chat=chat, operator=bob).exists(), page=page)


def test_on_a_phone_one_area_at_a_time(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """screens.md: 380 px: list, conversation, panel, with a way back."""
    chat = talk(shop, "이서연")
    page = desk_page(bob, INBOX, width=380)
    expect(page.locator("#room")).to_be_hidden()
    row(page, "이서연").locator("a").click()
    opened(page, chat)
    expect(page.locator("#inbox-rooms")).to_be_hidden()
    page.get_by_role("button", name="About the customer").click()
    expect(page.locator("#chat-panel")).to_be_visible()
    page.get_by_role("button", name="Back to the conversation").click()
    expect(page.locator("#chat-panel")).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#inbox-rooms")).to_be_visible()
    expect(page.locator("#room")).to_be_hidden()


UGLY = (
    "<img src=x onerror=alert(1)><b>bold</b>",
    "x" * 400,
    "https://example.com/" + "a" * 300,
    "\u202eright to left\u202c and \u2067back\u2069",
    "\u200b" * 50 + "zero width",
    "여러 줄\n\n두 번째\n    들여쓰기",
    "긴 글 " * 1200,
    "שלום, זה עברית",
)


@pytest.mark.parametrize("width", [380, 1440])
def test_whatever_is_written_breaks_nothing(width: int, desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """Text is text; nothing is wider than its place."""
    chat = talk(shop, "아주 긴 이름을 가진 고객 " * 5, *UGLY)
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/", width=width), chat)
    expect(page.locator("#items .bubble").last).to_contain_text("שלום")
    assert page.locator("#items :is(b, img)").count() == 0
    wide = "[...document.querySelectorAll('#messages, #inbox-rooms, #rooms, #conversation, html')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.id || e.tagName)"
    assert page.evaluate(wide) == []


def test_who_only_reads_sees_it_live(desk_page: OpenDesk, shop: Site, victor: Operator) -> None:
    """SITE-3: everything appears, and there is nothing to press that would be refused."""
    chat = talk(shop, "이서연")
    page = opened(desk_page(victor, f"{INBOX}{chat.pk}/"), chat)
    expect(page.locator("#composer, #chat-head [hx-post]")).to_have_count(0)
    say_now(chat, "live")
    expect(bubble(page, "live")).to_be_visible()
    assert not Presence.objects.exists()


def test_a_view_is_chosen_and_the_room_stays_open(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: the list changes, the conversation does not."""
    chat = talk(shop, "이서연")
    mine = talk(shop, "Mine")
    assign(mine, bob, actor=Actor.of_operator(bob), now=timezone.now())
    page = opened(desk_page(bob, f"{INBOX}{chat.pk}/"), chat)
    page.locator("#view-mine").click()
    expect(page.locator("#rooms-list .room-name")).to_have_text(["Mine"])
    expect(page.locator("#view-mine")).to_have_attribute("aria-current", "true")
    opened(page, chat)
    page.reload()
    expect(page.locator("#view-mine")).to_have_attribute("aria-current", "true")
    opened(page, chat)
    page.locator("#quick-search").fill(str(chat.number))
    expect(page.locator("#view-mine")).not_to_have_attribute("aria-current", "true")


def test_the_list_goes_on_when_one_scrolls(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-4: page by page."""
    for number in range(90):
        talk(shop, f"Person {number}")
    page = desk_page(bob, f"{INBOX}?view=all")
    expect(page.locator("#rooms-list [data-room]")).to_have_count(40)
    page.locator(".rooms-more").scroll_into_view_if_needed()
    expect(page.locator("#rooms-list [data-room]")).to_have_count(80)
    page.locator(".rooms-more").scroll_into_view_if_needed()
    expect(page.locator("#rooms-list [data-room]")).to_have_count(90)
    expect(page.locator(".rooms-more")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [380, 1440])
def test_the_inbox_is_accessible(width: int, dark: bool, desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """screens.md: axe finds nothing, in list, conversation and menus."""
    chat = talk(shop, "이서연", "https://example.com/a 안녕하세요")
    ContactTagFactory(site=shop, contact=chat.contact, tag=TagFactory(site=shop, name="VIP", color="#b3261e"))
    operator_says(chat, "네", bob, now=timezone.now())
    add_memo(chat, "a memo", actor=Actor.of_operator(bob), now=timezone.now())
    assign(chat, bob, actor=Actor.of_operator(bob), now=timezone.now())
    talk(shop, "Other")
    page = desk_page(bob, f"{INBOX}?view=all", width=width, dark=dark)
    expect(page.locator("[data-count=all]")).to_have_text("2")
    check_accessibility(page)
    row(page, "이서연").locator("a").click()
    opened(page, chat)
    expect(page.locator("#chat-panel [role=tabpanel]").first).to_be_attached()
    check_accessibility(page)
    page.locator("#composer").get_by_role("button", name="Memo", exact=True).click()
    page.locator("[popovertarget=roomtag-menu]").click()
    expect(page.locator("#roomtag-menu")).to_be_visible()
    check_accessibility(page)
