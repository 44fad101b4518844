"""The frame in a real browser: sidebar, drawer, palette, menus, toasts, forms; every desk page on every width."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from desk.models import Operator, Role, Site
from desk.palette import Hit, palette_sources
from tests.browser.conftest import OpenDesk, OpenPage, SignIn, wait_until
from tests.browser.watching import check_accessibility
from tests.factories import ContactFactory, MembershipFactory, TagFactory

PAGES = [
    "components",
    "profile",
    "settings",
    "settings_plugin",
    "desk_membership_changelist",
    "desk_membership_add",
    "desk_apikey_changelist",
    "desk_apikey_add",
    "desk_auditentry_changelist",
    "password_change",
    "site_list",
]


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(
    ("width", "dark", "language"), [(380, False, "ko"), (1440, True, "en"), (2560, False, "ja")], ids=str
)
def test_pages_are_usable_by_everybody_at_every_width(
    width: int, dark: bool, language: str, desk_page: OpenDesk, alice: Operator
) -> None:
    """screens.md: axe finds nothing, and nothing runs out of the window."""
    Operator.objects.filter(pk=alice.pk).update(language=language)
    page = desk_page(alice, reverse("admin:profile"), width=width, dark=dark)
    for name in PAGES:
        page.goto(reverse(f"admin:{name}"))
        assert _fits(page), name
        check_accessibility(page)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_outside_the_frame_are_usable_by_everybody(dark: bool, visitor_page: OpenPage, db: None) -> None:
    page = visitor_page(reverse("admin:login"), dark=dark, width=380)
    for path in (reverse("admin:login"), reverse("admin:welcome", args=["used"])):
        page.goto(path)
        assert _fits(page)
        check_accessibility(page)


def test_signing_in_leads_to_the_inbox(visitor_page: OpenPage, sign_in: SignIn, alice: Operator) -> None:
    page = visitor_page("/", language="en")
    sign_in(page, alice)
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")


def test_the_sidebar_stays_as_it_was_left(desk_page: OpenDesk, alice: Operator) -> None:
    """screens.md: collapsible, remembered."""
    page = desk_page(alice, reverse("admin:profile"))
    with page.expect_response("**/preferences/"):
        page.get_by_role("button", name="Collapse or expand the sidebar").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-sidebar", "closed")
    again = desk_page(alice, reverse("admin:profile"))
    assert again.locator("#sidebar").bounding_box()["width"] < 80  # type: ignore[index]


def test_the_drawer_on_a_phone_keeps_the_focus_inside(desk_page: OpenDesk, alice: Operator) -> None:
    page = desk_page(alice, reverse("admin:profile"), width=380)
    expect(page.get_by_role("link", name="Team")).to_be_hidden()
    page.get_by_role("button", name="Open navigation").click()
    expect(page.get_by_role("link", name="Team")).to_be_visible()
    assert page.evaluate("document.querySelector('.page').inert")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Team")).to_be_hidden()
    expect(page.get_by_role("button", name="Open navigation")).to_be_focused()


def test_the_palette_goes_to_a_page_by_keyboard(desk_page: OpenDesk, alice: Operator) -> None:
    page = desk_page(alice, reverse("admin:profile"))
    page.keyboard.press("Control+k")
    page.keyboard.type("audit")
    expect(page.locator(".palette-hit").first).to_contain_text("Audit log")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('admin:desk_auditentry_changelist')}")


def test_the_palette_finds_a_person(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    ContactFactory(site=shop, name="이서연")
    page = desk_page(alice, reverse("admin:profile"))
    page.get_by_role("button", name="Go to …").click()
    page.keyboard.type("서연")
    expect(page.locator(".palette-hit", has_text="이서연")).to_be_visible()
    check_accessibility(page)


@pytest.fixture
def hostile_hits() -> object:
    palette_sources.register(
        "hostile", lambda access, query: [Hit(f"<img src=x onerror=alert(1)>{query}", "<b>", "/", "tag")]
    )
    yield
    palette_sources._items.pop("hostile")


def test_the_palette_shows_html_as_text(desk_page: OpenDesk, alice: Operator, hostile_hits: None) -> None:
    """HTML in names is shown as text everywhere."""
    page = desk_page(alice, reverse("admin:profile"))
    page.keyboard.press("Control+k")
    page.keyboard.type("zzz")
    expect(page.locator(".palette-hit", has_text="zzz")).to_contain_text("<img src=x onerror=alert(1)>zzz")
    assert page.locator("#palette-hits img").count() == 0


def test_only_the_last_question_of_the_palette_is_answered(desk_page: OpenDesk, alice: Operator) -> None:
    """screens.md: a question that was overtaken is dropped, also when its answer comes last."""
    page = desk_page(alice, reverse("admin:profile"))
    page.keyboard.press("Control+k")
    expect(page.locator(".palette-hit").first).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)  # a function of our own: Playwright marks its handlers, and `held.append` takes no mark

    page.route("**/palette/?q=tea", hold)
    page.keyboard.type("tea")
    wait_until(lambda: bool(held), page=page)
    page.locator("#palette-input").fill("audit")
    expect(page.locator(".palette-hit").first).to_contain_text("Audit log")
    held[0].abort()
    page.wait_for_timeout(50)
    expect(page.locator(".palette-hit").first).to_contain_text("Audit log")


def test_appearance_changes_at_once_and_stays(desk_page: OpenDesk, alice: Operator) -> None:
    page = desk_page(alice, reverse("admin:profile"))
    page.locator(".operator-button").click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    with page.expect_response("**/appearance/"):
        page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_switching_the_site_and_being_told(desk_page: OpenDesk, alice: Operator, shop: Site, elsewhere: Site) -> None:
    """SITE-3."""
    MembershipFactory(site=elsewhere, operator=alice, role=Role.VIEWER)
    page = desk_page(alice, reverse("admin:profile"))
    expect(page.locator(".site-name")).to_have_text("Elsewhere")
    page.locator("button.site-button").click()
    page.get_by_role("button", name="Shop").last.click()
    expect(page.locator(".toast")).to_contain_text("You are now in Shop.")
    expect(page.locator(".site-name")).to_have_text("Shop")


def test_slash_goes_to_the_quick_search(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    ContactFactory(site=shop, name="이서연")
    ContactFactory(site=shop, name="김현우")
    page = desk_page(alice, reverse("admin:profile"))
    page.keyboard.press("/")
    expect(page.locator("#quick-search")).to_be_focused()
    page.keyboard.type("서연")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/contacts/contact/?q=*")
    expect(page.get_by_role("link", name="이서연").first).to_be_visible()
    expect(page.get_by_role("link", name="김현우")).to_have_count(0)


def test_a_secret_is_shown_in_place(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """SITE-1: what was typed in the form above is not lost by looking."""
    page = desk_page(alice, reverse("admin:settings_plugin"))
    page.get_by_label("Allowed web origins").fill("https://shop.example")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#secret-1")).to_have_text(shop.member_hash_secret)
    expect(page.get_by_label("Allowed web origins")).to_have_value("https://shop.example")
    page.evaluate("document.querySelector('form[data-guard]').removeAttribute('data-changed')")


def test_a_dialog_asks_before_the_key_is_replaced(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    page = desk_page(alice, reverse("admin:settings_plugin"))
    page.get_by_role("button", name="Replace", exact=True).click()
    dialog = page.get_by_role("dialog", name="Replace the plugin key?")
    check_accessibility(page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Replace", exact=True).click()
    dialog.get_by_role("button", name="Replace the key").click()
    expect(page.locator(".toast")).to_be_visible()
    assert Site.objects.get(pk=shop.pk).plugin_key != shop.plugin_key


def test_a_toast_from_a_script_is_text(desk_page: OpenDesk, alice: Operator) -> None:
    page = desk_page(alice, reverse("admin:profile"))
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('toast', {detail: {level: 'error', text: '<b>no</b>', undo: '/x'}}))"
    )
    toast = page.locator(".toast")
    expect(toast).to_contain_text("<b>no</b>")
    expect(toast.get_by_role("button", name="Undo")).to_be_visible()
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


def test_a_form_sent_twice_is_sent_once(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    page = desk_page(alice, reverse("admin:desk_apikey_add"))
    page.get_by_label("Name").fill("Sync")
    page.get_by_role("button", name="Create").dblclick()
    expect(page.locator("#access-secret")).to_be_visible()
    assert shop.api_keys.count() == 1


def test_press_survives_that_its_button_is_replaced(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """screens.md: numbers that arrive between finger down and finger up take no click away."""
    TagFactory(site=shop, name="VIP")
    held: list[Route] = []

    def hold_numbers(route: Route) -> None:
        if route.request.headers.get("hx-request"):
            held.append(route)
        else:
            route.continue_()

    page = desk_page(alice, "")
    page.route(f"**{reverse('admin:tags_tag_changelist')}", hold_numbers)
    page.goto(reverse("admin:tags_tag_changelist"))
    page.get_by_role("button", name="More about VIP").hover()
    page.mouse.down()
    held.pop().continue_()
    expect(page.locator("#tag-rows .skeleton")).to_have_count(0)
    page.mouse.up()
    expect(page.get_by_role("link", name="Merge into another tag")).to_be_visible()


def test_press_goes_to_no_other_thing(desk_page: OpenDesk, alice: Operator) -> None:
    """screens.md: a row that moved under the pointer is not what was pressed."""
    page = desk_page(alice, reverse("admin:profile"))
    page.evaluate(
        """() => {
            const make = (name) => Object.assign(document.createElement("button"), { id: name, textContent: name });
            const box = document.querySelector("main");
            box.prepend(make("first"));
            box.addEventListener("click", (event) => (document.title = event.target.id));
            window.swap = () => document.getElementById("first").replaceWith(make("other"));
        }"""
    )
    before = page.title()
    page.locator("#first").hover()
    page.mouse.down()
    page.evaluate("swap()")
    page.mouse.up()
    page.wait_for_timeout(50)  # longer than the click would take to arrive
    assert page.title() == before
