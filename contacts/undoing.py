"""UNI-10: a merge is taken back from its journal: what moved goes back, what happened since stays."""

import datetime

from contacts.merge_values import UndoPlan as UndoPlan
from contacts.merge_values import UndoRefused as UndoRefused
from contacts.models import Contact, Merge
from contacts.models.merge import UNDO_TIME
from desk.actors import Actor

UNDO_DAYS = UNDO_TIME.days


def plan_undo(merge: Merge, *, now: datetime.datetime) -> UndoPlan:
    """What ``undo_merge`` would do now; raises ``UndoRefused``."""
    raise NotImplementedError


def undo_merge(merge: Merge, *, actor: Actor, now: datetime.datetime) -> Contact:
    """Take the merge back; returns the contact that is there again. Raises ``UndoRefused``."""
    raise NotImplementedError
