"""Nothing the visitor writes is lost or said twice: offline, lost answers, reloads, other pages, two tabs."""

from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from chats.messaging import Text, say
from chats.models import Author, Chat, Message
from contacts.models import Contact
from desk.actors import PLUGIN
from tests.browser.conftest import OpenPage, wait_until
from tests.browser.host_pages import Host
from tests.browser.messenger import bubbles, field_of, open_messenger, sent, write
from tests.browser.watching import Watch

CHATS = "**/api/plugin/v1/chats"
SAID = "**/api/plugin/v1/chats/*/messages"


def opened(host: Host, page: Page) -> Page:
    host.boot(page)
    open_messenger(page)
    return page


def texts() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("text", flat=True))


def test_what_is_written_offline_is_sent_once_one_is_back(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    page = opened(host, visitor_page(host.serve()))
    page.context.set_offline(True)
    write(page, "하나")
    write(page, "둘")
    expect(page.get_by_text("인터넷 연결이 끊겼어요.")).to_be_visible()
    expect(page.get_by_text("연결되면 보낼게요")).to_have_count(2)
    assert texts() == []
    page.context.set_offline(False)
    expect(sent(page, "둘")).to_be_visible()
    expect(page.get_by_text("인터넷 연결이 끊겼어요.")).to_be_hidden()
    assert texts() == ["하나", "둘"]
    assert Chat.objects.count() == 1


def test_a_message_that_could_not_be_sent_is_sent_once_by_the_next_page(
    host: Host, visitor_page: OpenPage, watch: Watch
) -> None:
    """Also when the window is closed there."""
    watch.expect("ERR_FAILED")
    page = opened(host, visitor_page(host.serve()))

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.fallback()

    page.route(CHATS, refuse)
    write(page, "잘 들리나요?")
    expect(page.get_by_text("연결되면 보낼게요")).to_be_visible()
    page.keyboard.press("Escape")
    assert texts() == []
    page.unroute(CHATS)
    page.goto(host.serve("/next"))
    host.boot(page)
    wait_until(lambda: texts() == ["잘 들리나요?"], page=page)
    wait_until(lambda: page.evaluate("Object.keys(localStorage).every((key) => !key.startsWith('ch-out:'))"), page=page)
    open_messenger(page)
    expect(bubbles(page)).to_have_text(["잘 들리나요?"])
    assert texts() == ["잘 들리나요?"]


def test_a_message_whose_answer_was_lost_is_said_once(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_FAILED")
    page = opened(host, visitor_page(host.serve()))
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            route.fetch()
            lost.append(route.request.url)
            route.abort()
        else:
            route.fallback()

    page.route(CHATS, lose)
    write(page, "한 번만")
    wait_until(lambda: bool(lost), page=page)
    expect(sent(page, "한 번만")).to_be_visible()
    assert texts() == ["한 번만"]
    expect(bubbles(page)).to_have_text(["한 번만"])


def test_window_and_draft_are_there_on_the_next_page(host: Host, visitor_page: OpenPage) -> None:
    page = opened(host, visitor_page(host.serve()))
    write(page, "안녕하세요")
    expect(sent(page, "안녕하세요")).to_be_visible()
    field_of(page).fill("아직 쓰는 중")
    page.goto(host.serve("/next", inside="<a href='#x'>A link</a>"))
    host.boot(page)
    expect(field_of(page)).to_have_value("아직 쓰는 중")
    expect(bubbles(page)).to_have_text(["안녕하세요"])
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="닫기").click()
    page.goto(host.serve("/third"))
    host.boot(page)
    expect(page.locator("[data-contact-desk] .launcher")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_two_tabs_show_and_say_everything_once(host: Host, visitor_page: OpenPage) -> None:
    first = opened(host, visitor_page(host.serve()))
    second = first.context.new_page()
    second.goto(host.serve("/second"))
    opened(host, second)
    write(first, "첫째 탭")
    expect(sent(first, "첫째 탭")).to_be_visible()
    write(second, "둘째 탭")
    write(first, "다시 첫째")
    for page in (first, second):
        expect(bubbles(page)).to_have_text(["첫째 탭", "둘째 탭", "다시 첫째"])
        expect(page.locator("[data-contact-desk] .pending")).to_have_count(0)
    assert texts() == ["첫째 탭", "둘째 탭", "다시 첫째"]
    assert Chat.objects.count() == 1


def test_what_one_person_wrote_is_not_sent_for_the_next(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    """Nor shown: draft, outbox and conversations belong to the identity of this browser."""
    watch.expect("ERR_FAILED")
    page = visitor_page(host.serve())
    host.boot(page, memberId="minji")
    open_messenger(page)
    write(page, "민지예요")
    expect(sent(page, "민지예요")).to_be_visible()
    page.route(SAID, lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    write(page, "비밀")
    expect(page.get_by_text("연결되면 보낼게요")).to_be_visible()
    field_of(page).fill("더 비밀")
    page.unroute(SAID)
    host.boot(page, memberId="sora")
    expect(field_of(page)).to_have_value("")
    expect(bubbles(page)).to_have_count(0)
    write(page, "소라예요")
    expect(sent(page, "소라예요")).to_be_visible()
    said = Message.objects.order_by("pk").values_list("chat__contact__member_id", "text")
    assert list(said) == [("minji", "민지예요"), ("sora", "소라예요")]


def test_a_stranger_who_logs_in_goes_on_in_the_same_conversation(
    host: Host, visitor_page: OpenPage, watch: Watch
) -> None:
    """UNI-8: chats move with the person."""
    # The stranger's session ends with the login (UNI-15): a look at the chats that is under way is refused once.
    watch.expect("status of 401")
    member = host.boot(visitor_page(host.serve()), memberId="lucas")["user"]
    page = opened(host, visitor_page(host.serve("/other")))
    write(page, "아직 손님이에요")
    expect(sent(page, "아직 손님이에요")).to_be_visible()
    assert host.boot(page, memberId="lucas")["user"]["id"] == member["id"]
    expect(bubbles(page)).to_have_text(["아직 손님이에요"])
    write(page, "로그인했어요")
    expect(sent(page, "로그인했어요")).to_be_visible()
    assert Chat.objects.get().contact == Contact.objects.get(member_id="lucas")


def test_a_visit_that_ran_out_sends_what_was_written(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("status of 401")
    page = opened(host, visitor_page(host.serve()))
    write(page, "하나")
    expect(sent(page, "하나")).to_be_visible()
    contact = Contact.objects.get()
    contact.visits.update(expires_at=timezone.now())
    write(page, "둘")
    expect(sent(page, "둘")).to_be_visible()
    assert texts() == ["하나", "둘"]
    assert Chat.objects.count() == 1


def test_messages_that_were_missed_are_fetched_in_their_order(host: Host, visitor_page: OpenPage) -> None:
    page = opened(host, visitor_page(host.serve()))
    write(page, "1")
    expect(sent(page, "1")).to_be_visible()
    chat = Chat.objects.get()
    for number in range(2, 45):  # from another browser of the same person
        say(chat, Text(str(number)), author=Author.VISITOR, actor=PLUGIN, now=timezone.now())
    expect(bubbles(page)).to_have_text([str(number) for number in range(1, 45)])


def test_a_window_that_cannot_be_loaded_says_so_and_opens_the_next_time(
    host: Host, visitor_page: OpenPage, watch: Watch
) -> None:
    watch.expect("ERR_FAILED")
    page = visitor_page(host.serve())
    host.boot(page)
    page.route("**/plugin-messenger.js*", lambda route: route.abort())
    page.get_by_role("button", name="문의하기").click()
    expect(page.get_by_role("alert")).to_contain_text("지금은 열 수 없어요.")
    expect(page.get_by_role("button", name="문의하기")).to_have_attribute("aria-expanded", "false")
    page.unroute("**/plugin-messenger.js*")
    open_messenger(page)
    expect(page.get_by_role("alert").filter(has_text="지금은")).to_have_count(0)


def test_a_page_that_only_boots_does_not_load_the_window(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page("")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(host.serve())
    host.boot(page)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "messenger" in url or "/stream" in url or url.endswith("/chats")]


def test_too_many_messages_wait_and_are_sent(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("status of 429")
    page = opened(host, visitor_page(host.serve()))
    write(page, "하나")
    expect(sent(page, "하나")).to_be_visible()
    refused: list[str] = []

    def hold(route: Route) -> None:
        if route.request.method != "POST" or refused:
            return route.fallback()
        refused.append(route.request.url)
        body = '{"error": {"code": "throttled", "message": "Later."}}'
        headers = {
            "Retry-After": "1",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "retry-after",
        }
        return route.fulfill(status=429, headers=headers, content_type="application/json", body=body)

    page.route(SAID, hold)
    write(page, "둘")
    expect(sent(page, "둘")).to_be_visible()
    assert refused
    assert texts() == ["하나", "둘"]
