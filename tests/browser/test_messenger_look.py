"""The messenger for every eye and hand: languages, light and dark, phone width, keyboard, screen reader."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from chats.handling import close
from chats.models import Chat
from desk.actors import Actor
from desk.models import Operator, Site
from tests.browser.conftest import OpenPage
from tests.browser.host_pages import Host
from tests.browser.messenger import OPEN, answer, bubbles, field_of, open_messenger, sent, write
from tests.browser.watching import Watch, check_accessibility

SAID = {
    "ko": (
        "안녕하세요, 찻잔 세트가 아직 남아 있나요? 👋",
        "네, 흰색과 초록색이 남아 있어요. https://shop.example/goods/cup",
    ),
    "ja": (
        "こんにちは。湯のみのセットはまだありますか？ 👋",
        "はい、白と緑がございます。 https://shop.example/goods/cup",
    ),
    "en": ("Hello, is the set of cups still available? 👋", "Yes, in white and green: https://shop.example/goods/cup"),
}
LOOKS = [(380, True), (1280, False)]
# A folder for pictures of every state, to be looked at by people.
SHOTS = os.environ.get("MESSENGER_SHOTS", "")


def look(page: Page, name: str) -> None:
    """No accessibility rule is broken, and nothing sticks out."""
    check_accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


@pytest.mark.parametrize(("width", "dark"), LOOKS, ids=["phone-dark", "desktop-light"])
@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_no_state_of_the_messenger_breaks_an_accessibility_rule(
    language: str, width: int, dark: bool, host: Host, visitor_page: OpenPage, bob: Operator, watch: Watch
) -> None:
    watch.expect("status of 400|ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    Site.objects.filter(pk=host.site.pk).update(asks_name=True)
    page = visitor_page(host.serve(), language=language, width=width, dark=dark, reduced_motion="reduce")
    host.boot(page, language=language)
    name = f"{language}-{width}"
    question, reply = SAID[language]
    open_messenger(page, language)
    look(page, f"{name}-1-hello")
    write(page, question, language)
    expect(sent(page, question)).to_be_visible()
    expect(page.locator("[data-contact-desk] .follow")).to_be_visible()
    look(page, f"{name}-2-form")
    page.locator("[data-contact-desk] .leave-details").click()
    look(page, f"{name}-3-form-wrong")
    page.locator("[data-contact-desk] input[name=email]").fill("lee@example.com")
    page.locator("[data-contact-desk] .leave-details").click()
    expect(page.locator("[data-contact-desk] .done")).to_be_visible()
    Chat.objects.update(assignee=bob)
    answer(Chat.objects.get(), reply, bob)
    answer(Chat.objects.get(), "W" * 120 + " 무궁화꽃이피었습니다" * 4, bob)
    expect(bubbles(page)).to_have_count(3)
    page.locator("[data-contact-desk] input[type=file]").set_input_files(
        {
            "name": "a very long name of a file that does not fit into one line.txt",
            "mimeType": "text/plain",
            "buffer": b"x",
        }
    )
    expect(page.locator("[data-contact-desk] .chip progress")).to_have_count(0)
    look(page, f"{name}-4-talk")
    page.locator("[data-contact-desk] .go").click()
    expect(page.locator("[data-contact-desk] a.card")).to_be_visible()
    page.context.set_offline(True)
    write(page, question, language)
    expect(page.locator("[data-contact-desk] .offline")).not_to_be_empty()
    look(page, f"{name}-5-offline")
    page.context.set_offline(False)
    expect(page.locator("[data-contact-desk] .pending")).to_have_count(0)
    close(Chat.objects.get(), actor=Actor.of_operator(bob), now=timezone.now())
    expect(page.locator("[data-contact-desk] .closing .main")).to_be_visible()
    look(page, f"{name}-6-ended")
    page.locator("[data-contact-desk] .back").click()
    expect(page.locator("[data-contact-desk] .chat")).to_have_count(1)
    look(page, f"{name}-7-list")


def test_the_messenger_is_worked_by_keyboard(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve(inside="<a href='#x'>A link</a>"))
    host.boot(page)
    page.get_by_role("button", name=OPEN["ko"]).focus()
    page.keyboard.press("Enter")
    expect(field_of(page)).to_be_focused()
    page.keyboard.type("안녕하세요")
    page.keyboard.press("Enter")
    expect(sent(page, "안녕하세요")).to_be_visible()
    expect(field_of(page)).to_be_focused()
    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => { const host = document.querySelector("[data-contact-desk]");
                  const one = document.activeElement === host && host.shadowRoot.activeElement;
                  return one ? one.getAttribute("aria-label") || one.name || one.textContent : "the page"; }"""
            )
        )
    assert {"닫기", "대화 목록", "파일 첨부", "보내기", "mobileNumber", "email", "대화 내용"} <= reached
    assert "the page" not in reached
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name=OPEN["ko"])).to_be_focused()


def test_on_a_phone_the_messenger_is_the_page(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve(), width=380, reduced_motion="reduce")
    host.boot(page)
    field = open_messenger(page)
    dialog = page.get_by_role("dialog")
    box, line = dialog.bounding_box(), field.bounding_box()
    assert box is not None
    assert line is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 380, 800)
    assert line["y"] + line["height"] <= 800
    expect(dialog).to_have_attribute("aria-modal", "true")
    expect(page.locator(".launcher")).to_be_hidden()


def test_another_language_at_the_next_boot_redraws_the_window(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    host.boot(page, language="ko")
    open_messenger(page)
    write(page, "안녕하세요")
    expect(sent(page, "안녕하세요")).to_be_visible()
    host.boot(page, language="ja")
    expect(field_of(page, "ja")).to_be_visible()
    expect(bubbles(page)).to_have_text(["안녕하세요"])
