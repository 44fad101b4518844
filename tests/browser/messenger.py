"""The messenger as a visitor handles it in tests."""

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from chats.messaging import Said
from chats.models import Chat
from desk.models import Operator
from tests.chats.people import operator_says

OPEN = {"ko": "문의하기", "ja": "お問い合わせ", "en": "Contact us"}
WRITE = {"ko": "메시지를 입력하세요", "ja": "メッセージを入力", "en": "Write a message"}


def field_of(page: Page, language: str = "ko") -> Locator:
    """Where the visitor writes."""
    return page.get_by_role("textbox", name=WRITE[language])


def open_messenger(page: Page, language: str = "ko") -> Locator:
    """Press the round button and wait for the field."""
    page.locator("[data-contact-desk] .launcher").click()
    field = field_of(page, language)
    expect(field).to_be_focused()
    return field


def write(page: Page, text: str, language: str = "ko") -> None:
    """Type a message and send it with Enter."""
    field = field_of(page, language)
    field.fill(text)
    field.press("Enter")


def bubbles(page: Page) -> Locator:
    """What is said, in the order of the window."""
    return page.locator("[data-contact-desk] .bubble")


def sent(page: Page, text: str) -> Locator:
    """The visitor's message once the desk has it."""
    return page.locator("[data-contact-desk] .message.mine:not(.pending)").filter(has_text=text)


def answer(chat: Chat, text: str, operator: Operator) -> Said:
    """An operator says something now."""
    return operator_says(chat, text, operator, now=timezone.now())
