"""GRADE-1, GRADE-2: changes of grades and rules: audit, limits, many people in the background, statements, races."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.details import change_details
from contacts.models import Contact, Source
from desk.actors import SYSTEM, Actor
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, Operator, Site
from tags import grade_jobs
from tags.grade_catalogue import change_grade, create_grade, delete_grade, swap_ranks
from tags.grade_errors import GradeRefused
from tags.grade_rules import NewRule, add_rule, add_rules, change_rule, delete_rule, new_rule
from tags.grading import follow_values, regrade
from tags.models import ContactGrade, Grade, GradeRule
from tests.contacts.browser import NOON, Browser
from tests.factories import ContactFactory


@pytest.fixture
def gold(shop: Site) -> Grade:
    return create_grade(shop, "Gold", actor=SYSTEM, rank=10)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people are many here, and a batch."""
    monkeypatch.setattr(grade_jobs, "AT_ONCE", 2)
    monkeypatch.setattr(grade_jobs, "BATCH", 2)


def add(grade: Grade, value: str, criterion: str = "memberId", **more: Any) -> tuple[GradeRule, Job | None]:
    return add_rule(grade.site, criterion=criterion, value=value, grade=grade, actor=SYSTEM, now=NOON, **more)


def carriers(grade: Grade) -> int:
    return ContactGrade.objects.filter(grade=grade).count()


def finish(job: Job | None) -> Job:
    assert job is not None
    while work_off(job.pk, token=new_token(), seconds=0).more:
        pass
    job.refresh_from_db()
    return job


# --- audit and limits ----------------------------------------------------------------------------------------


def test_every_change_is_in_the_audit_log(shop: Site, alice: Operator) -> None:
    """Who did what; the values of rules are personal data and are not repeated there."""
    actor = Actor.of_operator(alice)
    grade = create_grade(shop, "Gold", actor=actor)
    create_grade(shop, "VIP", actor=actor)
    change_grade(grade, name="Au", color="#111111", actor=actor)
    swap_ranks(grade, up=True, actor=actor)
    rule, _job = add_rule(shop, criterion="email", value="kim@example.com", grade=grade, actor=actor, now=NOON)
    change_rule(rule, value="lee@example.com", actor=actor)
    delete_rule(rule, actor=actor)
    delete_grade(grade, actor=actor)
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [entry.action for entry in entries] == [
        "grade.create",
        "grade.create",
        "grade.change",
        "grade.reorder",
        "graderule.create",
        "graderule.change",
        "graderule.delete",
        "grade.delete",
    ]
    assert {entry.operator_id for entry in entries} == {alice.pk}
    assert entries[2].details["name"] == {"from": "Gold", "to": "Au"}
    assert "example.com" not in str([entry.details for entry in entries])


@pytest.mark.django_db
def test_what_changes_nothing_is_not_written(gold: Grade) -> None:
    rule, _job = add(gold, "kim")
    before = AuditEntry.objects.count()
    change_grade(gold, name="Gold", rank=10, actor=SYSTEM)
    change_rule(rule, value="kim", note="", actor=SYSTEM)
    swap_ranks(gold, up=True, actor=SYSTEM)
    assert AuditEntry.objects.count() == before


def test_a_site_has_at_most_fifty_grades(shop: Site) -> None:
    for number in range(50):
        create_grade(shop, f"G{number}", actor=SYSTEM)
    with pytest.raises(GradeRefused) as refused:
        create_grade(shop, "one more", actor=SYSTEM)
    assert refused.value.code == "site_full"


def test_names_are_one_name_in_every_spelling(shop: Site, elsewhere: Site, gold: Grade) -> None:
    """GRADE-1: unique per site, ignoring case and width."""
    for name in ("gold", "ＧＯＬＤ", " Gold "):
        with pytest.raises(GradeRefused) as refused:
            create_grade(shop, name, actor=SYSTEM)
        assert refused.value.code == "grade_taken"
    create_grade(elsewhere, "Gold", actor=SYSTEM)


def test_of_rules_that_are_there_only_a_new_note_is_written(shop: Site, gold: Grade) -> None:
    """GRADE-3: a file imported twice changes nothing the second time."""
    add(gold, "kim", note="old")

    def wanted(value: str, note: str) -> NewRule:
        return new_rule(shop, criterion="memberId", value=value, grade=gold, note=note)

    added = add_rules(shop, [wanted("KIM", ""), wanted("lee", ""), wanted("LEE", "x")], actor=SYSTEM, now=NOON)
    assert (len(added.rules), added.noted, added.unchanged) == (1, 0, 1)
    added = add_rules(shop, [wanted("kim", "new")], actor=SYSTEM, now=NOON)
    assert (len(added.rules), added.noted, added.unchanged) == (0, 1, 0)
    assert GradeRule.objects.get(norm="kim").note == "new"


# --- many people ---------------------------------------------------------------------------------------------


def test_a_rule_that_matches_many_is_worked_off_in_the_background(shop: Site, gold: Grade, few: None) -> None:
    """GRADE-2, JOB-1"""
    ContactFactory.create_batch(5, site=shop, email="kim@example.com")
    _rule, job = add(gold, "kim@example.com", "email")
    assert carriers(gold) == 0
    job = finish(job)
    assert (job.state, job.total, job.done, job.changed) == ("done", 5, 5, 5)
    assert carriers(gold) == 5


def test_what_changed_meanwhile_is_not_undone_by_the_job(shop: Site, gold: Grade, few: None) -> None:
    """Each batch works from values and rules as they are then."""
    ContactFactory.create_batch(5, site=shop, email="kim@example.com")
    rule, job = add(gold, "kim@example.com", "email")
    second = delete_rule(rule, actor=SYSTEM)
    assert second is None
    finish(job)
    assert carriers(gold) == 0


def test_a_deleted_grade_is_nobodys_at_once_and_gives_way_in_the_background(shop: Site, gold: Grade, few: None) -> None:
    """GRADE-2: removing removes at once, however many carry it."""
    vip = create_grade(shop, "VIP", actor=SYSTEM)
    ContactFactory.create_batch(4, site=shop, email="kim@example.com")
    for grade in (gold, vip):
        finish(add(grade, "kim@example.com", "email")[1])
    assert (carriers(vip), carriers(gold)) == (4, 0)
    deleted = delete_grade(vip, actor=SYSTEM)
    assert ContactGrade.objects.count() == 0
    finish(deleted.job)
    assert carriers(gold) == 4


def test_another_rank_of_many_is_worked_off_in_the_background(shop: Site, gold: Grade, few: None) -> None:
    vip = create_grade(shop, "VIP", actor=SYSTEM)
    ContactFactory.create_batch(3, site=shop, email="kim@example.com")
    for grade in (gold, vip):
        finish(add(grade, "kim@example.com", "email")[1])
    finish(change_grade(gold, rank=99, actor=SYSTEM))
    assert carriers(gold) == 3


def test_a_person_deleted_while_the_job_waits_is_passed_over(shop: Site, gold: Grade, few: None) -> None:
    people = ContactFactory.create_batch(3, site=shop, email="kim@example.com")
    _rule, job = add(gold, "kim@example.com", "email")
    people[0].delete()
    assert finish(job).state == "done"
    assert carriers(gold) == 2


# --- statements ----------------------------------------------------------------------------------------------


def _statements(call: Any) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        call()
    return [one["sql"] for one in captured.captured_queries if "SAVEPOINT" not in one["sql"]]


@pytest.mark.parametrize("count", [1, 40])
def test_statements_do_not_depend_on_the_number_of_people(shop: Site, gold: Grade, count: int) -> None:
    """speed.md, rule 7: the lock and one statement on PostgreSQL, two statements on SQLite."""
    ids = sorted(contact.pk for contact in ContactFactory.create_batch(count, site=shop, email="kim@example.com"))
    add(gold, "kim@example.com", "email")
    ContactGrade.objects.all().delete()
    statements = _statements(lambda: follow_values(shop.pk, ids))
    assert len(statements) == 2
    assert carriers(gold) == count
    assert regrade(shop.pk, ids) == 0


def test_a_visitor_who_tells_nothing_new_costs_no_statement(shop: Site, gold: Grade) -> None:
    """speed.md, "Boot and touch": the boot of a known visitor and of a stranger never ask for grades."""
    browser = Browser(shop)
    stranger = _statements(lambda: browser.boot(page="/"))
    again = _statements(lambda: browser.boot(page="/"))
    assert not [sql for sql in stranger + again if "grade" in sql]
    assert [sql for sql in _statements(lambda: browser.boot("kim")) if "grade" in sql]


@pytest.mark.parametrize("count", [1, 30])
def test_adding_rules_takes_statements_that_do_not_depend_on_their_number(shop: Site, gold: Grade, count: int) -> None:
    """speed.md, rule 7."""
    wanted = [new_rule(shop, criterion="memberId", value=f"m{n}", grade=gold) for n in range(count)]
    # lock (PostgreSQL), grades, those there, their number, rules, audit entry, who matches
    assert len(_statements(lambda: add_rules(shop, wanted, actor=SYSTEM, now=NOON))) <= 7


# --- at the same moment --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(6))
def test_a_rule_added_while_a_value_is_told_misses_nobody(attempt: int) -> None:
    """GRADE-2: of the two that happen at once one sees what the other did, whoever is first."""
    shop = Site.objects.create(name="Shop", code=f"S{attempt}")
    gold = create_grade(shop, "Gold", actor=SYSTEM)
    people = ContactFactory.create_batch(6, site=shop)

    def told(contact: Contact) -> None:
        change_details(
            contact,
            {"email": "kim@example.com"},
            source=Source.SCRIPT,
            source_label="",
            actor=SYSTEM,
            now=timezone.now(),
        )

    calls = [lambda contact=contact: told(contact) for contact in people]  # type: ignore[misc]
    calls.insert(attempt, lambda: add(gold, "kim@example.com", "email"))
    _at_once(calls)
    assert carriers(gold) == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_a_rule_deleted_while_a_value_is_told_leaves_nobody_behind(attempt: int) -> None:
    """GRADE-2: removing removes at once."""
    shop = Site.objects.create(name="Shop", code=f"S{attempt}")
    gold = create_grade(shop, "Gold", actor=SYSTEM)
    rule, _job = add(gold, "kim@example.com", "email")
    browsers = [Browser(shop) for _ in range(4)]
    calls: list[Any] = [lambda b=b: b.boot(profile={"email": "kim@example.com"}) for b in browsers]  # type: ignore[misc]
    calls.insert(attempt, lambda: delete_rule(rule, actor=SYSTEM))
    _at_once(calls)
    assert Contact.objects.filter(email_norm="kim@example.com").count() == 4
    assert ContactGrade.objects.count() == 0


def _at_once(calls: list[Any]) -> None:
    start = threading.Barrier(len(calls))

    def run(call: Any) -> None:
        try:
            start.wait(30)
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        for future in [pool.submit(run, call) for call in calls]:
            future.result(60)
