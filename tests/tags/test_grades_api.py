"""API-2: ``grades`` and ``grade-rules`` of the open API."""

from typing import Any

import pytest

from desk.actors import SYSTEM
from desk.models import AuditEntry, Site
from tags.grade_catalogue import create_grade
from tags.grade_rules import add_rule
from tags.models import ContactGrade, Grade, GradeRule
from tests.contacts.api.open.conftest import Program
from tests.contacts.browser import NOON
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(shop: Site) -> Program:
    return Program(shop)


@pytest.fixture
def gold(shop: Site) -> Grade:
    return create_grade(shop, "Gold", color="#d4a017", rank=10, actor=SYSTEM)


def test_a_grade_is_made_read_changed_and_deleted(shop: Site, program: Program) -> None:
    """API-2: the usual five verbs; who did it is in the audit log."""
    status, grade = program.call("POST", "grades", {"name": " Gold ", "color": "#D4A017", "rank": 10})
    assert status == 201
    assert {key: grade[key] for key in ("name", "color", "rank")} == {"name": "Gold", "color": "#d4a017", "rank": 10}
    assert program.get(f"grades/{grade['id']}") == (200, {**grade, "contactsCount": 0, "rulesCount": 0})
    status, changed = program.call("PATCH", f"grades/{grade['id']}", {"name": "Platin", "rank": 20})
    assert (status, changed["name"], changed["rank"]) == (200, "Platin", 20)
    assert program.get("grades") == (200, {"grades": [changed], "next": None})
    assert program.call("DELETE", f"grades/{grade['id']}") == (204, None)
    actions = AuditEntry.objects.filter(action__startswith="grade.").order_by("pk").values_list("action", "actor")
    assert list(actions) == [("grade.create", "program"), ("grade.change", "program"), ("grade.delete", "program")]


def test_a_rule_is_made_read_changed_and_deleted(shop: Site, program: Program, gold: Grade) -> None:
    """API-2, GRADE-2: at once."""
    contact = ContactFactory(site=shop, email="kim@example.com")
    body = {"criterion": "email", "value": " Kim@Example.com ", "grade": "gold", "note": "best"}
    status, rule = program.call("POST", "grade-rules", body)
    assert status == 201
    assert rule["grade"] == {"id": str(gold.pk), "name": "Gold", "color": "#d4a017"}
    assert (rule["criterion"], rule["value"], rule["note"]) == ("email", "Kim@Example.com", "best")
    assert program.get(f"grade-rules/{rule['id']}") == (200, {**rule, "contactsCount": 1})
    assert program.get(f"contacts/{contact.pk}")[1]["grade"] == {"name": "Gold", "color": "#d4a017"}
    assert program.get(f"grades/{gold.pk}")[1]["contactsCount"] == 1
    status, changed = program.call("PATCH", f"grade-rules/{rule['id']}", {"value": "lee@example.com"})
    assert (status, changed["value"]) == (200, "lee@example.com")
    assert program.get(f"contacts/{contact.pk}")[1]["grade"] is None
    assert program.get("grade-rules") == (200, {"gradeRules": [changed], "next": None})
    assert program.call("DELETE", f"grade-rules/{rule['id']}") == (204, None)
    assert program.get("grade-rules")[1]["gradeRules"] == []


def test_the_grade_may_be_named_by_its_id(shop: Site, program: Program, gold: Grade) -> None:
    body = {"criterion": "memberId", "value": "kim", "grade": str(gold.pk)}
    assert program.call("POST", "grade-rules", body)[0] == 201


def test_the_phone_is_a_criterion_by_either_name(shop: Site, program: Program, gold: Grade) -> None:
    """domain.md, section 0: the public name is mobileNumber."""
    body = {"criterion": "phone", "value": "010-1234-5678", "grade": "Gold"}
    assert program.call("POST", "grade-rules", body)[1]["criterion"] == "mobileNumber"


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("grades", {"name": "gOLD"}, (409, "already_exists", "name")),
        ("grades", {"name": "Silver", "rank": 10}, (409, "already_exists", "rank")),
        ("grades", {"name": "Silver", "rank": 0}, (400, "invalid", "rank")),
        ("grades", {"name": "Silver", "rank": True}, (400, "invalid", "rank")),
        ("grades", {"name": "Silver", "color": "red"}, (400, "invalid", "color")),
        ("grades", {"name": "  "}, (400, "invalid", "name")),
        ("grades", {"name": "x" * 31}, (400, "invalid", "name")),
        ("grades", {"name": "a\nb"}, (400, "invalid", "name")),
        ("grades", {}, (400, "invalid", "name")),
        ("grades", {"name": "Silver", "level": 1}, (400, "invalid", "level")),
        ("grade-rules", {"criterion": "name", "value": "Kim", "grade": "Gold"}, (400, "invalid", "criterion")),
        ("grade-rules", {"criterion": "city", "value": "Kim", "grade": "Gold"}, (400, "invalid", "criterion")),
        ("grade-rules", {"criterion": "email", "value": "nobody", "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "email", "value": " ", "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "mobileNumber", "value": "12", "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "memberId", "value": "a b", "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "customerNumber", "value": "-1", "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "customerNumber", "value": "9" * 40, "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "memberId", "value": "undefined", "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "memberId", "value": "x" * 300, "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "memberId", "value": 7, "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "memberId", "value": "kim", "grade": "Silver"}, (400, "invalid", "grade")),
        ("grade-rules", {"criterion": "memberId", "value": "k\u0000", "grade": "Gold"}, (400, "invalid", "value")),
        ("grade-rules", {"criterion": "memberId", "value": "k", "grade": "G\u0000"}, (400, "invalid", "grade")),
        ("grade-rules", {"criterion": "memberId", "value": "k", "grade": "Gold", "note": "n" * 201}, (400, "invalid", "note")),
        ("grade-rules", {"criterion": "memberId", "value": "KIM", "grade": "Gold"}, (409, "already_exists", "value")),
        ("grade-rules", [], (400, "invalid", None)),
    ],
    ids=lambda value: str(len(str(value))) if isinstance(value, dict | list) else str(value),
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(
    shop: Site, program: Program, gold: Grade, path: str, body: Any, expected: tuple[int, str, str | None]
) -> None:
    """api.md, "Errors"; GRADE-1."""
    add_rule(shop, criterion="memberId", value="kim", grade=gold, actor=SYSTEM, now=NOON)
    status, answer = program.call("POST", path, body)
    error = answer["error"]
    assert (status, error["code"], error.get("path")) == expected
    assert (Grade.objects.count(), GradeRule.objects.count()) == (1, 1)


def test_nothing_of_another_site_is_reached(shop: Site, elsewhere: Site, gold: Grade) -> None:
    """SITE-2"""
    rule, _job = add_rule(shop, criterion="memberId", value="kim", grade=gold, actor=SYSTEM, now=NOON)
    stranger = Program(elsewhere)
    ContactFactory(site=elsewhere, member_id="kim")
    for path in (f"grades/{gold.pk}", f"grade-rules/{rule.pk}"):
        for method in ("GET", "PATCH", "DELETE"):
            assert stranger.call(method, path, {})[0] == 404
    body = {"criterion": "memberId", "value": "kim", "grade": str(gold.pk)}
    assert stranger.call("POST", "grade-rules", body)[1]["error"]["path"] == "grade"
    assert stranger.get("grades") == (200, {"grades": [], "next": None})
    assert stranger.get("grade-rules") == (200, {"gradeRules": [], "next": None})
    assert not ContactGrade.objects.exists()


def test_pages_follow_one_another(shop: Site, program: Program, gold: Grade) -> None:
    """API-2: grades from the highest, rules from the newest."""
    for number in range(4):
        create_grade(shop, f"G{number}", actor=SYSTEM)
        add_rule(shop, criterion="memberId", value=f"m{number}", grade=gold, actor=SYSTEM, now=NOON)
    assert _all(program, "grades", "grades", "name") == ["G3", "G2", "G1", "G0", "Gold"]
    assert _all(program, "grade-rules", "gradeRules", "value") == ["m3", "m2", "m1", "m0"]
    for path in ("grades", "grade-rules"):
        assert program.get(path, since="x")[1]["error"]["path"] == "since"
        assert program.get(path, limit="0")[0] == 400
        assert program.get(path, sort="name")[0] == 400


def _all(program: Program, path: str, key: str, name: str) -> list[str]:
    found: list[str] = []
    since: str | None = ""
    while since is not None:
        page = program.get(path, limit="2", **({"since": since} if since else {}))[1]
        found += [one[name] for one in page[key]]
        since = page["next"]
    return found


def test_rules_are_found_by_grade_criterion_and_text(shop: Site, program: Program, gold: Grade) -> None:
    create_grade(shop, "VIP", actor=SYSTEM)
    for criterion, value, grade in (
        ("email", "kim@example.com", "Gold"),
        ("mobileNumber", "010-1234-5678", "VIP"),
        ("memberId", "kim", "VIP"),
    ):
        program.call("POST", "grade-rules", {"criterion": criterion, "value": value, "grade": grade})

    def values(**query: str) -> set[str]:
        return {one["value"] for one in program.get("grade-rules", **query)[1]["gradeRules"]}

    assert values(grade="vip") == {"010-1234-5678", "kim"}
    assert values(criterion="email") == {"kim@example.com"}
    assert values(q="KIM") == {"kim@example.com", "kim"}
    assert values(q="+82 10 1234 5678") == {"010-1234-5678"}
    assert values(q="kim", grade="Gold") == {"kim@example.com"}
    assert program.get("grade-rules", grade="Silver")[1]["error"]["path"] == "grade"
    assert program.get("grade-rules", criterion="city")[1]["error"]["path"] == "criterion"


def test_a_page_of_contacts_tells_their_grades_in_one_statement(
    shop: Site, program: Program, gold: Grade, django_assert_num_queries: Any
) -> None:
    """speed.md: no statement per contact."""
    for number in range(3):
        ContactFactory(site=shop, member_id=f"m{number}")
    for number in range(2):
        add_rule(shop, criterion="memberId", value=f"m{number}", grade=gold, actor=SYSTEM, now=NOON)
    grades = [one["grade"] for one in program.get("contacts", sort="memberId")[1]["contacts"]]
    assert sorted(grades, key=str) == [None, *[{"name": "Gold", "color": "#d4a017"}] * 2]
