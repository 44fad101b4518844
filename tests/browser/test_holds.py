"""RET-5 in a real browser: the line below a person's header, a hold, its end."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk
from tests.factories import ContactFactory


def test_a_person_is_held_and_let_go(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """RET-5: errors at their fields, the line and the timeline tell it at once; axe finds no violations (screens.md)."""
    kim = ContactFactory(site=shop, name="Kim")
    page = desk_page(alice, f"/desk/contacts/contact/{kim.pk}/change/", width=380)
    line, dialog = page.locator("#contact-retention"), page.locator("#hold-dialog")
    expect(line).to_contain_text("last contact was a visit")
    line.get_by_role("link", name="Hold").click()
    expect(dialog.get_by_label("Reason")).to_be_focused()
    expect(dialog.get_by_label("Last day of the hold")).to_be_hidden()
    dialog.get_by_text("other", exact=True).click()
    dialog.get_by_role("button", name="Place hold").click()
    expect(dialog).to_contain_text("Say why this person is to be kept.")
    expect(dialog).to_contain_text("Choose the last day of the hold.")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    dialog.get_by_label("Reason").fill("a dispute")
    dialog.get_by_text("90 days", exact=True).click()
    dialog.get_by_role("button", name="Place hold").click()
    expect(dialog).to_be_hidden()
    expect(line.locator("li")).to_contain_text("a dispute")
    expect(page.locator("#timeline")).to_contain_text("On hold until")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.on("dialog", lambda question: question.accept())
    line.get_by_role("button", name="End the hold: a dispute").click()
    expect(line.locator("li")).to_have_count(0)
    expect(page.locator("#timeline")).to_contain_text("Hold ended")
