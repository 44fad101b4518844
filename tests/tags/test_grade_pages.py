"""GRADE-1, GRADE-3: the desk's pages of grades and rules, the column, the chip on a person's page, rules from files."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contacts.merge_plans import plan_merge
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Site
from tags.grade_catalogue import create_grade
from tags.grade_rules import add_rule
from tags.models import ContactGrade, Grade, GradeRule
from tests.conftest import client_of
from tests.contacts.browser import NOON
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

GRADES, RULES = "/desk/tags/grade/", "/desk/tags/graderule/"
IMPORT, EXPORT = "/desk/grade-rules/import/", "/desk/grade-rules/export/"
DIALOG = {"HX-Request": "true", "HX-Target": "grade-dialog"}


@pytest.fixture
def gold(shop: Site) -> Grade:
    return create_grade(shop, "Gold", color="#d4a017", rank=10, actor=SYSTEM)


@pytest.fixture
def vip(shop: Site) -> Grade:
    return create_grade(shop, "VIP", color="#d64545", rank=20, actor=SYSTEM)


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


def rule(grade: Grade, criterion: str, value: str, note: str = "") -> GradeRule:
    return add_rule(grade.site, criterion=criterion, value=value, grade=grade, note=note, actor=SYSTEM, now=NOON)[0]


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


# --- grades --------------------------------------------------------------------------------------------------


def test_grades_are_listed_by_rank_with_numbers_and_links(shop: Site, client: Client, gold: Grade, vip: Grade) -> None:
    """GRADE-1"""
    ContactFactory.create_batch(2, site=shop, email="kim@example.com")
    rule(gold, "email", "kim@example.com")
    page = text(client.get(GRADES))
    assert page.index("VIP") < page.index("Gold")
    assert 'data-color="#d4a017"' in page
    assert "%22key%22%3A%22grade%22" in page
    [row] = [line for line in client.get(GRADES).context["rows"] if line["grade"] == gold]
    assert (row["contacts"], row["rules"]) == (2, 1)
    assert client.get(row["url"]).status_code == 200


def test_a_site_without_grades_says_what_they_are(client: Client) -> None:
    """screens.md: an empty state with the next step."""
    assert "No grades yet" in text(client.get(GRADES))
    assert "No grades yet" in text(client.get(RULES))


def test_a_grade_is_made_in_a_dialog(shop: Site, client: Client) -> None:
    """GRADE-1: errors stand beside their field; saved, the page loads anew."""
    form = text(client.get(f"{GRADES}add/", headers=DIALOG))
    assert "<html" not in form
    bad = text(client.post(f"{GRADES}add/", {"name": " ", "color": "#d4a017", "rank": "1"}, headers=DIALOG))
    assert "errorlist" in bad
    made = client.post(f"{GRADES}add/", {"name": "Gold", "color": "#D4A017", "rank": "3"}, headers=DIALOG)
    assert (made.status_code, made.headers["HX-Redirect"]) == (204, GRADES)
    grade = Grade.objects.get()
    assert (grade.name, grade.color, grade.rank) == ("Gold", "#d4a017", 3)
    assert AuditEntry.objects.get(action="grade.create").actor == "Alice"


def test_the_form_is_a_page_of_its_own_too(shop: Site, client: Client, gold: Grade) -> None:
    """Without a script everything works."""
    assert "<html" in text(client.get(f"{GRADES}add/"))
    assert client.post(f"{GRADES}{gold.pk}/change/", {"name": "Au", "color": "#d4a017", "rank": "5"}).status_code == 302
    gold.refresh_from_db()
    assert (gold.name, gold.rank) == ("Au", 5)


@pytest.mark.parametrize(
    ("told", "reason"),
    [({"name": "vip"}, "There is already a grade"), ({"rank": "20"}, "has this rank already"), ({"color": "red"}, "#")],
    ids=["name", "rank", "colour"],
)
def test_what_is_taken_or_wrong_is_said(
    client: Client, gold: Grade, vip: Grade, told: dict[str, str], reason: str
) -> None:
    data = {"name": "Gold", "color": "#d4a017", "rank": "10"} | told
    response = client.post(f"{GRADES}{gold.pk}/change/", data, follow=True)
    assert reason in text(response)
    gold.refresh_from_db()
    assert (gold.name, gold.rank, gold.color) == ("Gold", 10, "#d4a017")


def test_grades_are_moved_up_and_down(client: Client, gold: Grade, vip: Grade) -> None:
    client.post(f"{GRADES}{gold.pk}/move/", {"to": "up"})
    assert list(Grade.objects.values_list("name", flat=True)) == ["Gold", "VIP"]
    client.post(f"{GRADES}{gold.pk}/move/", {"to": "up"})
    client.post(f"{GRADES}{gold.pk}/move/", {"to": "down"})
    assert list(Grade.objects.values_list("name", flat=True)) == ["VIP", "Gold"]


def test_before_a_grade_goes_the_page_says_what_goes_with_it(shop: Site, client: Client, gold: Grade) -> None:
    ContactFactory(site=shop, email="kim@example.com")
    rule(gold, "email", "kim@example.com")
    page = text(client.get(f"{GRADES}{gold.pk}/delete/"))
    assert "1 contact carries it" in page
    assert "1 rule goes with it" in page
    assert client.post(f"{GRADES}{gold.pk}/delete/", {"post": "yes"}).status_code == 302
    assert (Grade.objects.count(), GradeRule.objects.count(), ContactGrade.objects.count()) == (0, 0, 0)


# --- rules ---------------------------------------------------------------------------------------------------


def test_a_rule_is_added_in_a_dialog_and_says_whom_it_has_found(shop: Site, client: Client, gold: Grade) -> None:
    """GRADE-2"""
    contact = ContactFactory(site=shop, mobile_number="+821012345678", name="Kim Minsu")
    data = {"criterion": "mobileNumber", "value": "010 1234 5678", "grade": str(gold.pk), "note": "regular"}
    made = client.post(f"{RULES}add/", data, headers=DIALOG)
    assert made.status_code == 204
    assert ContactGrade.objects.get().contact == contact
    page = text(client.get(RULES))
    assert "010-1234-5678" in page
    assert "1 contact has the value" in page
    [row] = client.get(RULES).context["rows"]
    assert row["contacts"] == 1
    assert "Kim Minsu" in text(client.get(f"{RULES}{row['rule'].pk}/change/", headers=DIALOG))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"value": "not one"}, "is not an e-mail address"),
        ({"criterion": "name"}, "Select a valid choice"),
        ({"value": ""}, "This field is required"),
        ({"value": "test@test.com"}, "belong to nobody"),
    ],
    ids=["invalid", "name", "blank", "junk"],
)
def test_what_is_wrong_with_a_rule_stands_beside_its_field(
    client: Client, gold: Grade, told: dict[str, str], reason: str
) -> None:
    """GRADE-1: a name gives no grade."""
    data = {"criterion": "email", "value": "kim@example.com", "grade": str(gold.pk)} | told
    assert reason in text(client.post(f"{RULES}add/", data, headers=DIALOG))
    assert not GradeRule.objects.exists()


def test_a_rule_that_is_there_is_told(client: Client, gold: Grade) -> None:
    rule(gold, "email", "kim@example.com")
    data = {"criterion": "email", "value": "KIM@example.com", "grade": str(gold.pk)}
    client.post(f"{RULES}add/", data, headers=DIALOG)
    assert "There is already a rule" in text(client.get(RULES))


def test_rules_are_searched_and_paged(shop: Site, client: Client, gold: Grade, vip: Grade) -> None:
    for number in range(52):
        rule(gold, "memberId", f"m{number:02}")
    rule(vip, "email", "kim@example.com", note="Seoul")
    first = client.get(RULES)
    assert (len(first.context["rows"]), first.context["count"]) == (50, "53 rules")
    assert len(client.get(RULES + first.context["more_url"]).context["rows"]) == 3
    assert [row["rule"].value for row in client.get(RULES, {"q": "seoul"}).context["rows"]] == ["kim@example.com"]
    assert len(client.get(RULES, {"grade": str(vip.pk)}).context["rows"]) == 1
    assert len(client.get(RULES, {"criterion": "email"}).context["rows"]) == 1
    assert "Nothing matches" in text(client.get(RULES, {"q": "nobody\0"}))


def test_a_page_of_rules_counts_all_of_them_in_one_statement(
    shop: Site, client: Client, gold: Grade, django_assert_max_num_queries: Any
) -> None:
    """speed.md: no statement per rule."""
    for number in range(20):
        rule(gold, "memberId", f"m{number}")
    client.get(RULES)
    # Session, operator, second factor, site, rules, count, numbers, grades, tray.
    with django_assert_max_num_queries(10):
        client.get(RULES)


def test_values_are_masked_for_who_may_not_see_them(shop: Site, victor: Operator, gold: Grade) -> None:
    """SITE-4: on the page of rules and on the person's; and not found by guessing."""
    contact = ContactFactory(site=shop, email="kim@example.com")
    rule(gold, "email", "kim@example.com")
    client = client_of(victor)
    page = text(client.get(RULES))
    assert "kim@example.com" not in page
    assert "k••••@example.com" in page
    assert len(client.get(RULES, {"q": "nothing like it"}).context["rows"]) == 1
    person = text(client.get(f"/desk/contacts/contact/{contact.pk}/change/"))
    assert "Gold" in person
    assert "kim@example.com" not in person


# --- who may -------------------------------------------------------------------------------------------------

_PAGES = [
    ("get", GRADES, "200 200 200"),
    ("get", RULES, "200 200 200"),
    ("get", GRADES + "add/", "200 403 403"),
    ("post", GRADES + "add/", "200 403 403"),
    ("get", GRADES + "{grade}/change/", "200 200 200"),
    ("post", GRADES + "{grade}/change/", "200 403 403"),
    ("post", GRADES + "{grade}/move/", "302 403 403"),
    ("get", GRADES + "{grade}/delete/", "200 403 403"),
    ("post", GRADES + "{grade}/delete/", "302 403 403"),
    ("get", GRADES + "{grade}/history/", "200 200 200"),
    ("get", RULES + "add/", "200 403 403"),
    ("get", RULES + "{rule}/change/", "200 403 403"),
    ("post", RULES + "{rule}/delete/", "302 403 403"),
    ("get", IMPORT, "200 403 403"),
    ("post", IMPORT, "200 403 403"),
    ("get", EXPORT, "200 403 403"),
]


@pytest.mark.parametrize(("method", "path", "statuses"), _PAGES, ids=[f"{one[0]} {one[1]}" for one in _PAGES])
def test_who_may_do_what(
    method: str, path: str, statuses: str, alice: Operator, bob: Operator, victor: Operator, gold: Grade
) -> None:
    """SITE-3: everybody sees, administrators change. Alice is one, Bob an agent, Victor a viewer."""
    made = rule(gold, "memberId", "kim")
    found = []
    for operator in (victor, bob, alice):
        client = client_of(operator)
        found.append(getattr(client, method)(path.format(grade=gold.pk, rule=made.pk)).status_code)
    assert " ".join(map(str, reversed(found))) == statuses


def test_nothing_of_another_site_is_shown_or_changed(charlie: Operator, gold: Grade) -> None:
    """SITE-2"""
    made = rule(gold, "memberId", "kim")
    client = client_of(charlie)
    for path in (f"{GRADES}{gold.pk}/", f"{RULES}{made.pk}/"):
        for page in ("change/", "delete/", "history/", "move/"):
            assert client.get(path + page).status_code in (302, 404)
            assert client.post(path + page).status_code in (302, 404)
    assert "d4a017" not in text(client.get(GRADES)) + text(client.get(RULES))
    data = {"criterion": "memberId", "value": "x", "grade": str(gold.pk)}
    assert "Select a valid choice" in text(client.post(f"{RULES}add/", data, headers=DIALOG))
    assert (Grade.objects.count(), GradeRule.objects.count()) == (1, 1)


# --- where grades are shown ------------------------------------------------------------------------------------


def test_the_grade_stands_in_the_list_and_on_top_of_the_person(shop: Site, client: Client, gold: Grade) -> None:
    """GRADE-3: always with its name, and the rule that gives it."""
    contact = ContactFactory(site=shop, member_id="kim", name="Kim")
    ContactFactory(site=shop, name="Lee")
    rule(gold, "memberId", "kim", note="since 2019")
    page = text(client.get("/desk/contacts/contact/"))
    assert page.count('data-color="#d4a017"') == 1
    person = text(client.get(f"/desk/contacts/contact/{contact.pk}/change/"))
    assert "By the rule for member ID kim – since 2019" in person
    assert person.index("contact-grade") < person.index("contact-tags")


def test_the_list_is_sorted_by_rank(shop: Site, client: Client, gold: Grade, vip: Grade) -> None:
    """LIST-2: the highest first, who has none last."""
    for name, grade in (("A", gold), ("B", None), ("C", vip)):
        ContactFactory(site=shop, member_id=name, name=name)
        if grade:
            rule(grade, "memberId", name)
    rows = client.get("/desk/contacts/contact/", {"o": "-grade"}).context["rows"]
    assert [row.name for row in rows] == ["C", "A", "B"]


# --- files ---------------------------------------------------------------------------------------------------


def upload(client: Client, data: bytes, name: str = "rules.csv") -> Any:
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data)})


def confirm(client: Client, preview: Any) -> Any:
    return client.post(IMPORT, {"confirmed": preview.context["confirmed"]})


KOREAN = "기준,값,등급,비고\n휴대폰,010-1234-5678,골드,단골\n이메일,Kim@Example.com,골드,\n회원아이디,kim,골드,\n"
JAPANESE = "条件\t値\t顧客ランク\t備考\n携帯電話番号\t+81 90-1234-5678\t골드\t常連\n会員ID\tkim\t골드\t\n"


@pytest.mark.parametrize(
    ("text_", "encoding", "count"),
    [
        (KOREAN, "utf-8", 3),
        (KOREAN, "utf-8-sig", 3),
        (KOREAN, "cp949", 3),
        (KOREAN, "utf-16", 3),
        (JAPANESE, "utf-8", 2),
    ],
    ids=["utf-8", "bom", "cp949", "utf-16", "japanese"],
)
def test_rules_come_from_a_file_after_a_preview(
    shop: Site, client: Client, text_: str, encoding: str, count: int
) -> None:
    """GRADE-3: columns named in Korean or Japanese, in the encodings of contacts; nothing before it is confirmed."""
    create_grade(shop, "골드", actor=SYSTEM)
    contact = ContactFactory(site=shop, member_id="KIM")
    preview = upload(client, text_.encode(encoding))
    assert len(preview.context["plan"].new) == count
    assert preview.context["plan"].problems == []
    assert not GradeRule.objects.exists()
    assert confirm(client, preview).status_code == 302
    assert GradeRule.objects.count() == count
    assert ContactGrade.objects.get().contact == contact
    again = upload(client, text_.encode(encoding))
    assert (again.context["plan"].unchanged, again.context["confirmed"]) == (count, "")


def test_a_workbook_will_do(client: Client, gold: Grade) -> None:
    book = openpyxl.Workbook()
    for row in (["criterion", "value", "grade"], ["email", "kim@example.com", "Gold"]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    confirm(client, upload(client, file.getvalue(), "rules.xlsx"))
    assert GradeRule.objects.get().norm == "kim@example.com"


def test_bad_lines_are_told_by_line_and_column_and_stop_no_good_one(client: Client, gold: Grade) -> None:
    """GRADE-3"""
    data = (
        "criterion,value,grade,note\nemail,nobody,Gold,\nname,Kim,Gold,\nemail,kim@example.com,Silver,\n\n"
        "city,Seoul,Gold,\nemail,lee@example.com,GOLD,ok\nemail,LEE@example.com,Gold,\n"
    )
    preview = upload(client, data.encode())
    plan = preview.context["plan"]
    assert [(one.line, one.column) for one in plan.problems] == [
        (2, "value"),
        (3, "criterion"),
        (4, "grade"),
        (6, "criterion"),
    ]
    assert (len(plan.new), plan.repeated) == (1, 1)
    assert "There is no grade “Silver”." in text(preview)
    confirm(client, preview)
    assert GradeRule.objects.get().value == "lee@example.com"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        ("이름,나이\nKim,3\n".encode(), "The header has no column for: Criterion, Value, Grade"),
        (b"criterion,value\nemail,a@example.com\n", "The header has no column for: Grade"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "error"),
    ],
    ids=["empty", "other columns", "no grade", "binary"],
)
def test_what_is_no_list_of_rules_is_refused_with_its_reason(
    client: Client, gold: Grade, data: bytes, reason: str
) -> None:
    page = text(upload(client, data))
    assert "errorlist" in page
    assert reason in page
    assert not GradeRule.objects.exists()


def test_only_what_was_shown_is_imported(shop: Site, client: Client, bob: Operator, gold: Grade) -> None:
    """The confirmed file is the previewed file; a preview of somebody else, or a forged one, is none."""
    preview = upload(client, b"criterion,value,grade\nemail,kim@example.com,Gold\n")
    signed = preview.context["confirmed"]
    client.post(IMPORT, {"confirmed": signed[:-2] + "xx"})
    client.post(IMPORT, {"confirmed": ""})
    assert not GradeRule.objects.exists()
    other = Operator.objects.get(pk=bob.pk)
    other.memberships.update(role="admin")
    client_of(other).post(IMPORT, {"confirmed": signed})
    assert not GradeRule.objects.exists()
    gold.name = "gone"
    Grade.objects.filter(pk=gold.pk).delete()
    assert "something changed since the preview" in text(client.post(IMPORT, {"confirmed": signed}, follow=True))


def test_a_file_of_rules_comes_back_without_change(shop: Site, client: Client, gold: Grade) -> None:
    """GRADE-3, IMP-9: formulas are kept from being ones; written to the audit log."""
    rule(gold, "mobileNumber", "+82 10-1234-5678", note="=1+1")
    rule(gold, "customerNumber", "#77", note='a,"b"')
    exported = client.get(EXPORT)
    data = b"".join(exported.streaming_content)  # type: ignore[attr-defined]
    assert data.startswith(b"\xef\xbb\xbfcriterion,value,grade,note")
    assert b"'+82 10-1234-5678" in data
    assert b"'=1+1" in data
    assert AuditEntry.objects.get(action="graderule.export").actor == "Alice"
    preview = upload(client, data)
    assert (preview.context["plan"].unchanged, preview.context["plan"].problems) == (2, [])
    before = sorted(GradeRule.objects.values_list("norm", "note"))
    GradeRule.objects.all().delete()
    confirm(client, upload(client, data))
    assert sorted(GradeRule.objects.values_list("norm", "note")) == before


def test_the_merge_dialog_says_which_grade_stands(shop: Site, client: Client, gold: Grade, vip: Grade) -> None:
    """UNI-7, UNI-13: the grade follows its rules, so the higher one stands."""
    member, lead = ContactFactory(site=shop, member_id="kim"), ContactFactory(site=shop, email="kim@example.com")
    rule(gold, "memberId", "kim")
    rule(vip, "email", "kim@example.com")
    [told] = [one for one in plan_merge(member, lead).fields if one.key == "grade"]
    assert (told.kept, told.absorbed, told.result, told.wins, told.why) == ("Gold", "VIP", "VIP", "absorbed", "higher")
    page = text(client.get(f"/desk/contacts/contact/{member.pk}/merge/", {"with": str(lead.pk)}))
    assert "VIP" in page
