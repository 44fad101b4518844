"""UNI-6, UNI-13: what a plan of a merge is made of, and the ways in which a merge or an undo is refused.

Values only; ``contacts.merge_plans`` makes the plan, ``contacts.merging`` carries it out, ``contacts.undoing`` back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SURVIVOR = "survivor"
ABSORBED = "absorbed"
BOTH = "both"


class Why(StrEnum):
    """Why a value stands (UNI-7)."""

    QUALIFIED = "qualified"
    MEMBER = "member"
    ONLY_VALUE = "onlyValue"
    NEWER = "newer"
    SAME = "same"
    CHOSEN = "chosen"
    UNION = "union"
    SUM = "sum"
    EARLIEST = "earliest"
    LATEST = "latest"
    EITHER = "either"
    KEPT = "kept"
    HIGHER = "higher"

    @property
    def words(self) -> str:
        """The reason, in the active language."""
        return str(_WHY[self])


_WHY: Mapping[Why, str | Promise] = {
    Why.QUALIFIED: _("Only this one comes from a trusted source."),
    Why.MEMBER: _("This one is the member's."),
    Why.ONLY_VALUE: _("Only one of the two has a value."),
    Why.NEWER: _("This one is newer."),
    Why.SAME: _("Both have the same."),
    Why.CHOSEN: _("You chose it."),
    Why.UNION: _("What both have is kept."),
    Why.SUM: _("Both are added up."),
    Why.EARLIEST: _("The earlier of the two."),
    Why.LATEST: _("The later of the two."),
    Why.EITHER: _("It holds if it held for one of the two."),
    Why.KEPT: _("The contact that is kept keeps its own."),
    Why.HIGHER: _("The higher of the two."),
}


@dataclass(frozen=True, slots=True)
class SourceNote:
    """QUAL-6: where a value came from; ``at`` is an ISO 8601 moment, both it and ``label`` may be empty."""

    source: str
    label: str
    at: str


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field of which at least one of the two has a value. ``result`` is what the survivor holds afterwards.

    ``wins``: survivor, absorbed or both; ``choosable``: an operator may choose the other value.
    """

    key: str
    label: str
    kept: Any
    absorbed: Any
    result: Any
    wins: str
    why: Why
    choosable: bool = False
    kept_source: SourceNote | None = None
    absorbed_source: SourceNote | None = None

    @property
    def differs(self) -> bool:
        """Whether the two do not agree."""
        return bool(self.kept != self.absorbed or isinstance(self.kept, bool) != isinstance(self.absorbed, bool))


@dataclass(frozen=True, slots=True)
class MovePlan:
    """So many rows behind this relation go from the absorbed contact to the survivor."""

    relation: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ClashPlan:
    """So many rows that both have and only one may keep; ``settled`` says in words how."""

    relation: str
    label: str
    count: int
    settled: str


@dataclass(frozen=True, slots=True)
class DropPlan:
    """A name or value that no longer stands in its field; ``where`` it is kept: alias, knownValue, record, ended."""

    key: str
    label: str
    value: Any
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class MergeWarning:
    """Something the operator should know before confirming: memoCut, tooManyTags, sessionsEnd, memberAbsorbed …"""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a participant adds to the plan beside its count. ``fields``: such as the tags, which are listed as one."""

    fields: tuple[FieldPlan, ...] = ()
    clashes: tuple[ClashPlan, ...] = ()
    dropped: tuple[DropPlan, ...] = ()
    warnings: tuple[MergeWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class MergePlan:
    """UNI-13: everything a merge will do, frozen: the preview prints it and the execution carries it out.

    ``contact_columns`` and ``profile_columns``: what is written into the survivor's two rows; ``known_values``: rows of
    values that no longer stand in their field. ``lines``: what the fingerprint covers.
    """

    survivor_id: int
    absorbed_id: int
    fields: tuple[FieldPlan, ...]
    moves: tuple[MovePlan, ...]
    clashes: tuple[ClashPlan, ...]
    dropped: tuple[DropPlan, ...]
    warnings: tuple[MergeWarning, ...]
    fingerprint: str
    contact_columns: Mapping[str, Any] = field(repr=False)
    profile_columns: Mapping[str, Any] = field(repr=False)
    known_values: tuple[dict[str, Any], ...] = field(repr=False)
    lines: tuple["Line", ...] = field(repr=False)

    def told(self) -> dict[str, list[str]]:
        """{key: [label, "kept / absorbed"]} of every line; a door that keeps it can be told what was there then."""
        return {line.key: [line.label, line.text] for line in self.lines}


def text_of(value: Any) -> str:
    """A value as plain text, to be compared and shown."""
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the plan rests on: ``text`` is what one reads, ``state`` everything that may not change."""

    key: str
    label: str
    text: str
    state: Any


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """One line of the plan that is not what it was. ``then`` is None when nobody kept what the preview told.

    Both are "kept / absorbed"."""

    key: str
    what: str
    then: str | None
    now: str


class PlanChanged(Exception):
    """Something was written since the preview; nothing happened. ``plan`` is what would happen now."""

    def __init__(self, changes: Sequence[PlanDifference], plan: MergePlan) -> None:
        super().__init__(", ".join(change.key for change in changes) or "state")
        self.changes = tuple(changes)
        self.plan = plan


class MergeRefused(Exception):
    """The two may not be merged; ``code`` is a key of ``REFUSALS``, ``path`` names the field of a refused choice."""

    def __init__(self, code: str, path: str = "") -> None:
        super().__init__(f"{code}: {path}" if path else code)
        self.code = code
        self.path = path

    @property
    def message(self) -> str:
        """The reason, in the active language."""
        return str(REFUSALS[self.code])


REFUSALS: Mapping[str, str | Promise] = {
    "same": _("A contact cannot be merged with itself."),
    "gone": _("One of the two is gone: it was deleted, or merged with someone else meanwhile."),
    "other_site": _("The two belong to different services."),
    "member": _("Both are members. Only an administrator may merge two members."),
    "member_survives": _("One of the two is a member, so the member is the one that has to be kept."),
    "too_many_identities": _("Together the two would have more than 50 identities."),
    "choice": _("This value cannot be chosen."),
}


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """UNI-10: what an undo does. ``moves``: what goes back; ``stays``: fields changed since, which stay as they are."""

    merge_id: int
    survivor_id: int
    returned_id: int
    returned_customer_number: int
    moves: tuple[MovePlan, ...]
    stays: tuple[FieldPlan, ...]


class UndoRefused(Exception):
    """The merge cannot be undone; ``code`` is a key of ``UNDO_REFUSALS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def message(self) -> str:
        """The reason, in the active language."""
        return str(UNDO_REFUSALS[self.code])


UNDO_REFUSALS: Mapping[str, str | Promise] = {
    "undone": _("This merge was undone already."),
    "too_old": _("A merge can be undone for 30 days; this one is older."),
    "merged_again": _("The contact was merged again since. Undo the later merge first."),
    "gone": _("The contact is gone, and the record of the merge with it."),
    "member_id_taken": _("Another contact has the member ID of the absorbed one by now."),
}
