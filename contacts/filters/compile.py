"""FIL-8: the one interpreter. A filter compiles to a ``Q`` over contacts and to nothing else."""

import datetime
from dataclasses import replace
from functools import reduce
from operator import and_, or_

from django.db.models import Q

from contacts.filters.document import Filter, Node, Not
from contacts.filters.fields import Condition
from contacts.filters.values import Moment, Purpose

__all__ = ["Purpose", "compile_condition", "compile_filter", "compile_within"]


def compile_filter(filter: Filter, *, now: datetime.datetime, purpose: Purpose = Purpose.PAGE) -> Q:
    """The condition of ``filter`` at ``now`` (aware). Total: of every contact it is true or its negation is (FIL-4)."""
    return compile_within(filter, Moment(filter.site, now, purpose, narrows=True))


def compile_within(filter: Filter, moment: Moment) -> Q:
    """The same as part of another filter: a segment that a condition names."""
    return Q() if filter.root is None else _compiled(filter.root, moment, negated=False)


def _compiled(node: Node, moment: Moment, *, negated: bool) -> Q:
    """``negated`` is pushed down to the conditions: PostgreSQL can join "not a and not b", but not "not (a or b)".

    A condition that is an alternative to others can be no join and is asked of everybody: a count looks people up in a
    list then.
    """
    if isinstance(node, Not):
        return _compiled(node.node, moment, negated=not negated)
    if isinstance(node, Condition):
        return compile_condition(node, moment, negated=negated)
    every = node.all is not negated
    if not every and len(node.members) > 1:
        moment = replace(moment, alternative=True, narrows=False)
    members = (_compiled(member, moment, negated=negated) for member in node.members)
    return reduce(and_ if every else or_, members)


def compile_condition(condition: Condition, moment: Moment, *, negated: bool) -> Q:
    """A negative operator is the complement of its positive twin, which is all a field has to know."""
    positive = condition.operator.negates
    negates = (positive is not None) is not negated
    if negates:
        moment = replace(moment, narrows=False)
    compiled = condition.field.compile(replace(condition, op=positive or condition.op), moment)
    if not compiled:
        # An empty Q matches everybody, negated or not.
        raise RuntimeError(f"{condition.field.key} {condition.op} compiled to nothing")
    return ~compiled if negates else compiled
