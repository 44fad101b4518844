"""The filter fields ``hasChat``, ``chatsCount`` and ``lastChatAt`` (FIL-2).

There are no chats yet: nobody has one, everybody has had none, and nobody has a last one. The fields say so truthfully
(FIL-4), so that filters on them can be kept and will mean the same when there are chats.
"""

from operator import eq, ge, gt, le, lt

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.filters.fields import Condition, FilterField, Group, filter_fields
from contacts.filters.operators import ValueType
from contacts.filters.sql import Nobody
from contacts.filters.values import Moment

_NOBODY = Q(Nobody())
_EVERYBODY = ~_NOBODY
_COMPARISONS = {"is": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}


def _has_chat(condition: Condition, moment: Moment) -> Q:
    return _NOBODY if condition.operands[0] else _EVERYBODY


def _chats_count(condition: Condition, moment: Moment) -> Q:
    numbers = [operand for operand in condition.operands if isinstance(operand, int | float)]
    if condition.op == "exists":
        return _EVERYBODY
    if condition.op == "between":
        return _EVERYBODY if numbers[0] <= 0 <= numbers[1] else _NOBODY
    holds = _COMPARISONS[condition.op]
    return _EVERYBODY if any(holds(0, number) for number in numbers) else _NOBODY


def _last_chat(condition: Condition, moment: Moment) -> Q:
    return _NOBODY


for _field in (
    FilterField(
        key="hasChat",
        label=gettext_lazy("Has a chat"),
        group=Group.CHATS,
        type=ValueType.BOOLEAN,
        operators=("is",),
        compile=_has_chat,
        tell=lambda contact, condition, moment: _("no"),
    ),
    FilterField(
        key="chatsCount",
        label=gettext_lazy("Chats"),
        group=Group.CHATS,
        type=ValueType.NUMBER,
        compile=_chats_count,
        tell=lambda contact, condition, moment: "0",
    ),
    FilterField(
        key="lastChatAt",
        label=gettext_lazy("Last chat"),
        group=Group.CHATS,
        type=ValueType.DATE,
        compile=_last_chat,
        tell=lambda contact, condition, moment: "",
    ),
):
    filter_fields.register(_field.key, _field)
