"""Subject access in a real browser: from the person's page to the file in the hand, and what the file looks like."""

import zipfile

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from desk.models import AuditEntry, Operator, Site
from tests.browser.conftest import OpenDesk
from tests.factories import ContactFactory


def test_a_persons_data_are_downloaded(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """SITE-4: asked for with a reason; the page in the file needs nothing, runs nothing and is readable by everybody."""
    kim = ContactFactory(
        site=shop, name="Kim <b>Minji</b>", email="kim@example.com", memo="<script>document.title='x'</script>"
    )
    page = desk_page(alice, f"/desk/contacts/contact/{kim.pk}/change/")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("link", name="Personal data for the person").click()
    expect(page.get_by_role("heading", name="Kim <b>Minji</b>")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.get_by_label("Reason").fill("asked by e-mail")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the ZIP").click()
    assert waiting.value.suggested_filename.startswith("person-SHOP-")
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert archive.namelist() == ["person.json", "person.html"]
        html = archive.read("person.html").decode()
    assert AuditEntry.objects.get(action="contact.subjectAccess").reason == "asked by e-mail"
    page.goto("about:blank")
    page.set_content(html)
    expect(page).to_have_title("Personal data of Kim <b>Minji</b>")
    expect(page.get_by_role("cell", name="kim@example.com").first).to_be_visible()
    assert Axe().run(page).violations_count == 0
