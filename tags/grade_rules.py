"""GRADE-1, GRADE-2: the rules of a site: add, change, delete. Whoever matches carries the grade at once."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from contacts.folding import fold
from contacts.whole import as_a_whole
from desk.actors import Actor
from desk.audit import record
from desk.ids import new_id
from desk.models import Job, Site
from tags.grade_errors import GradeRefused
from tags.grade_jobs import regrade_all
from tags.grade_values import RuleValue, parse_criterion, parse_note, parse_value
from tags.grading import carrying_ids, hold_rules, matching_ids
from tags.models import ContactGrade, Criterion, Grade, GradeRule

MAX_RULES = 500_000


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule that is to be, checked."""

    value: RuleValue
    grade: Grade
    note: str = ""


@dataclass(slots=True)
class Added:
    """Rules that were added and whose note was changed; ``job`` works out what many people carry."""

    rules: list[GradeRule] = field(default_factory=list)
    noted: int = 0
    unchanged: int = 0
    job: Job | None = None


def new_rule(site: Site, *, criterion: str, value: str, grade: Grade, note: str = "") -> NewRule:
    """What was typed as a rule of ``site``, or ``GradeRefused``."""
    return NewRule(parse_value(parse_criterion(criterion), value, site), grade, parse_note(note))


def add_rule(
    site: Site, *, criterion: str, value: str, grade: Grade, note: str = "", actor: Actor, now: datetime
) -> tuple[GradeRule, Job | None]:
    """Add one rule; ``GradeRefused("rule_taken")`` when it is there already."""
    wanted = new_rule(site, criterion=criterion, value=value, grade=grade, note=note)
    with transaction.atomic():
        hold_rules(site.pk)
        if _same(site, wanted.value, grade.pk).exists():
            raise GradeRefused("rule_taken", "value", value=wanted.value.value, grade=grade.name)
        added = add_rules(site, [wanted], actor=actor, now=now)
    return added.rules[0], added.job


def add_rules(site: Site, wanted: Sequence[NewRule], *, actor: Actor, now: datetime) -> Added:
    """Add what is new; of what is there already a given note replaces the other. All of it or nothing.

    Statements do not depend on the number of rules, but for the batches they are inserted in.
    """

    def add() -> Added:
        hold_rules(site.pk)
        alive = set(Grade.objects.filter(site=site).values_list("pk", flat=True))
        for one in wanted:
            if one.grade.pk not in alive:
                raise GradeRefused("grade_unknown", "grade", grade=one.grade.name)
        there = there_already(site, wanted)
        added = Added()
        noted: list[GradeRule] = []
        for one in {_key(one.value, one.grade.pk): one for one in wanted}.values():
            known = there.get(_key(one.value, one.grade.pk))
            if known is None:
                added.rules.append(_row(site, one, actor, now))
            elif one.note and known.note != one.note:
                known.note = one.note
                noted.append(known)
            else:
                added.unchanged += 1
        if GradeRule.objects.filter(site=site).count() + len(added.rules) > MAX_RULES:
            raise GradeRefused("rules_full", "value")
        GradeRule.objects.bulk_create(added.rules, batch_size=2_000)
        GradeRule.objects.bulk_update(noted, ["note"], batch_size=500)
        added.noted = len(noted)
        _record_added(site, added, actor=actor)
        added.job = regrade_all(site, matching_ids([rule.pk for rule in added.rules]), actor=actor)
        return added

    return as_a_whole(add)


def change_rule(
    rule: GradeRule,
    *,
    actor: Actor,
    criterion: str | None = None,
    value: str | None = None,
    grade: Grade | None = None,
    note: str | None = None,
) -> Job | None:
    """Change what is given; nothing given or nothing different writes nothing. ``GradeRefused`` as for a new rule."""
    site = rule.site
    parsed = parse_value(parse_criterion(criterion or rule.criterion), rule.value if value is None else value, site)
    wanted: dict[str, Any] = {
        "criterion": str(parsed.criterion),
        "value": parsed.value,
        "norm": parsed.norm,
        "grade_id": rule.grade_id if grade is None else grade.pk,
        "note": rule.note if note is None else parse_note(note),
    }

    def change() -> Job | None:
        hold_rules(site.pk)
        now = GradeRule.objects.select_related("grade").filter(pk=rule.pk).first()
        if now is None or not Grade.objects.filter(site=site, pk=wanted["grade_id"]).exists():
            raise GradeRefused("grade_unknown", "grade", grade=grade.name if grade else "")
        changed = {key: (getattr(now, key), value) for key, value in wanted.items() if getattr(now, key) != value}
        if not changed:
            return None
        if _same(site, parsed, wanted["grade_id"]).exclude(pk=rule.pk).exists():
            raise GradeRefused("rule_taken", "value", value=parsed.value, grade=(grade or now.grade).name)
        moves = bool(changed.keys() & {"criterion", "norm", "grade_id"})
        before = matching_ids([rule.pk]) if moves else array("q")
        GradeRule.objects.filter(pk=rule.pk).update(**wanted)
        details = {"fields": sorted({"norm": "value", "grade_id": "grade"}.get(key, key) for key in changed)}
        record("graderule.change", actor=actor, site=site, target=now, details=details)
        if not moves:
            return None
        concerned = array("q", sorted({*before, *matching_ids([rule.pk])}))
        return regrade_all(site, concerned, actor=actor)

    job = as_a_whole(change)
    rule.refresh_from_db()
    return job


def delete_rule(rule: GradeRule, *, actor: Actor) -> Job | None:
    """Delete it; whoever carried a grade by it carries what other rules give."""
    return delete_rules(rule.site, [rule.pk], actor=actor)[1]


def delete_rules(site: Site, rule_ids: Sequence[int], *, actor: Actor) -> tuple[int, Job | None]:
    """Delete those of ``rule_ids`` that are rules of the site; answers how many were."""

    def delete() -> tuple[int, Job | None]:
        hold_rules(site.pk)
        rules = list(GradeRule.objects.select_related("grade").filter(site=site, pk__in=rule_ids))
        if not rules:
            return 0, None
        ids = [rule.pk for rule in rules]
        carrying = carrying_ids("rule_id", ids)
        ContactGrade.objects.filter(rule__in=ids).delete()
        target = rules[0] if len(rules) == 1 else None
        details = {"count": len(rules), "grades": sorted({rule.grade.name for rule in rules})}
        record("graderule.delete", actor=actor, site=site, target=target, details=details)
        GradeRule.objects.filter(pk__in=ids).delete()
        return len(rules), regrade_all(site, carrying, actor=actor)

    return as_a_whole(delete)


def rules_of(site: Site, *, query: str = "", grade_id: int | None = None, criterion: str = "") -> QuerySet[GradeRule]:
    """The rules of the site, newest first; ``query`` is looked for in value, compared form and note."""
    rules = GradeRule.objects.filter(site=site).select_related("grade").order_by("-pk")
    if grade_id is not None:
        rules = rules.filter(grade=grade_id)
    if criterion:
        rules = rules.filter(criterion=criterion)
    # PostgreSQL takes no NUL in a text, and no rule has one.
    wanted = query.replace("\0", "").strip()
    if wanted:
        found = Q(value__icontains=wanted) | Q(norm__contains=fold(wanted)) | Q(note__icontains=wanted)
        if phone := parse_phone_norm(site, wanted):
            found |= Q(criterion=Criterion.MOBILE_NUMBER, norm=phone)
        rules = rules.filter(found)
    return rules


def parse_phone_norm(site: Site, typed: str) -> str:
    """The number somebody may have meant in a search; empty when it is none."""
    try:
        return parse_value(Criterion.MOBILE_NUMBER, typed, site).norm
    except GradeRefused:
        return ""


def _key(value: RuleValue, grade_id: int) -> tuple[str, str, int]:
    return str(value.criterion), value.norm, grade_id


def _same(site: Site, value: RuleValue, grade_id: int) -> QuerySet[GradeRule]:
    return GradeRule.objects.filter(site=site, criterion=value.criterion, norm=value.norm, grade=grade_id)


def there_already(site: Site, wanted: Sequence[NewRule]) -> Mapping[tuple[str, str, int], GradeRule]:
    """The rules that exist already among ``wanted``."""
    norms: dict[str, list[str]] = {}
    for one in wanted:
        norms.setdefault(str(one.value.criterion), []).append(one.value.norm)
    found: dict[tuple[str, str, int], GradeRule] = {}
    for criterion, values in norms.items():
        for start in range(0, len(values), 10_000):
            among = values[start : start + 10_000]
            rows = GradeRule.objects.filter(site=site, criterion=criterion, norm__in=among)
            found |= {(row.criterion, row.norm, row.grade_id): row for row in rows}
    return found


def _row(site: Site, one: NewRule, actor: Actor, now: datetime) -> GradeRule:
    return GradeRule(
        id=new_id(),
        site=site,
        criterion=one.value.criterion,
        value=one.value.value,
        norm=one.value.norm,
        grade=one.grade,
        note=one.note,
        source=actor.kind,
        source_label=actor.label[:120],
        operator=actor.operator,
        created_at=now,
    )


def _record_added(site: Site, added: Added, *, actor: Actor) -> None:
    """One entry for all. Values are personal data and stay out of it: the rule itself says them while it exists."""
    if not added.rules and not added.noted:
        return
    target = added.rules[0] if len(added.rules) == 1 else None
    grades = sorted({rule.grade.name for rule in added.rules})
    details = {"count": len(added.rules), "grades": grades, "notes": added.noted}
    record("graderule.create", actor=actor, site=site, target=target, details=details)
