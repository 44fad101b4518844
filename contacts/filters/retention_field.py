"""RET-5, FIL-2: the filter field ``expiresOn``: the day on which people are deleted, holds included.

The policy says it as ranges of the last touch, which are indexed; holds shift it for a few people. A condition on a
span of days is met by whom the policy deletes within it, or earlier when a hold lasts into it, unless a hold lasts
beyond it. No value: kept for ever.
"""

import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from contacts.expiring import expires_on_of
from contacts.filters.fields import Condition, FilterField, Group, filter_fields
from contacts.filters.operators import ValueType
from contacts.filters.related import related
from contacts.filters.spans import span_of
from contacts.filters.sql import Nobody, Test
from contacts.filters.values import Moment
from contacts.holds import holds_in_force
from contacts.models import Contact, Hold
from contacts.retention import Policy, policy_of

_DAY = datetime.timedelta(days=1)


class _Among(Test):
    """Whether the contact is among those of a few ``holds``, as one alternative of several.

    PostgreSQL finds the ids first and looks them up beside the ranges of the other alternative; of an ``IN`` or
    ``EXISTS`` below an OR it would ask everybody.
    """

    def __init__(self, holds: QuerySet[Hold]) -> None:
        super().__init__("pk")
        self.holds = holds.order_by().values("contact_id").query

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        subject, _params = compiler.compile(self.subject)
        sql, params = self.holds.get_compiler(connection=connection).as_sql()
        if connection.vendor == "postgresql":
            return f"{subject} = ANY(ARRAY({sql}))", params
        return f"{subject} IN ({sql})", params


def _compile(condition: Condition, moment: Moment) -> Q:
    policy = policy_of(moment.site)
    if condition.op == "exists":
        return _has_end(policy)
    span = span_of(condition, moment)
    first, last = span.first_day, span.last_day
    holds = holds_in_force(moment.site, moment.today)
    found = _by_policy(policy, first, last)
    if first is not None:
        found |= _by_policy(policy, None, last) & Q(_Among(holds.filter(until__gte=first - _DAY)))
    if last is not None:
        found &= ~related(holds.filter(until__gte=last), moment)
    return found


def _by_policy(policy: Policy, first: datetime.date | None, last: datetime.date | None) -> Q:
    """As ``Policy.expires_between``, true or false in every place a condition may stand."""
    found = Q()
    for _rule, condition in policy.parts(first, last):
        found |= condition
    return found or Q(Nobody())


def _has_end(policy: Policy) -> Q:
    kinds = {rule.kind for rule in policy.rules if rule.period is None}
    return ~policy.never() if kinds else ~Q(Nobody())


def _tell(contact: Contact, condition: Condition, moment: Moment) -> str:
    [day] = expires_on_of(moment.site, [contact], now=moment.now)
    return formats.date_format(day, "DATE_FORMAT") if day else ""


FIELD = FilterField(
    key="expiresOn",
    label=_("Deletion date"),
    group=Group.ACTIVITY,
    type=ValueType.DATE,
    compile=_compile,
    tell=_tell,
)
filter_fields.register(FIELD.key, FIELD)
