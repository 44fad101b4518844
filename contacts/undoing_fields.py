"""UNI-10: which columns of the survivor go back when a merge is undone: those that still hold what the merge made.

Three-way: before, after, now. What was changed since stays as it is; counters lose what the merge had added; custom
values, sources and import tags are looked at one by one.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contacts.merge_rules import GROUPS, PROFILE, RULES, same
from contacts.models import Contact, ContactProfile, Kind
from contacts.moving_rows import columns_from, data_of
from contacts.search import search_text_of

Changes = Mapping[str, list[Any]]  # {column: [before, after]}
_KEYS = {rule.columns[0]: rule.key for rule in RULES} | {
    "memo": "memo",
    "blocked": "blocked",
    "unsubscribe_email": "unsubscribeEmail",
    "unsubscribe_texting": "unsubscribeTexting",
}
_CONTACT_POINTS = ("email", "mobile_number", "landline_number")


@dataclass(slots=True)
class Return:
    """``contact``, ``profile``: columns with their values to write. ``stays``: {public name: [before, after, now]}."""

    contact: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    stays: dict[str, list[Any]] = field(default_factory=dict)


def plan_return(survivor: Contact, journal: Mapping[str, Any]) -> Return:
    """What goes back into the rows of ``survivor``, which are as they are now."""
    plan = Return()
    own, wide = dict(journal["survivor"]), dict(journal["survivorProfile"])
    now, wide_now = data_of(survivor), data_of(survivor.profile)
    if sessions := own.pop("sessions_count", None):
        plan.contact["sessions_count"] = max(0, now["sessions_count"] - (sessions[1] - sessions[0]))
    _return_columns(plan, plan.contact, own, now)
    one_by_one = {name: wide.pop(name) for name in ("values", "folded", "sources", "import_tags") if name in wide}
    text = wide.pop("search_text", None)
    _return_columns(plan, plan.profile, wide, wide_now)
    _return_values(plan, one_by_one, wide_now)
    _return_sources(plan, one_by_one, wide_now)
    _return_import_tags(plan, one_by_one, wide_now)
    plan.contact = columns_from(Contact, plan.contact)
    plan.profile = columns_from(ContactProfile, plan.profile)
    result = copy.copy(survivor)
    _apply(result, plan.contact)
    if result.kind == Kind.ANONYMOUS and any(getattr(result, name) for name in _CONTACT_POINTS):
        # Something came since that makes a lead, too (KIND-2).
        for name in ("kind", "lead_reason"):
            plan.contact.pop(name, None)
            setattr(result, name, getattr(survivor, name))
    is_untouched = text is not None and text[1] == survivor.profile.search_text and not plan.stays
    plan.profile["search_text"] = text[0] if text and is_untouched else search_text_of(result, survivor.site)
    return plan


def _apply(row: Contact, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)


def _return_columns(plan: Return, target: dict[str, Any], changes: Changes, now: Mapping[str, Any]) -> None:
    """Columns that belong together go back together."""
    grouped = {name for group in GROUPS for name in group}
    for group in (*GROUPS, *((name,) for name in changes if name not in grouped)):
        told = {name: changes[name] for name in group if name in changes}
        if all(same(now[name], after) for name, (_before, after) in told.items()):
            target |= {name: before for name, (before, _after) in told.items()}
        elif key := _KEYS.get(group[0]):
            plan.stays[key] = [*told[group[0]], now[group[0]]]


def _return_values(plan: Return, changes: Changes, now: Mapping[str, Any]) -> None:
    if "values" not in changes:
        return
    before, after = changes["values"]
    current, folded_now = now["values"], now["folded"]
    folded_before = changes.get("folded", [folded_now])[0]
    values: dict[str, Any] = {}
    folded: dict[str, Any] = {}
    for key in dict.fromkeys([*before, *current]):
        was, became, is_now = (told.get(key) for told in (before, after, current))
        goes_back = not same(was, became) and same(is_now, became)
        if not same(was, became) and not goes_back:
            plan.stays[f"{PROFILE}{key}"] = [was, became, is_now]
        source, source_folded = (before, folded_before) if goes_back else (current, folded_now)
        values |= {key: source[key]} if key in source else {}
        folded |= {key: source_folded[key]} if key in source and key in source_folded else {}
    plan.profile |= {"values": values, "folded": folded}


def _return_sources(plan: Return, changes: Changes, now: Mapping[str, Any]) -> None:
    """QUAL-6: the note goes with its value."""
    if "sources" not in changes:
        return
    before, after = changes["sources"]
    current = now["sources"]
    notes: dict[str, Any] = {}
    for key in dict.fromkeys([*before, *current]):
        was, became, is_now = (told.get(key) for told in (before, after, current))
        goes_back = was != became and is_now == became and key not in plan.stays
        source = before if goes_back else current
        notes |= {key: source[key]} if key in source else {}
    plan.profile["sources"] = notes


def _return_import_tags(plan: Return, changes: Changes, now: Mapping[str, Any]) -> None:
    if "import_tags" not in changes:
        return
    before, after = changes["import_tags"]
    current = now["import_tags"]
    plan.profile["import_tags"] = [tag for tag in before if tag in current] + [
        tag for tag in current if tag not in after and tag not in before
    ]
