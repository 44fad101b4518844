"""SEG-5: why one person is in a filter or not: every condition, whether it holds, and the person's own value in words.

Whether a condition holds is asked of the database with the very condition the filter compiles to (FIL-8): all of them
in one statement about one contact. Python only joins the answers by and, or and not. The values are read beside it and
decide nothing.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from contacts.filters.compile import compile_condition
from contacts.filters.describe import describe_condition
from contacts.filters.document import Branch, Filter, Node, Not
from contacts.filters.fields import Condition
from contacts.filters.telling import Teller
from contacts.filters.values import Moment
from contacts.models import Contact
from contacts.time_limit import time_limit

SECONDS = 5.0


class Joined(StrEnum):
    """What a node is."""

    ALL = "all"
    ANY = "any"
    NOT = "not"
    CONDITION = "condition"
    FILTER = "filter"  # another filter, by its name, that a condition stands for


@dataclass(frozen=True, slots=True)
class Explanation:
    """One node of the filter. ``sentence`` is what is asked, ``label`` and ``value`` the person's answer to it.

    ``parts`` are the members of a group, or the filters a condition stands for.
    """

    joined: Joined
    holds: bool
    sentence: str
    label: str = ""
    value: str = ""
    parts: "tuple[Explanation, ...]" = ()


def explain(
    filter: Filter, contact: Contact, *, now: datetime.datetime, sees_personal_data: bool, seconds: float = SECONDS
) -> Explanation:
    """The tree of ``filter`` for ``contact``; personal values are masked unless they may be seen (SITE-4).

    ``Contact.DoesNotExist`` when the contact is none of the managed ones of the filter's site, ``TookTooLong``.
    """
    moment = Moment(filter.site, now)
    if filter.root is None:
        return Explanation(Joined.ALL, True, _("everybody"))
    conditions = list(_conditions(filter.root))
    with time_limit(seconds):
        holding = holds(contact, [compile_condition(one, moment, negated=False) for one in conditions], filter.site.pk)
        teller = Teller(contact, moment, sees_personal_data=sees_personal_data)
        return _explained(filter.root, iter(holding), teller)


def holds(contact: Contact, conditions: Sequence[Q], site_id: int) -> list[bool]:
    """Which of ``conditions`` are true of one managed contact, in their order: one statement. An empty one is."""
    wrapped: dict[str, Any] = {
        f"c{number}": ExpressionWrapper(condition, BooleanField())
        for number, condition in enumerate(conditions)
        if condition
    }
    row = Contact.objects.filter(pk=contact.pk, site_id=site_id, managed=True).annotate(**wrapped)
    found = row.values("pk", *wrapped).get()
    return [bool(found.get(f"c{number}", True)) for number in range(len(conditions))]


def _conditions(node: Node) -> Iterator[Condition]:
    """Every condition, those of the filters that one stands for right behind it."""
    if isinstance(node, Not):
        yield from _conditions(node.node)
    elif isinstance(node, Branch):
        for member in node.members:
            yield from _conditions(member)
    else:
        yield node
        for _name, filter in _unfolded(node):
            if filter.root is not None:
                yield from _conditions(filter.root)


def _unfolded(condition: Condition) -> Sequence[tuple[str, Filter]]:
    return condition.field.unfold(condition) if condition.field.unfold else ()


def _explained(node: Node, holding: Iterator[bool], teller: Teller) -> Explanation:
    """The tree of ``node``; takes the answers in the order of ``_conditions``."""
    if isinstance(node, Not):
        part = _explained(node.node, holding, teller)
        return Explanation(Joined.NOT, not part.holds, _("This must not hold:"), parts=(part,))
    if isinstance(node, Branch):
        parts = tuple(_explained(member, holding, teller) for member in node.members)
        if node.all:
            return Explanation(Joined.ALL, all(part.holds for part in parts), _("All of these must hold:"), parts=parts)
        return Explanation(Joined.ANY, any(part.holds for part in parts), _("One of these must hold:"), parts=parts)
    mine = next(holding)
    named = tuple(_named(name, filter, holding, teller) for name, filter in _unfolded(node))
    value = teller.of_filters([part.sentence for part in named if part.holds]) if named else teller.value(node)
    sentence = describe_condition(node, teller.moment.site)
    return Explanation(Joined.CONDITION, mine, sentence, str(node.field.label), value, named)


def _named(name: str, filter: Filter, holding: Iterator[bool], teller: Teller) -> Explanation:
    """A filter within, by its name."""
    if filter.root is None:
        return Explanation(Joined.FILTER, True, name, parts=(Explanation(Joined.ALL, True, _("everybody")),))
    inner = _explained(filter.root, holding, teller)
    return Explanation(Joined.FILTER, inner.holds, name, parts=(inner,))
