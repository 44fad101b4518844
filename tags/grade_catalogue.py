"""GRADE-1: the grades of a site: make, rename, recolour, rank, delete. What follows for people is ``tags.grading``.

Every change that touches who carries what holds the rules of the site, so of two changes at once one waits.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from contacts.folding import fold
from contacts.whole import as_a_whole
from desk.actors import Actor
from desk.audit import record
from desk.models import Job, Site
from desk.registry import Registry
from tags.grade_errors import GradeRefused
from tags.grade_jobs import regrade_all
from tags.grade_values import DEFAULT_COLOR, MAX_RANK, parse_grade_color, parse_grade_name, parse_rank
from tags.grading import carrying_ids, hold_rules
from tags.models import ContactGrade, Grade, GradeRule

MAX_GRADES = 50

# Who keeps grades by name, such as saved filters, and follows a rename: called in its transaction with (site, before,
# after). ``tags.grade_filter.with_renamed_grade`` rewrites a filter document.
grade_renames: Registry[Callable[[Site, str, str], None]] = Registry("participants of renamed grades")


@dataclass(frozen=True, slots=True)
class Deleted:
    """What went with a grade: rules, and how many people carried it; ``job`` works out what they carry instead."""

    rules: int
    contacts: int
    job: Job | None


def grades_of(site: Site) -> list[Grade]:
    """All grades of the site, the highest first; at most 50."""
    return list(Grade.objects.filter(site=site))


def find_grade(site: Site, name: str) -> Grade:
    """The grade of this name, in any spelling; ``GradeRefused("grade_unknown")`` names one that is none."""
    grade = Grade.objects.filter(site=site, name_folded=fold(name)).first()
    if grade is None:
        raise GradeRefused("grade_unknown", "grade", grade=name[:70])
    return grade


def create_grade(site: Site, name: str, *, actor: Actor, color: str = DEFAULT_COLOR, rank: int | None = None) -> Grade:
    """Make a grade; without ``rank`` it is the highest. ``GradeRefused`` names what is not allowed."""
    name, color = parse_grade_name(name), parse_grade_color(color)
    if rank is not None:
        parse_rank(rank)
    with transaction.atomic():
        hold_rules(site.pk)
        there = Grade.objects.filter(site=site).aggregate(count=Count("pk"), highest=Max("rank"))
        if there["count"] >= MAX_GRADES:
            raise GradeRefused("site_full", "name")
        rank = rank or min((there["highest"] or 0) + 1, MAX_RANK)
        grade = Grade(site=site, name=name, name_folded=fold(name), color=color, rank=rank)
        _refuse_taken(grade)
        grade.save(force_insert=True)
        details = {"name": name, "color": color, "rank": rank}
        record("grade.create", actor=actor, site=site, target=grade, details=details)
    return grade


def change_grade(
    grade: Grade, *, actor: Actor, name: str | None = None, color: str | None = None, rank: int | None = None
) -> Job | None:
    """Change what is given; nothing given or nothing different writes nothing.

    Another rank decides anew between rules: for many people in the job that is answered.
    """
    wanted: dict[str, Any] = {
        "name": grade.name if name is None else parse_grade_name(name),
        "color": grade.color if color is None else parse_grade_color(color),
        "rank": grade.rank if rank is None else parse_rank(rank),
    }

    def change() -> Job | None:
        hold_rules(grade.site_id)
        now = Grade.objects.select_for_update().filter(pk=grade.pk).first()
        if now is None:
            raise GradeRefused("grade_unknown", grade=grade.name)
        changed = {
            key: {"from": getattr(now, key), "to": value} for key, value in wanted.items() if getattr(now, key) != value
        }
        if not changed:
            return None
        span = sorted((now.rank, wanted["rank"]))
        for key, value in wanted.items():
            setattr(now, key, value)
        now.name_folded = fold(now.name)
        _refuse_taken(now)
        now.save(update_fields=["name", "name_folded", "color", "rank"])
        if "name" in changed:
            for follow in grade_renames:
                follow(now.site, changed["name"]["from"], now.name)
        record("grade.change", actor=actor, site=now.site, target=now, details=changed)
        return _rerank(now.site, span, actor=actor) if "rank" in changed else None

    job = as_a_whole(change)
    grade.refresh_from_db()
    return job


def swap_ranks(grade: Grade, *, up: bool, actor: Actor) -> Job | None:
    """One place up, or down; the highest does not go up. The two grades exchange their ranks."""

    def swap() -> Job | None:
        hold_rules(grade.site_id)
        order = grades_of(grade.site)
        place = next((index for index, one in enumerate(order) if one.pk == grade.pk), None)
        other_place = None if place is None else place - 1 if up else place + 1
        if place is None or other_place is None or not 0 <= other_place < len(order):
            return None
        one, other = order[place], order[other_place]
        one.rank, other.rank = other.rank, one.rank
        # No rank is ever 0, and no two grades may have one rank, not even for a moment.
        Grade.objects.filter(pk=other.pk).update(rank=0)
        Grade.objects.filter(pk=one.pk).update(rank=one.rank)
        Grade.objects.filter(pk=other.pk).update(rank=other.rank)
        details = {"name": one.name, "rank": {"from": other.rank, "to": one.rank}}
        record("grade.reorder", actor=actor, site=grade.site, target=one, details=details)
        return _rerank(grade.site, sorted((one.rank, other.rank)), actor=actor)

    return as_a_whole(swap)


def delete_grade(grade: Grade, *, actor: Actor) -> Deleted:
    """Delete the grade with its rules; who carried it carries what other rules give."""

    def delete() -> Deleted:
        site = grade.site
        hold_rules(site.pk)
        carrying = carrying_ids("grade_id", [grade.pk])
        ContactGrade.objects.filter(site=site, grade=grade).delete()
        rules, _per_model = GradeRule.objects.filter(site=site, grade=grade).delete()
        details = {"name": grade.name, "rules": rules, "contacts": len(carrying)}
        record("grade.delete", actor=actor, site=site, target=grade, details=details)
        Grade.objects.filter(pk=grade.pk).delete()
        return Deleted(rules, len(carrying), regrade_all(site, carrying, actor=actor))

    return as_a_whole(delete)


def carriers_per_grade(site: Site) -> dict[int, int]:
    """How many people carry each grade; one that nobody carries is not in it."""
    rows = ContactGrade.objects.filter(site=site).order_by().values_list("grade_id")
    return dict(rows.annotate(Count("pk")))


def rules_per_grade(site: Site) -> dict[int, int]:
    """How many rules give each grade; one without rules is not in it."""
    return dict(GradeRule.objects.filter(site=site).order_by().values_list("grade_id").annotate(Count("pk")))


def carriers_of(grade: Grade) -> int:
    """How many people carry this grade."""
    return ContactGrade.objects.filter(site_id=grade.site_id, grade=grade).count()


def _rerank(site: Site, span: list[int], *, actor: Actor) -> Job | None:
    """What a rank's move through ``span`` changes: only who carries a grade within it can carry another one now."""
    low, high = span
    grades = Grade.objects.filter(site=site, rank__gte=low, rank__lte=high).values_list("pk", flat=True)
    ids: array[int] = carrying_ids("grade_id", list(grades))
    return regrade_all(site, ids, actor=actor)


def _refuse_taken(grade: Grade) -> None:
    """The name and the rank are free: the caller holds the rules, so nobody takes them meanwhile."""
    others = Grade.objects.filter(site_id=grade.site_id).exclude(pk=grade.pk)
    if others.filter(name_folded=grade.name_folded).exists():
        raise GradeRefused("grade_taken", "name", grade=grade.name)
    holder = others.filter(rank=grade.rank).first()
    if holder is not None:
        raise GradeRefused("rank_taken", "rank", grade=holder.name)
