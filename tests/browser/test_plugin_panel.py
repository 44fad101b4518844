"""The real script on pages of another origin: launcher, panel, follow-up form, updateUser, tags, callbacks (API-1)."""

import pytest
from playwright.sync_api import Page, expect

from contacts.models import Contact, Kind
from desk.models import Site
from tests.browser.conftest import OpenPage
from tests.browser.host_pages import Host, ask
from tests.browser.watching import Watch, check_accessibility

OPEN = {"ko": "문의하기", "ja": "お問い合わせ", "en": "Contact us"}


def _open_panel(page: Page) -> None:
    """The window, and in it the form for who would rather leave a number than write."""
    page.get_by_role("button", name=OPEN["ko"]).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="연락처 남기기").click()


def test_a_phone_number_makes_a_lead(host: Host, visitor_page: OpenPage) -> None:
    """KIND-2, QUAL-1: typed by the visitor, therefore not qualified."""
    page = visitor_page(host.serve())
    stranger = host.boot(page)["user"]
    page.evaluate("ContactDesk('onFollowUpChanged', (values) => { window.left = values; })")
    _open_panel(page)
    page.get_by_label("휴대폰 번호").fill("010-1234-5678")
    page.get_by_role("button", name="연락처 남기기").click()
    expect(page.get_by_text("고맙습니다!")).to_be_focused()
    contact = Contact.objects.get()
    assert (contact.kind, contact.mobile_number, contact.mobile_number_qualified) == (Kind.LEAD, "+821012345678", False)
    assert page.evaluate("window.left") == {"mobileNumber": "010-1234-5678"}
    assert ask(page, "updateUser", {})["user"]["id"] == stranger["id"]


def test_what_is_missing_or_wrong_is_said_at_its_field(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    host.boot(page, language="en")
    page.get_by_role("button", name=OPEN["en"]).click()
    page.get_by_role("button", name="Leave your contact details").click()
    phone, email = page.get_by_label("Mobile number"), page.get_by_label("E-mail")
    page.get_by_role("button", name="Send details").click()
    expect(phone).to_be_focused()
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Enter a mobile number or an e-mail.")).to_be_visible()
    phone.fill("12")
    email.fill("nobody@")
    page.get_by_role("button", name="Send details").click()
    expect(page.get_by_text("Check the mobile number.")).to_be_visible()
    expect(page.get_by_text("Check the e-mail address.")).to_be_visible()
    phone.fill("")
    email.fill("lee@example.com")
    email.press("Enter")
    expect(page.get_by_text("Thank you!")).to_be_visible()
    assert Contact.objects.get().email == "lee@example.com"


def test_what_was_typed_survives_a_failure(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    page = visitor_page(host.serve())
    host.boot(page)
    _open_panel(page)
    page.get_by_label("휴대폰 번호").fill("01012345678")
    page.context.set_offline(True)
    page.get_by_role("button", name="연락처 남기기").click()
    expect(page.get_by_role("alert")).to_contain_text("보내지 못했어요")
    page.context.set_offline(False)
    page.get_by_role("button", name="연락처 남기기").click()
    expect(page.get_by_text("고맙습니다!")).to_be_visible()


@pytest.mark.parametrize(
    ("asks", "shown"),
    [
        ({"asks_mobile_number": True, "asks_email": False, "asks_name": True}, ["mobileNumber", "name"]),
        ({"asks_mobile_number": False, "asks_email": True, "asks_name": False}, ["email"]),
    ],
)
def test_the_form_asks_what_the_site_asks(
    asks: dict[str, bool], shown: list[str], host: Host, visitor_page: OpenPage
) -> None:
    """SITE-1: messenger settings."""
    Site.objects.filter(pk=host.site.pk).update(**asks)
    page = visitor_page(host.serve())
    host.boot(page)
    _open_panel(page)
    expect(page.locator("[data-contact-desk] form")).to_be_visible()
    inputs = page.locator("[data-contact-desk] input")
    assert [field.get_attribute("name") for field in inputs.all()] == shown


def test_a_site_that_asks_nothing_has_no_form(host: Host, visitor_page: OpenPage) -> None:
    """SITE-1: messenger settings."""
    Site.objects.filter(pk=host.site.pk).update(asks_mobile_number=False, asks_email=False, asks_name=False)
    page = visitor_page(host.serve())
    host.boot(page)
    page.get_by_role("button", name=OPEN["ko"]).click()
    expect(page.get_by_text("무엇을 도와드릴까요?")).to_be_visible()
    expect(page.get_by_role("button", name="연락처 남기기")).to_have_count(0)


@pytest.mark.parametrize(
    ("option", "browser", "language"),
    [("ja", "ko-KR", "ja"), (None, "ja-JP", "ja"), (None, "en-GB", "en"), ("fr", "ko-KR", "ko"), (None, "fr-FR", "ko")],
)
def test_the_panel_speaks_the_visitors_language(
    option: str | None, browser: str, language: str, host: Host, visitor_page: OpenPage
) -> None:
    """L10N-1: what the page asks for, else the browser's, else the site's."""
    page = visitor_page(host.serve(), language=browser)
    host.boot(page, language=option)
    expect(page.get_by_role("button", name=OPEN[language])).to_be_visible()


def test_the_panel_is_worked_by_keyboard(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve(inside="<a href='#x'>A link</a>"))
    host.boot(page)
    launcher = page.get_by_role("button", name=OPEN["ko"])
    launcher.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="메시지를 입력하세요")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(launcher).to_be_focused()
    expect(launcher).to_have_attribute("aria-expanded", "false")


def test_on_a_phone_the_panel_is_the_page_and_keeps_the_focus(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve(inside="<a href='#x'>A link</a>"), width=380, reduced_motion="reduce")
    host.boot(page)
    _open_panel(page)
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 380, 800)
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.hasAttribute('data-contact-desk')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_panel_breaks_no_accessibility_rule(dark: bool, host: Host, visitor_page: OpenPage) -> None:
    Site.objects.filter(pk=host.site.pk).update(asks_name=True)
    page = visitor_page(host.serve(), dark=dark, reduced_motion="reduce")
    host.boot(page)
    check_accessibility(page)
    _open_panel(page)
    page.get_by_role("button", name="연락처 남기기").click()
    check_accessibility(page)
    page.get_by_label("이메일").fill("lee@example.com")
    page.get_by_label("휴대폰 번호").fill("01012345678")
    page.get_by_role("button", name="연락처 남기기").click()
    expect(page.get_by_text("고맙습니다!")).to_be_visible()
    check_accessibility(page)


@pytest.mark.parametrize(
    ("appearance", "dark", "ground"),
    [("light", True, "rgb(255, 255, 255)"), ("dark", False, "rgb(27, 30, 37)"), ("system", True, "rgb(27, 30, 37)")],
)
def test_the_page_chooses_the_appearance(
    appearance: str, dark: bool, ground: str, host: Host, visitor_page: OpenPage
) -> None:
    page = visitor_page(host.serve(), dark=dark)
    host.boot(page, appearance=appearance, zIndex=77)
    _open_panel(page)
    panel = page.locator(".panel")
    expect(panel).to_have_css("background-color", ground)
    expect(panel).to_have_css("z-index", "77")


def test_a_page_with_a_strict_content_policy_shows_all_of_it(host: Host, visitor_page: OpenPage) -> None:
    """No inline style, no HTML from strings: the watch fails on any breach."""
    policy = (
        f"default-src 'none'; script-src 'self' {host.desk_url}; connect-src {host.desk_url}; style-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'"
    )
    page = visitor_page(host.serve(headers={"Content-Security-Policy": policy}))
    host.boot(page)
    _open_panel(page)
    expect(page.locator(".panel")).to_have_css("position", "fixed")
    expect(page.locator(".launcher")).to_have_css("border-top-left-radius", "50%")
    page.get_by_label("휴대폰 번호").fill("01012345678")
    page.get_by_role("button", name="연락처 남기기").click()
    expect(page.get_by_text("고맙습니다!")).to_be_visible()


def test_a_page_that_isolates_itself_may_load_the_script(host: Host, visitor_page: OpenPage) -> None:
    headers = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}
    page = visitor_page(host.serve(headers=headers))
    assert host.boot(page)["error"] is None


def test_the_pages_own_styles_do_not_reach_in(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(
        host.serve(
            inside="<style>div, button { display: none !important; opacity: 0 !important; font-size: 40px }</style>"
        )
    )
    host.boot(page)
    expect(page.locator(".launcher")).to_have_css("width", "56px")
    expect(page.get_by_role("button", name=OPEN["ko"])).to_be_visible()


def test_the_pages_own_button_opens_the_panel(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve(inside="<button class='ask'><b>Ask</b></button>"))
    host.boot(page, hideChannelButtonOnBoot=True, customLauncherSelector=".ask")
    expect(page.locator(".launcher")).to_be_hidden()
    page.get_by_text("Ask", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Ask")).to_be_focused()


def test_the_window_is_opened_and_closed_by_the_page(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    page.wait_for_function("ContactDesk.version")
    page.evaluate(
        """() => {
          window.told = [];
          ContactDesk("onShowMessenger", () => { throw new Error("a fault of the page"); });
          ContactDesk("onShowMessenger", () => told.push("shown"));
          ContactDesk("onHideMessenger", () => told.push("hidden"));
        }"""
    )
    host.boot(page)
    page.evaluate("() => { ContactDesk('showMessenger'); ContactDesk('showMessenger'); ContactDesk('hideMessenger'); }")
    page.evaluate("ContactDesk('openChat')")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("() => { ContactDesk('clearCallbacks'); ContactDesk('hideMessenger'); }")
    assert page.evaluate("told") == ["shown", "hidden", "shown"]


def test_a_wish_to_open_before_the_boot_is_kept(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    page.evaluate(
        "key => { ContactDesk('boot', {pluginKey: key}); ContactDesk('showMessenger'); }", host.site.plugin_key
    )
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_framework_that_replaces_the_body_does_not_lose_the_launcher(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    host.boot(page)
    page.evaluate("() => { document.body = document.createElement('body'); history.pushState(null, '', '/next'); }")
    expect(page.get_by_role("button", name=OPEN["ko"])).to_be_visible()


def test_details_and_opt_outs_are_changed_by_the_page(host: Host, visitor_page: OpenPage) -> None:
    """QUAL-1: script sync is qualified."""
    page = visitor_page(host.serve())
    host.boot(page, memberId="lucas", unsubscribeEmail=True)
    answer = ask(
        page, "updateUser", {"profile": {"email": "lucas@example.com", "plan": "gold"}, "unsubscribeEmail": False}
    )
    assert answer["user"]["unsubscribeEmail"] is False
    contact = Contact.objects.get()
    assert (contact.email, contact.email_qualified, contact.profile.values) == (
        "lucas@example.com",
        True,
        {"plan": "gold"},
    )


def test_a_refused_change_is_told_with_its_path(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("status of 400")
    page = visitor_page(host.serve())
    host.boot(page)
    answer = ask(page, "updateUser", {"profile": {"deep": {"deeper": 1}}})
    assert (answer["error"]["code"], answer["error"]["path"]) == ("invalid", "profile.deep")


def test_tags_are_added_and_removed_by_the_page(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    """TAG-6: at most ten a call."""
    watch.expect("status of 400")
    page = visitor_page(host.serve())
    host.boot(page, memberId="lucas")
    assert sorted(ask(page, "addTags", ["vip", "spring"])["user"]["tags"]) == ["spring", "vip"]
    assert ask(page, "removeTags", ["vip"])["user"]["tags"] == ["spring"]
    assert ask(page, "addTags", [f"tag {n}" for n in range(11)])["error"]["code"] == "invalid"


def test_a_change_before_the_boot_is_an_error_and_not_an_exception(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    page.wait_for_function("ContactDesk.version")
    assert ask(page, "updateUser", {"profile": {"plan": "gold"}})["error"]["code"] == "not_booted"
