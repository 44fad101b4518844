"""UNI-6, UNI-7, UNI-13: the plan of a merge: what moves, which value wins and why, what clashes, what is dropped.

Reads only. What it says is what ``contacts.merging`` does: that carries out the same plan, under the locks.
"""

from collections.abc import Mapping

from contacts.merge_values import MergePlan as MergePlan
from contacts.models import Contact


def plan_merge(
    survivor: Contact, absorbed: Contact, *, choices: Mapping[str, str] | None = None, member_into_member: bool = False
) -> MergePlan:
    """What ``merge`` would do now. ``choices``: {public name: "survivor" or "absorbed"} for fields that are choosable.

    Raises ``MergeRefused``.
    """
    raise NotImplementedError
