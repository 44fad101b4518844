"""IMP-1..9 in a real browser with a real worker process: a file from Excel in CP949, to the people and back again."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from playwright.sync_api import Page, Route, expect

from config.celery import app
from contacts.models import Contact, ContactExport, ContactImport
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk
from tests.browser.watching import Watch, check_accessibility
from tests.factories import ContactFactory

UPLOAD = "/desk/contacts/contact/import/"
WORKER = ["worker", "-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
HEADER = "이름,휴대폰,이메일,회원아이디,적립금,태그\n"
ROWS = [f"김민지{n},010-2345-{n:04},minji{n}@example.com,m-{n},{n * 100},VIP\n" for n in range(30)]
BAD = "박오류,2.5E+11,park@example.com,,1,\n"


@pytest.fixture
def _worker(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[None]:
    """A worker of its own on the test database, with the files of this test."""
    settings.DATA_DIR = tmp_path
    environment = os.environ | {
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": django_settings.SECRET_KEY,
        "CELERY_SKIP_CHECKS": "1",
        # As this process has it, which is not what was set around it: processes that run side by side are kept apart.
        "REDIS_URL": django_settings.REDIS_URL,
    }
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        # The worker finds the test database where its own would be.
        (tmp_path / "desk.sqlite3").symlink_to(database["NAME"])
    else:
        environment["DATABASE_URL"] = f"{django_settings.DATABASE_URL.rpartition('/')[0]}/{database['NAME']}"
    # What earlier tests asked for and nobody did is of people who are gone; with Redis it is still there.
    app.control.purge()
    log = (tmp_path / "worker.log").open("wb")
    command = [sys.executable, "-m", "celery", "-A", "config", *WORKER]
    process = subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR, stdout=log, stderr=log)
    yield
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=40)
    log.close()


def choose(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def upload(page: Page, content: str) -> None:
    """Through the form, to what was understood."""
    choose(page, "회원목록.csv", content.encode("cp949"))
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/file/")


def field(page: Page, column: int, typed: str) -> None:
    """Choose a field by the search in its menu, with the keyboard; to the end of what the page makes of the answer."""
    page.locator(f"#menu-{column}").wait_for(state="attached")
    page.locator(f"#field-{column}").click()
    page.locator(f"#menu-{column} input").fill(typed)
    settled(page, lambda: page.keyboard.press("Enter"))


def settled(page: Page, act: Callable[[], None]) -> None:
    """Do ``act``; its answer is in the page, and the page has come to rest, when this returns."""
    page.evaluate(
        "() => { window.settled = false;"
        " document.addEventListener('htmx:afterSettle', () => { window.settled = true; }, { once: true }); }"
    )
    act()
    page.wait_for_function("() => window.settled")


@pytest.mark.usefixtures("_worker")
def test_a_file_becomes_people_and_is_taken_back(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """IMP-1..8: upload, mapping, check, import, report, rejected rows, undo."""
    ContactFactory(site=shop, name="Old", member_id="m-1")
    page = desk_page(alice, UPLOAD, language="en-US")
    page.set_default_timeout(60_000)
    check_accessibility(page)
    upload(page, HEADER + "".join(ROWS) + BAD)
    expect(page.locator("#import-encoding")).to_have_value("cp949")
    expect(page.get_by_role("cell", name="김민지0", exact=True)).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name="Next: columns").click()

    expect(page.locator("#field-3")).to_have_text("Member ID")
    field(page, 4, "new")
    expect(page.locator("#key-4")).to_have_value("적립금")
    expect(page.locator("#type-4")).to_have_value("number")
    check_accessibility(page)
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_role("heading", name="is done")).to_be_visible(timeout=60_000)
    row = page.locator(".import-verdict", has_text="Left out")
    expect(row.locator(".import-verdict-count")).to_have_text("1")
    row.locator("summary").click()
    expect(row.get_by_text("Excel has rounded this number")).to_be_visible()
    expect(page.locator(".import-total")).to_contain_text("31")
    check_accessibility(page)
    page.get_by_role("link", name="Next: confirm").click()

    expect(page.get_by_text("29 people are added.")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name="Import 30 rows").click()

    expect(page.get_by_role("heading", name="is imported")).to_be_visible(timeout=60_000)
    assert Contact.objects.filter(site=shop).count() == 30
    check_accessibility(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="1 row left out").click()
    lines = download.value.path().read_bytes().decode("cp949").splitlines()
    assert lines[1].startswith("박오류,2.5E+11,park@example.com")
    page.get_by_role("link", name="People of this import").click()
    expect(page.locator("#list-count")).to_contain_text("30")
    page.go_back()

    page.get_by_role("link", name="Undo …").click()
    check_accessibility(page)
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("heading", name="This import was undone")).to_be_visible(timeout=60_000)
    assert list(Contact.objects.filter(site=shop).values_list("name", flat=True)) == ["Old"]
    check_accessibility(page)


@pytest.mark.usefixtures("_worker")
def test_a_list_becomes_a_file(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """IMP-9: from the list's own button; a reason is asked for, the file is handed out on its page."""
    ContactFactory(site=shop, name="김민지", member_id="m-1")
    ContactFactory(site=shop, name="Lead", email="lead@example.com")
    page = desk_page(alice, "/desk/contacts/contact/?kind=member", language="en-US")
    page.set_default_timeout(60_000)
    page.get_by_role("button", name="Export").click()
    dialog = page.locator("#export-dialog")
    expect(dialog).to_contain_text("1 person")
    check_accessibility(page)
    dialog.get_by_role("button", name="Export").click()
    expect(dialog.locator(".errorlist")).to_be_visible()
    dialog.get_by_label("Reason").fill("Spring letter")
    dialog.get_by_role("button", name="Export").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Exports").click()
    # The tray below offers it too, as soon as it hears of it.
    download = page.get_by_role("main").get_by_role("link", name="Download")
    expect(download).to_be_visible(timeout=60_000)
    check_accessibility(page)
    with page.expect_download() as file:
        download.click()
    export = ContactExport.objects.get()
    assert file.value.suggested_filename == export.name
    assert "김민지" in file.value.path().read_text(encoding="utf-8-sig")
    assert export.reason == "Spring letter"


def test_a_refused_file_leaves_the_page_as_it_is(
    desk_page: OpenDesk, alice: Operator, watch: Watch, settings: Any, tmp_path: Path
) -> None:
    """IMP-1: an empty file is told before it is sent, one that is no table after; both by their names."""
    settings.DATA_DIR = tmp_path
    watch.expect("400")
    page = desk_page(alice, UPLOAD, language="en-US", width=380, dark=True)
    choose(page, "empty.csv", b"")
    expect(page.get_by_role("alert")).to_contain_text("0 bytes")
    choose(page, "picture.csv", bytes(range(256)) * 60)
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not a table")
    expect(page.locator("[data-chosen]")).to_contain_text("picture.csv")
    check_accessibility(page)
    assert not ContactImport.objects.exists()


def test_another_encoding_changes_the_table_at_once(
    desk_page: OpenDesk, alice: Operator, settings: Any, tmp_path: Path
) -> None:
    """IMP-1: without a button, and back again."""
    settings.DATA_DIR = tmp_path
    page = desk_page(alice, UPLOAD, language="en-US", width=380)
    upload(page, HEADER + ROWS[0])
    page.locator("#import-encoding").select_option("cp932")
    expect(page.get_by_role("cell", name="김민지0", exact=True)).to_have_count(0)
    page.locator("#import-encoding").select_option("cp949")
    expect(page.get_by_role("cell", name="김민지0", exact=True)).to_be_visible()
    page.get_by_text("A person already").click()
    expect(page.get_by_role("cell", name="이름", exact=True)).to_be_visible()


def test_a_menu_opened_while_an_answer_is_on_its_way_stays_open(
    desk_page: OpenDesk, alice: Operator, settings: Any, tmp_path: Path
) -> None:
    """IMP-2: what is typed there is not lost; the answer is shown when the menu is closed."""
    settings.DATA_DIR = tmp_path
    page = desk_page(alice, UPLOAD, language="en-US")
    upload(page, HEADER + ROWS[0])
    page.get_by_role("button", name="Next: columns").click()
    page.wait_for_url("**/columns/")
    held: list[Route] = []
    page.route("**/columns/", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    with page.expect_request(lambda request: request.method == "POST"):
        page.locator("#field-0").click()
        page.locator("#menu-0 input").fill("memo")
        page.keyboard.press("Enter")
    page.locator("#field-5").click()
    page.locator("#menu-5 input").fill("me")
    with page.expect_response("**/columns/"):
        held[0].continue_()
    page.unroute("**/columns/")
    page.locator("#menu-5 input").press_sequentially("mo")
    expect(page.locator("#menu-5 input")).to_have_value("memo")
    page.keyboard.press("Escape")  # empties the search
    settled(page, lambda: page.keyboard.press("Escape"))
    expect(page.locator("#field-0")).to_have_text("Memo")
    field(page, 5, "memo")
    expect(page.locator("#column-5")).to_contain_text("go to one field: “Memo”")


def test_columns_are_kept_when_one_leaves_and_comes_back(
    desk_page: OpenDesk, alice: Operator, settings: Any, tmp_path: Path
) -> None:
    """IMP-2: and a problem stands at its column at once."""
    settings.DATA_DIR = tmp_path
    page = desk_page(alice, UPLOAD, language="en-US", width=380, dark=True)
    upload(page, HEADER + ROWS[0])
    page.get_by_role("button", name="Next: columns").click()
    page.wait_for_url("**/columns/")
    field(page, 5, "memo")
    field(page, 0, "memo")
    expect(page.locator("#column-5")).to_contain_text("go to one field: “Memo”")
    check_accessibility(page)
    page.goto("/desk/contacts/contactimport/")
    check_accessibility(page)
    page.get_by_role("link", name="회원목록.csv").click()
    expect(page.locator("#field-0")).to_have_text("Memo")
    expect(page.locator("#column-5")).to_contain_text("go to one field")
