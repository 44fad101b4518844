"""The messenger on a page of another origin: writing, answers, the follow-up form, files, closed and blocked (CHAT-4, CHAT-7)."""

import struct
import zlib

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from chats.handling import close
from chats.models import Attachment, Chat, Message
from contacts.models import Contact, Kind
from desk.actors import Actor
from desk.models import Operator, Site
from tests.browser.conftest import OpenPage, wait_until
from tests.browser.host_pages import Host
from tests.browser.messenger import answer, bubbles, field_of, open_messenger, sent, write
from tests.browser.watching import Watch

NASTY = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def picture(name: str = "cup.png") -> FilePayload:
    """A PNG of 2 × 1 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0\0\xff\0")
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return {"name": name, "mimeType": "image/png", "buffer": png}


def choose(page: Page, *files: FilePayload) -> None:
    page.locator("[data-contact-desk] input[type=file]").set_input_files(list(files))


@pytest.fixture
def talking(host: Host, visitor_page: OpenPage) -> Page:
    """A page on which a stranger has said hello."""
    page = visitor_page(host.serve())
    host.boot(page)
    open_messenger(page)
    write(page, "안녕하세요")
    expect(sent(page, "안녕하세요")).to_be_visible()
    return page


def test_the_first_message_of_a_stranger_makes_a_lead_and_asks_for_a_contact_point(
    host: Host, visitor_page: OpenPage
) -> None:
    """KIND-2, CHAT-7, QUAL-1."""
    page = visitor_page(host.serve("/cups"))
    host.boot(page)
    page.evaluate("ContactDesk('onChatCreated', (chat) => { window.begun = chat.id; })")
    page.evaluate("ContactDesk('onFollowUpChanged', (values) => { window.left = values; })")
    open_messenger(page)
    write(page, "재고 있나요?")
    expect(sent(page, "재고 있나요?")).to_be_visible()
    chat = Chat.objects.get()
    assert (chat.contact.kind, chat.page, chat.messages_count) == (Kind.LEAD, "/cups", 1)
    page.wait_for_function("id => window.begun === id", arg=str(chat.pk))
    page.get_by_label("이메일").fill("lee@example.com")
    page.get_by_role("button", name="연락처 남기기").click()
    expect(page.get_by_text("고맙습니다!")).to_be_focused()
    contact = Contact.objects.get()
    assert (contact.email, contact.email_qualified) == ("lee@example.com", False)
    assert page.evaluate("window.left") == {"email": "lee@example.com"}


def test_who_can_be_reached_is_not_asked(host: Host, visitor_page: OpenPage) -> None:
    """CHAT-7."""
    page = visitor_page(host.serve())
    host.boot(page, memberId="lucas", profile={"email": "lucas@example.com"})
    open_messenger(page)
    write(page, "Hello")
    expect(sent(page, "Hello")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-contact-desk] .follow")).to_have_count(0)


def test_a_mandatory_contact_point_comes_before_the_second_message(host: Host, visitor_page: OpenPage) -> None:
    """CHAT-7, SITE-1."""
    Site.objects.filter(pk=host.site.pk).update(contact_is_mandatory=True, asks_name=True)
    page = visitor_page(host.serve())
    host.boot(page)
    open_messenger(page)
    write(page, "안녕하세요")
    expect(page.get_by_text("연락처를 남기시면 대화를 이어갈 수 있어요.")).to_be_visible()
    expect(field_of(page)).to_be_hidden()
    expect(page.get_by_role("button", name="나중에")).to_have_count(0)
    page.get_by_label("휴대폰 번호").fill("010-1234-5678")
    page.get_by_role("button", name="연락처 남기기").click()
    expect(page.get_by_text("고맙습니다!")).to_be_visible()
    write(page, "두 번째")
    expect(sent(page, "두 번째")).to_be_visible()


def test_the_form_can_be_put_off(talking: Page) -> None:
    talking.get_by_role("button", name="나중에").click()
    expect(talking.locator("[data-contact-desk] .follow")).to_have_count(0)
    expect(field_of(talking)).to_be_focused()


def test_an_answer_appears_by_itself_and_is_read_aloud(talking: Page, bob: Operator) -> None:
    """CHAT-4: without a reload; what is before the visitor's eyes counts as read."""
    chat = Chat.objects.get()
    Chat.objects.update(assignee=bob)
    answer(chat, "네, 있습니다.", bob)
    expect(bubbles(talking)).to_have_text(["안녕하세요", "네, 있습니다."])
    expect(talking.get_by_text("Bob 매니저가 상담하고 있어요")).to_be_visible()
    expect(talking.get_by_role("log")).to_contain_text("Bob: 네, 있습니다.")
    wait_until(lambda: Chat.objects.get().unread == 0, page=talking)


def test_an_answer_raises_the_badge_while_the_window_is_closed(talking: Page, bob: Operator) -> None:
    talking.evaluate("() => { window.counts = []; ContactDesk('onBadgeChanged', (n) => counts.push(n)); }")
    talking.keyboard.press("Escape")
    answer(Chat.objects.get(), "네, 있습니다.", bob)
    expect(talking.locator(".badge")).to_have_text("1", timeout=30_000)
    expect(talking.get_by_role("button", name="문의하기, 읽지 않은 메시지 1개")).to_be_visible()
    open_messenger(talking)
    expect(talking.locator(".badge")).to_be_hidden()
    wait_until(lambda: Chat.objects.get().unread == 0, page=talking)
    talking.wait_for_function("() => window.counts.length > 1")
    assert talking.evaluate("counts") == [1, 0]


def test_shift_and_enter_begin_a_new_line_and_an_input_method_sends_nothing(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    host.boot(page)
    field = open_messenger(page)
    field.type("하나")
    field.press("Shift+Enter")
    field.type("둘")
    field.evaluate(
        "one => one.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, composed: true, isComposing: true}))"
    )
    expect(field).to_have_value("하나\n둘")
    assert not Message.objects.exists()
    field.press("Enter")
    expect(sent(page, "하나")).to_be_visible()
    assert Message.objects.get().text == "하나\n둘"


def test_a_message_that_is_too_long_is_kept_and_said(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    host.boot(page)
    field = open_messenger(page)
    field.fill("가" * 5_003)
    field.press("Enter")
    expect(page.get_by_text("3자를 줄여 주세요.")).to_be_visible()
    assert len(field.input_value()) == 5_003
    assert not Message.objects.exists()


def test_files_go_with_a_message(talking: Page) -> None:
    """CHAT-9: a picture as a picture, anything else as a card."""
    choose(talking, picture(), {"name": "수리 요청.txt", "mimeType": "text/plain", "buffer": "금이 갔어요".encode()})
    expect(talking.locator("[data-contact-desk] .chip progress")).to_have_count(0)
    expect(talking.locator("[data-contact-desk] .chip")).to_have_count(2)
    talking.get_by_role("button", name="보내기", exact=True).click()
    expect(talking.get_by_role("img", name="사진 cup.png")).to_be_visible()
    card = talking.get_by_role("link", name="수리 요청.txt 내려받기")
    expect(card).to_be_visible()
    assert {one.name for one in Message.objects.get(number=2).attachments.all()} == {"cup.png", "수리 요청.txt"}
    wait_until(
        lambda: talking.get_by_role("img", name="사진 cup.png").evaluate(
            "one => one.getContext('2d').getImageData(0, 0, 1, 1).data.join() === '255,0,0,255'"
        ),
        page=talking,
    )
    with talking.expect_download() as download:
        card.click()
    assert download.value.suggested_filename == "수리 요청.txt"


def test_a_file_that_is_refused_is_named_with_the_reason(talking: Page, watch: Watch) -> None:
    """CHAT-9."""
    watch.expect("status of 400")
    choose(talking, {"name": "page.html", "mimeType": "text/html", "buffer": b"<script>alert(1)</script>"})
    expect(talking.get_by_role("alert").filter(has_text="page.html")).to_have_text(
        "page.html: 보낼 수 없는 형식의 파일이에요."
    )
    choose(talking, {"name": "nothing.txt", "mimeType": "text/plain", "buffer": b""})
    expect(talking.get_by_role("alert").filter(has_text="nothing.txt")).to_be_visible()
    assert not Attachment.objects.exists()


def test_files_are_pasted_and_dropped(talking: Page) -> None:
    script = """(target, kind) => {
      const data = new DataTransfer();
      data.items.add(new File(["text"], `${kind}.txt`, {type: "text/plain"}));
      const options = {bubbles: true, composed: true, cancelable: true};
      target.dispatchEvent(kind === "paste"
        ? new ClipboardEvent("paste", {...options, clipboardData: data})
        : new DragEvent("drop", {...options, dataTransfer: data}));
    }"""
    field = field_of(talking)
    field.evaluate(script, "paste")
    field.evaluate(script, "drop")
    expect(talking.locator("[data-contact-desk] .chip")).to_have_count(2)
    talking.get_by_role("button", name="paste.txt 첨부 취소").click()
    expect(talking.locator("[data-contact-desk] .chip")).to_have_count(1)


def test_an_ended_chat_leads_to_a_new_one(talking: Page, bob: Operator) -> None:
    close(Chat.objects.get(), actor=Actor.of_operator(bob), now=timezone.now())
    expect(talking.get_by_text("이 대화는 종료되었어요.")).to_be_visible()
    expect(field_of(talking)).to_be_hidden()
    talking.get_by_role("button", name="새 대화 시작하기").click()
    write(talking, "하나 더요")
    expect(sent(talking, "하나 더요")).to_be_visible()
    assert Chat.objects.count() == 2
    talking.get_by_role("button", name="대화 목록").click()
    expect(talking.locator("[data-contact-desk] .chat .last")).to_have_text(["하나 더요", "안녕하세요"])
    talking.get_by_role("button", name="안녕하세요").click()
    expect(bubbles(talking)).to_have_text(["안녕하세요"])


def test_a_message_to_a_chat_that_ended_meanwhile_opens_the_next(talking: Page, bob: Operator, watch: Watch) -> None:
    watch.expect("status of 409")
    close(Chat.objects.get(), actor=Actor.of_operator(bob), now=timezone.now())
    write(talking, "아직 계세요?")
    expect(sent(talking, "아직 계세요?")).to_be_visible()
    assert list(Message.objects.order_by("pk").values_list("chat__number", "text")) == [
        (Chat.objects.order_by("pk")[0].number, "안녕하세요"),
        (Chat.objects.order_by("pk")[1].number, "아직 계세요?"),
    ]


def test_who_is_blocked_is_told_plainly(talking: Page, watch: Watch) -> None:
    """BOOT-14: reads on, writes nothing."""
    watch.expect("status of 403")
    Contact.objects.update(blocked=True)
    write(talking, "여보세요")
    expect(talking.get_by_text("지금은 이 창에서 문의를 보내실 수 없어요.")).to_be_visible()
    expect(bubbles(talking)).to_have_text(["안녕하세요", "여보세요"])
    expect(talking.get_by_text("보내지 못했어요")).to_be_visible()
    assert Message.objects.count() == 1


def test_what_anybody_writes_stays_text(host: Host, visitor_page: OpenPage, bob: Operator) -> None:
    """HTML, scripts, addresses that are none, and letters that turn the direction of writing."""
    Operator.objects.filter(pk=bob.pk).update(name=NASTY[:80])
    bob.refresh_from_db()
    page = visitor_page(host.serve())
    host.boot(page, memberId="lucas", profile={"name": NASTY, "email": "lucas@example.com"})
    open_messenger(page)
    write(page, NASTY)
    expect(sent(page, NASTY)).to_be_visible()
    Chat.objects.update(assignee=bob)
    answer(
        Chat.objects.get(),
        NASTY + " javascript:alert(1) https://a@evil.example/ \u202eevil https://shop.example/a.",
        bob,
    )
    expect(bubbles(page)).to_have_count(2)
    assert page.locator("[data-contact-desk] .panel img, [data-contact-desk] .panel script").count() == 0
    links = page.locator("[data-contact-desk] .bubble a")
    assert [link.get_attribute("href") for link in links.all()] == ["https://shop.example/a"]
    assert links.first.get_attribute("rel") == "noopener noreferrer nofollow"
    assert page.title() == "Page /"


def test_a_long_conversation_shows_its_newest_page_and_the_rest_on_going_back(talking: Page, bob: Operator) -> None:
    chat = Chat.objects.get()
    for number in range(2, 81):
        answer(chat, f"메시지 {number}", bob)
    talking.reload()
    talking.wait_for_function("ContactDesk.version")
    talking.evaluate("key => ContactDesk('boot', {pluginKey: key})", chat.site.plugin_key)
    expect(bubbles(talking).last).to_have_text("메시지 80")
    expect(bubbles(talking)).to_have_count(30)
    expect(bubbles(talking).last).to_be_in_viewport()
    talking.get_by_role("button", name="이전 메시지 보기").click()
    expect(bubbles(talking)).to_have_count(60)
    talking.locator("[data-contact-desk] .talk").evaluate("one => { one.scrollTop = 0; }")
    expect(bubbles(talking).first).to_have_text("안녕하세요")
    expect(bubbles(talking)).to_have_count(80)


def test_a_page_opens_a_chat_with_words_and_parameters(host: Host, visitor_page: OpenPage) -> None:
    """CHAT-8: what is too long is refused as a whole, and the developer told."""
    page = visitor_page(host.serve())
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    host.boot(page)
    page.evaluate("ContactDesk('openChat', null, '주문 1024: ', {parameters: {order: '1024', name: '김민지'}})")
    field = field_of(page)
    expect(field).to_be_focused()
    expect(field).to_have_value("주문 1024: ")
    field.type("언제 오나요?")
    field.press("Enter")
    expect(sent(page, "언제 오나요?")).to_be_visible()
    chat = Chat.objects.get()
    assert (chat.parameters["order"], chat.contact.name) == ("1024", "김민지")
    page.evaluate("ContactDesk('openChat', null, '', {parameters: {order: 'x'.repeat(21)}})")
    assert any("openChat" in warning for warning in warnings)
