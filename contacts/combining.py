"""UNI-7: which value stands when two contacts become one, field by field, and why.

A value over none, then what was chosen by hand, then qualified over unqualified, the member's over the lead's, the
newer. Texts of the memo are both kept; opt-outs and blocks hold if either had them; counters add up. Nothing here
reads or writes the database.
"""

import copy
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contacts.columns import OWN_COLUMNS
from contacts.folding import fold
from contacts.merge_rules import PROFILE, RULES, Rule, has_value, is_trusted, moment_of, same, source_of
from contacts.merge_values import ABSORBED, BOTH, SURVIVOR, FieldPlan, Why
from contacts.models import Contact, Kind, KnownField
from contacts.search import search_text_of

MAX_MEMO = 500
_LABELS = {column.name: column.label for column in OWN_COLUMNS}


_FLAGS = {
    "blocked": "blocked",
    "unsubscribeEmail": "unsubscribe_email",
    "unsubscribeTexting": "unsubscribe_texting",
}
_ACTIVITY = (
    ("sessionsCount", "sessions_count", Why.SUM),
    ("createdAt", "created_at", Why.EARLIEST),
    ("lastSeenAt", "last_seen_at", Why.LATEST),
    ("lastTouchAt", "last_touch_at", Why.LATEST),
)


class Decision(NamedTuple):
    """Who wins, why, and whether an operator may choose the other one."""

    wins: str
    why: Why
    choosable: bool = False


_KEPT = Decision(SURVIVOR, Why.KEPT)


@dataclass(slots=True)
class Combination:
    """What both are together. ``contact`` and ``profile``: the survivor's columns that change, with their new values.

    ``losers``: (rule, whose value it is) of values that give way and stay known. ``memo_cut``: so many characters.
    """

    survivor: Contact
    absorbed: Contact
    choices: Mapping[str, str]
    labels: Mapping[str, str]
    fields: list[FieldPlan] = field(default_factory=list)
    contact: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    losers: list[tuple[Rule, Contact]] = field(default_factory=list)
    memo_cut: int = 0

    def label(self, key: str) -> str:
        """How the field is called on the screen, in the active language."""
        name = key.removeprefix(PROFILE)
        label = self.labels.get(name) if key != name else _LABELS.get(key)
        return str(label or name)

    def add(self, key: str, pair: tuple[Any, Any], result: Any, decision: Decision) -> None:
        """Note the decision, unless neither has anything; ``pair``: the survivor's value and the absorbed contact's."""
        if has_value(pair[0]) or has_value(pair[1]):
            notes = (source_of(self.survivor, key), source_of(self.absorbed, key))
            wins, why, choosable = decision
            self.fields.append(FieldPlan(key, self.label(key), *pair, result, wins, why, choosable, *notes))

    def set(self, columns: Mapping[str, Any]) -> None:
        """New values of the contact's row."""
        self.contact |= {name: new for name, new in columns.items() if new != getattr(self.survivor, name)}

    def set_profile(self, columns: Mapping[str, Any]) -> None:
        """New values of the profile's row."""
        profile = self.survivor.profile
        self.profile |= {name: new for name, new in columns.items() if not same(new, getattr(profile, name))}


def combine(
    survivor: Contact, absorbed: Contact, *, choices: Mapping[str, str], labels: Mapping[str, str] | None = None
) -> Combination:
    """What both are together; neither is changed. ``labels``: of custom fields, for the preview."""
    both = Combination(survivor, absorbed, choices, labels or {})
    _combine_numbers(both)
    for rule in RULES:
        _combine_rule(both, rule)
    _combine_memo(both)
    _combine_custom(both)
    _combine_flags(both)
    _combine_activity(both)
    _combine_kind(both)
    both.set_profile({"sources": _combine_sources(both)})
    result = copy.copy(survivor)
    for name, value in both.contact.items():
        setattr(result, name, value)
    both.set_profile({"search_text": search_text_of(result, survivor.site)})
    return both


def _combine_numbers(both: Combination) -> None:
    """The names by which others know them: the survivor's stand, the absorbed contact's become aliases."""
    ours, theirs = both.survivor, both.absorbed
    both.add("customerNumber", (ours.customer_number, theirs.customer_number), ours.customer_number, _KEPT)
    both.add("memberId", (ours.member_id, theirs.member_id), ours.member_id, _KEPT)
    if theirs.member_id:
        both.losers.append((Rule("memberId", ("member_id", "member_id"), KnownField.MEMBER_ID), theirs))


def _combine_rule(both: Combination, rule: Rule) -> None:
    rows = [contact.profile if rule.on_profile else contact for contact in (both.survivor, both.absorbed)]
    ours, theirs = (getattr(row, rule.columns[0]) for row in rows)
    decision = _decide(both, rule, ours, theirs)
    winner = rows[decision.wins == ABSORBED]
    columns = {name: getattr(winner, name) for name in rule.columns}
    result = columns[rule.columns[0]]
    (both.set_profile if rule.on_profile else both.set)(columns)
    both.add(rule.key, (ours, theirs), result, decision)
    loser, lost = (both.survivor, ours) if decision.wins == ABSORBED else (both.absorbed, theirs)
    if rule.known and lost and lost != result:
        both.losers.append((rule, loser))


def _decide(both: Combination, rule: Rule, ours: Any, theirs: Any) -> Decision:
    contacts = (both.survivor, both.absorbed)
    trust = [is_trusted(contact, rule) for contact in contacts]
    if not has_value(theirs) or not has_value(ours):
        return Decision(ABSORBED if has_value(theirs) else SURVIVOR, Why.ONLY_VALUE)
    if same(ours, theirs):
        return Decision(ABSORBED, Why.QUALIFIED) if trust == [False, True] else Decision(SURVIVOR, Why.SAME)
    if rule.key in both.choices:
        return Decision(both.choices[rule.key], Why.CHOSEN, choosable=True)
    members = [contact.kind == Kind.MEMBER for contact in contacts]
    moments = [moment_of(contact, rule) for contact in contacts]
    ranks: tuple[tuple[list[Any], Why], ...] = (
        (trust, Why.QUALIFIED),
        (members, Why.MEMBER),
        (moments, Why.NEWER),
    )
    for (kept, absorbed), why in ranks:
        if kept != absorbed:
            return Decision(SURVIVOR if kept > absorbed else ABSORBED, why, choosable=True)
    return Decision(SURVIVOR, Why.KEPT, choosable=True)


def _combine_memo(both: Combination) -> None:
    ours, theirs = both.survivor.profile.memo, both.absorbed.profile.memo
    whole = "\n".join(memo for memo in dict.fromkeys((ours, theirs)) if memo)
    both.memo_cut = max(0, len(whole) - MAX_MEMO)
    memo = whole[:MAX_MEMO]
    both.set_profile({"memo": memo, "memo_folded": fold(memo)} if memo != ours else {})
    both.add("memo", (ours, theirs), memo, _union(ours, theirs))


def _union(ours: Any, theirs: Any) -> Decision:
    if ours and theirs:
        return Decision(SURVIVOR, Why.SAME) if ours == theirs else Decision(BOTH, Why.UNION)
    return Decision(ABSORBED if theirs else SURVIVOR, Why.ONLY_VALUE)


def _combine_custom(both: Combination) -> None:
    profiles = (both.survivor.profile, both.absorbed.profile)
    values, folded = dict(profiles[0].values), dict(profiles[0].folded)
    for key in dict.fromkeys([*profiles[0].values, *profiles[1].values]):
        ours, theirs = (profile.values.get(key) for profile in profiles)
        rule = Rule(f"{PROFILE}{key}", (), on_profile=True)
        decision = _decide(both, rule, ours, theirs)
        if decision.wins == ABSORBED or key not in values:
            values[key] = theirs
            folded.pop(key, None)
            folded |= {key: profiles[1].folded[key]} if key in profiles[1].folded else {}
        both.add(rule.key, (ours, theirs), values[key], decision)
    both.set_profile({"values": values, "folded": folded})
    tags = [profile.import_tags for profile in profiles]
    both.set_profile({"import_tags": list(dict.fromkeys([*tags[0], *tags[1]]))})
    result = both.profile.get("import_tags", tags[0])
    both.add("importTags", (tags[0], tags[1]), result, _union(*tags))


def _combine_flags(both: Combination) -> None:
    for key, column in _FLAGS.items():
        ours, theirs = getattr(both.survivor, column), getattr(both.absorbed, column)
        both.set({column: ours or theirs})
        if ours or theirs:
            both.add(key, (ours, theirs), True, Decision(BOTH, Why.SAME if ours and theirs else Why.EITHER))


def _combine_activity(both: Combination) -> None:
    ours, theirs = both.survivor, both.absorbed
    total = ours.sessions_count + theirs.sessions_count
    first = min(ours.created_at, theirs.created_at)
    touched = max(ours.last_touch_at, theirs.last_touch_at)
    seen = max((moment for moment in (ours.last_seen_at, theirs.last_seen_at) if moment), default=None)
    # The day of the latest visit exactly: filters on "last seen" use the day to narrow the search.
    day = seen.astimezone(datetime.UTC).date() if seen else max(ours.last_seen_on, theirs.last_seen_on)
    both.set({"sessions_count": total, "created_at": first, "last_touch_at": touched})
    both.set({"last_seen_at": seen, "last_seen_on": day})
    for key, column, why in _ACTIVITY:
        pair = (getattr(ours, column), getattr(theirs, column))
        both.add(key, pair, both.contact.get(column, pair[0]), Decision(BOTH, why))


def _combine_kind(both: Combination) -> None:
    """KIND-4: never backwards."""
    if both.survivor.kind == Kind.ANONYMOUS and both.absorbed.kind == Kind.LEAD:
        both.set({"kind": Kind.LEAD, "lead_reason": both.absorbed.lead_reason})


def _combine_sources(both: Combination) -> dict[str, Any]:
    """QUAL-6: each value keeps the note of where it came from; one that gave way takes its note with it."""
    ours, theirs = both.survivor.profile.sources, both.absorbed.profile.sources
    result = dict(ours)
    for plan in both.fields:
        notes = list(_notes_of(plan, ours, theirs))
        result.pop(plan.key, None)
        result |= {plan.key: notes[0]} if notes else {}
    return result


def _notes_of(plan: FieldPlan, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[Any]:
    """Notes that may stand by the result, the best first."""
    if same(plan.result, plan.kept) and plan.wins != ABSORBED and plan.key in ours:
        yield ours[plan.key]
    if same(plan.result, plan.absorbed) and plan.key in theirs:
        yield theirs[plan.key]
    if plan.wins == BOTH:
        yield from sorted((notes[plan.key] for notes in (ours, theirs) if plan.key in notes), key=lambda n: n[1])[::-1]
