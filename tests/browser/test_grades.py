"""GRADE-1..3 in a real browser: a grade and a rule in dialogs, the chip on the person, rules from a file."""

from pathlib import Path

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from desk.actors import SYSTEM
from desk.models import Operator, Site
from tags.grade_catalogue import create_grade
from tags.grade_rules import add_rule
from tags.models import Grade, GradeRule
from tests.browser.conftest import OpenDesk
from tests.browser.watching import check_accessibility
from tests.factories import ContactFactory


def test_admin_makes_a_grade_and_a_rule_and_the_person_carries_it(
    desk_page: OpenDesk, alice: Operator, shop: Site
) -> None:
    """GRADE-1, GRADE-2, GRADE-3: the whole way, with what goes wrong on it."""
    contact = ContactFactory(site=shop, name="Kim Minsu", mobile_number="+821012345678")
    page = desk_page(alice, reverse("admin:tags_grade_changelist"))
    page.get_by_role("link", name="New grade").first.click()
    dialog = page.locator("#grade-dialog")
    expect(dialog.get_by_role("heading", name="New grade")).to_be_visible()
    dialog.get_by_label("Name").fill(" ")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.locator(".field-errors")).to_have_count(1)
    dialog.get_by_label("Name").fill("Gold")
    dialog.get_by_label("Colour").fill("#d4a017")
    check_accessibility(page)
    dialog.get_by_role("button", name="Create").click()
    expect(page.locator("table.grades")).to_contain_text("Gold")
    assert Grade.objects.get().color == "#d4a017"

    page.get_by_role("link", name="Rules").first.click()
    page.get_by_role("link", name="New rule").first.click()
    dialog.get_by_label("Criterion").select_option("mobileNumber")
    dialog.get_by_label("Value").fill("12")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.locator(".field-errors").first).to_contain_text("not a phone number")
    dialog.get_by_label("Value").fill("010 1234 5678")
    dialog.get_by_label("Grade").select_option(label="Gold")
    dialog.get_by_role("button", name="Create").click()
    expect(page.locator("#toasts")).to_contain_text("1 contact has the value")
    expect(page.locator("table.grade-rules")).to_contain_text("010-1234-5678")
    check_accessibility(page)

    page.goto(page.url.split("/desk/")[0] + reverse("admin:contacts_contact_change", args=[contact.pk]))
    chip = page.locator(".contact-grade .tag-chip")
    expect(chip).to_have_text("Gold")
    expect(page.locator(".contact-grade")).to_contain_text("By the rule for mobile number 010-1234-5678")
    chip.get_by_role("link").click()
    expect(page.locator("#people")).to_contain_text("Kim Minsu")
    expect(page.locator("#people .tag-chip")).to_have_text("Gold")


def test_rules_are_searched_changed_and_deleted(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    gold = create_grade(shop, "Gold", actor=SYSTEM)
    for value in ("kim", "lee"):
        add_rule(shop, criterion="memberId", value=value, grade=gold, actor=SYSTEM, now=timezone.now())
    page = desk_page(alice, reverse("admin:tags_graderule_changelist"))
    rows = page.locator("table.grade-rules tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("searchbox", name="Search rules").fill("KI")
    expect(rows).to_have_count(1)
    rows.get_by_role("link", name="Edit").click()
    dialog = page.locator("#grade-dialog")
    dialog.get_by_label("Value").fill("park")
    dialog.get_by_role("button", name="Save").click()
    expect(rows).to_have_count(2)
    expect(page.locator("table.grade-rules")).to_contain_text("park")
    page.get_by_role("link", name="Delete the rule for lee").click()
    page.get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(1)
    assert GradeRule.objects.get().norm == "park"


def test_a_file_is_previewed_before_it_is_imported(
    desk_page: OpenDesk, alice: Operator, shop: Site, tmp_path: Path
) -> None:
    """GRADE-3"""
    create_grade(shop, "골드", actor=SYSTEM)
    file = tmp_path / "등급.csv"
    file.write_bytes("기준,값,등급\n이메일,kim@example.com,골드\n이메일,아님,골드\n".encode("cp949"))
    page = desk_page(alice, reverse("admin:tags_graderule_changelist"))
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("File").set_input_files(str(file))
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.locator(".grade-steps")).to_contain_text("아님")
    check_accessibility(page)
    assert not GradeRule.objects.exists()
    page.get_by_role("button", name="Import the good lines").click()
    expect(page.locator("table.grade-rules")).to_contain_text("kim@example.com")
