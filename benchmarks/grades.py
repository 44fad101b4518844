"""GRADE-2: a rule that matches one person among all, the grades of many worked out anew, and ``grade`` as a filter.

The floor of a rule is what one would write by hand: the rule's row, who has the value by each index, the carried grade.
The floor of many is one ``INSERT … SELECT`` from the rules over all values, in one transaction and without progress.
"""

import statistics
import time
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import asking
from benchmarks.asking import Aims, Asked
from benchmarks.by_hand import Case
from benchmarks.timing import Line, Report, take_turns
from contacts.models import Contact
from desk.actors import SYSTEM
from desk.ids import new_id
from desk.jobs.chunks import fix_set
from desk.jobs.queueing import add_job
from desk.jobs.working import new_token, work_off
from desk.models import Job, Site
from tags.grade_catalogue import create_grade
from tags.grade_jobs import BATCH
from tags.grade_rules import add_rule, delete_rule
from tags.grading import follow_values, matching_ids
from tags.models import ContactGrade, Grade, GradeRule

_BY_HAND = """
    INSERT INTO tags_contactgrade (contact_id, site_id, grade_id, rule_id)
    SELECT contact_id, %s, grade_id, rule_id FROM (
        SELECT c.id AS contact_id, r.grade_id, r.id AS rule_id,
            row_number() OVER (PARTITION BY c.id ORDER BY g.rank DESC, r.id) AS place
        FROM tags_graderule r
        JOIN tags_grade g ON g.id = r.grade_id
        JOIN contacts_contact c ON c.site_id = r.site_id AND c.member_id_folded = r.norm
            AND NOT c.member_id_folded = '' AND c.managed
        WHERE r.site_id = %s AND r.criterion = 'memberId'
    ) found WHERE place = 1
"""


def measure(site: Site, report: Report, *, people: int, rounds: int) -> None:
    """Leaves the site without grades, as it was."""
    Grade.objects.filter(site=site).delete()
    gold, vip = (create_grade(site, name, actor=SYSTEM) for name in ("Gold", "VIP"))
    try:
        _one(site, report, gold, rounds=rounds * 5)
        _many(site, report, [gold, vip], people=people, rounds=rounds)
        _filter(site, report, rounds=rounds * 5)
    finally:
        ContactGrade.objects.filter(site=site).delete()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM tags_graderule WHERE site_id = %s", [site.pk])
        Grade.objects.filter(site=site).delete()
        Job.objects.filter(site=site, kind="regrade").delete()


def _one(site: Site, report: Report, gold: Grade, *, rounds: int) -> None:
    report.section(f"A rule that matches one of {Contact.objects.filter(site=site).count():,} contacts")
    somebody = Contact.objects.filter(site=site, kind="member").exclude(email_norm="").exclude(mobile_number_norm="")
    person = somebody.order_by("-pk")[0]
    values = {
        "email": person.email,
        "mobileNumber": person.mobile_number,
        "memberId": person.member_id or "",
        "customerNumber": str(person.customer_number),
    }
    for criterion, value in values.items():
        ours, by_hand = take_turns(
            lambda c=criterion, v=value: _add_and_delete(site, gold, c, v),  # type: ignore[misc]
            lambda: _add_by_hand(site, gold, person),
            rounds=rounds,
        )
        report.add(Line(f"add and delete a rule on {criterion}", ours, by_hand, note="with lock and audit entries"))
    add_rule(site, criterion="memberId", value=values["memberId"], grade=gold, actor=SYSTEM, now=timezone.now())
    follow = take_turns(lambda: _follow(site, person.pk), rounds=rounds)[0]
    report.add(Line("the grade of one contact after its values changed", follow))
    GradeRule.objects.filter(site=site).delete()


def _follow(site: Site, contact_id: int) -> None:
    with transaction.atomic():
        follow_values(site.pk, [contact_id])


def _add_and_delete(site: Site, gold: Grade, criterion: str, value: str) -> None:
    rule, _job = add_rule(site, criterion=criterion, value=value, grade=gold, actor=SYSTEM, now=timezone.now())
    delete_rule(rule, actor=SYSTEM)


def _add_by_hand(site: Site, gold: Grade, person: Contact) -> None:
    """The e-mail alone: insert the rule, look up both indexes, insert the grade; and all of it back."""
    pk = new_id()
    with transaction.atomic(), connection.cursor() as cursor:
        at = connection.ops.adapt_datetimefield_value(timezone.now())
        cursor.execute(
            "INSERT INTO tags_graderule (id, site_id, criterion, value, norm, grade_id, note, source, source_label,"
            " operator_id, created_at) VALUES (%s, %s, 'email', %s, %s, %s, '', 'system', '', NULL, %s)",
            [pk, site.pk, person.email, person.email_norm, gold.pk, at],
        )
        cursor.execute(
            "INSERT INTO tags_contactgrade (contact_id, site_id, grade_id, rule_id)"
            " SELECT id, %s, %s, %s FROM contacts_contact WHERE site_id = %s AND email_norm = %s"
            " AND NOT email_norm = '' AND managed UNION SELECT contact_id, %s, %s, %s FROM contacts_knownvalue"
            " WHERE site_id = %s AND field = 'email' AND norm = %s AND NOT norm = ''",
            [site.pk, gold.pk, pk, site.pk, person.email_norm] * 2,
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tags_contactgrade WHERE rule_id = %s", [pk])
        cursor.execute("DELETE FROM tags_graderule WHERE id = %s", [pk])


def _many(site: Site, report: Report, grades: list[Grade], *, people: int, rounds: int) -> None:
    """As many rules as people, by memberId: what a file of rules leaves to be worked out."""
    _rules_for(site, grades, people)
    rules = list(GradeRule.objects.filter(site=site).values_list("pk", flat=True))
    began = time.perf_counter()
    ids = matching_ids(rules)
    seconds = time.perf_counter() - began
    report.section(f"The grades of {len(ids):,} contacts by as many rules")
    report.fact("finding who matches the rules", f"{seconds:.2f} s")
    times: dict[str, list[float]] = {"job": [], "again": [], "hand": []}
    for _ in range(rounds):
        _clear(site)
        times["hand"].append(_timed(lambda: _by_hand(site)))
        _clear(site)
        times["job"].append(_timed(lambda: _job(site, ids)))
        times["again"].append(_timed(lambda: _job(site, ids)))
    ours, again, hand = (statistics.median(times[name]) for name in ("job", "again", "hand"))
    batches = -(-len(ids) // BATCH)
    note = f"{batches} batches of {BATCH:,}, {ours / batches * 1000:.0f} ms each"
    report.add(Line("worked out by the job", ours, hand, note=note))
    report.add(Line("worked out again (nothing to do)", again))


def _job(site: Site, ids: Any) -> None:
    job = add_job("regrade", site=site, actor=SYSTEM, params={}, background=False, total=len(ids))
    fix_set(job, ids, size=BATCH)
    while work_off(job.pk, token=new_token(), seconds=None).more:
        pass
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error


def _by_hand(site: Site) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BY_HAND, [site.pk, site.pk])


def _rules_for(site: Site, grades: list[Grade], people: int) -> None:
    members = Contact.objects.filter(site=site, kind="member").order_by("pk")
    told = members.values_list("member_id", "member_id_folded")[:people]
    rows = [
        GradeRule(
            site=site,
            criterion="memberId",
            value=member_id,
            norm=folded,
            grade=grades[number % len(grades)],
            source="system",
            created_at=timezone.now(),
        )
        for number, (member_id, folded) in enumerate(told)
    ]
    GradeRule.objects.bulk_create(rows, batch_size=5_000, ignore_conflicts=True)
    _vacuum("tags_graderule")


def _clear(site: Site) -> None:
    ContactGrade.objects.filter(site=site).delete()
    _vacuum("tags_contactgrade")


def _vacuum(table: str) -> None:
    """Dead rows of one contender must not slow the next."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def _filter(site: Site, report: Report, *, rounds: int) -> None:
    """With the grades of ``_many`` in place: half of the people each."""
    _vacuum("tags_contactgrade")
    grade = Grade.objects.get(site=site, name="Gold")
    carries = (
        "EXISTS (SELECT 1 FROM tags_contactgrade t WHERE t.contact_id = c.id AND t.site_id = c.site_id"
        " AND t.grade_id = %s)"
    )
    among = "c.id IN (SELECT t.contact_id FROM tags_contactgrade t WHERE t.site_id = %s AND t.grade_id = %s)"
    by_index = "SELECT count(*) FROM tags_contactgrade WHERE site_id = %s AND grade_id = %s"
    cases = [
        Case(
            "grade is Gold",
            {"key": "grade", "op": "is", "values": ["Gold"]},
            [(carries, [grade.pk]), (among, [site.pk, grade.pk])],
            [(by_index, [site.pk, grade.pk])],
        ),
        Case(
            "grade is not Gold",
            {"key": "grade", "op": "isNot", "values": ["Gold"]},
            [(f"NOT {carries}", [grade.pk])],
        ),
        Case(
            "no grade",
            {"key": "grade", "op": "empty"},
            [("NOT EXISTS (SELECT 1 FROM tags_contactgrade t WHERE t.contact_id = c.id)", [])],
        ),
    ]
    asked = [Asked(site, case, timezone.now()) for case in cases]
    asking.measure(report, "grade", asked, rounds=rounds, aims=Aims())


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
