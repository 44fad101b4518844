"""The second factor in a real browser: set up from the profile, then signing in in two steps."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from desk.models import Operator, Site
from tests.browser.conftest import PASSWORD, OpenDesk, OpenPage
from tests.browser.watching import check_accessibility
from tests.desk.authenticator import App


def _looked_at(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    check_accessibility(page)


@pytest.mark.parametrize(("width", "dark"), [(380, True), (1440, False)], ids=["phone", "desk"])
def test_it_is_set_up_and_asked_for_at_the_next_sign_in(
    width: int, dark: bool, desk_page: OpenDesk, visitor_page: OpenPage, alice: Operator, shop: Site
) -> None:
    """With the phone: the site asks for it and nothing else is reached; at the desk: from one's profile."""
    forced = width == 380
    alice.set_password(PASSWORD)
    alice.save()
    Site.objects.update(requires_second_factor=forced)
    page = desk_page(alice, reverse("admin:settings" if forced else "admin:profile"), width=width, dark=dark)
    if not forced:
        page.get_by_role("link", name="Set up").click()
    expect(page.get_by_role("heading", name="Set up the second factor")).to_be_visible()
    _looked_at(page)
    page.get_by_role("button", name="Begin").click()
    picture = page.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    _looked_at(page)
    app = App(page.locator("#second-factor-key").inner_text().replace(" ", ""))
    page.get_by_label("Code of the app").fill(app.code())
    page.keyboard.press("Enter")
    expect(page.locator("#recovery-codes")).to_be_visible()
    codes = page.locator("#recovery-codes").inner_text().split()
    _looked_at(page)
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url(f"**{reverse('admin:settings' if forced else 'admin:profile')}")
    _sign_in_again(visitor_page(reverse("admin:profile"), language="en", width=width, dark=dark), alice, codes[0])


def _sign_in_again(page: Page, operator: Operator, recovery_code: str) -> None:
    """A code of the app was just used up, so: a wrong one, then a recovery code."""
    page.get_by_label("E-mail").fill(operator.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_focused()
    _looked_at(page)
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("6 digits")
    _looked_at(page)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(recovery_code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('admin:profile')}")
    expect(page.get_by_text("9 recovery codes left")).to_be_visible()
    _looked_at(page)
