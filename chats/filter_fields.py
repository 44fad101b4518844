"""The filter fields ``hasChat``, ``chatsCount`` and ``lastChatAt`` (FIL-2), from the summary row of each contact.

Who has no such row had no chat: that counts as 0, and has no last one (FIL-4).
"""

from operator import eq, ge, gt, le, lt

from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chats.models import ContactChats
from contacts.filters.fields import Condition, FilterField, Group, filter_fields
from contacts.filters.operators import OF_THE_PAST, ValueType
from contacts.filters.related import related
from contacts.filters.spans import span_of
from contacts.filters.sql import Nobody
from contacts.filters.values import Moment
from contacts.models import Contact

_EVERYBODY = ~Q(Nobody())
_COMPARISONS = {"is": ("", eq), "gt": ("__gt", gt), "gte": ("__gte", ge), "lt": ("__lt", lt), "lte": ("__lte", le)}


def _who(moment: Moment, *conditions: Q) -> Q:
    return related(ContactChats.objects.filter(*conditions, site=moment.site), moment)


def _has_chat(condition: Condition, moment: Moment) -> Q:
    return _who(moment) if condition.operands[0] else ~_who(moment)


def _chats_count(condition: Condition, moment: Moment) -> Q:
    if condition.op == "exists":
        return _EVERYBODY
    numbers = [operand for operand in condition.operands if isinstance(operand, int | float)]
    if condition.op == "between":
        low, high = numbers
        inside = Q(count__gte=low, count__lte=high)
        return ~_who(moment, ~inside) if low <= 0 <= high else _who(moment, inside)
    lookup, holds = _COMPARISONS[condition.op]
    inside = Q(Nobody())
    for number in numbers:
        inside |= Q(**{f"count{lookup}": number})
    # Where 0 meets the condition, so does everybody without a row: all but those whose row does not.
    return ~_who(moment, ~inside) if any(holds(0, number) for number in numbers) else _who(moment, inside)


def _last_chat(condition: Condition, moment: Moment) -> Q:
    if condition.op == "exists":
        return _who(moment)
    span, inside = span_of(condition, moment), Q()
    if span.start is not None:
        inside &= Q(last_at__gte=span.start)
    if span.end is not None:
        inside &= Q(last_at__lt=span.end)
    return _who(moment, inside)


def _summary(contact: Contact) -> ContactChats | None:
    return ContactChats.objects.filter(contact=contact).first()


def _tell_has(contact: Contact, condition: Condition, moment: Moment) -> str:
    return _("yes") if _summary(contact) else _("no")


def _tell_count(contact: Contact, condition: Condition, moment: Moment) -> str:
    summary = _summary(contact)
    return formats.localize(summary.count if summary else 0)


def _tell_last(contact: Contact, condition: Condition, moment: Moment) -> str:
    summary = _summary(contact)
    return formats.date_format(summary.last_at.astimezone(moment.zone), "SHORT_DATETIME_FORMAT") if summary else ""


for _field in (
    FilterField(
        key="hasChat",
        label=gettext_lazy("Has a chat"),
        group=Group.CHATS,
        type=ValueType.BOOLEAN,
        operators=("is",),
        compile=_has_chat,
        tell=_tell_has,
    ),
    FilterField(
        key="chatsCount",
        label=gettext_lazy("Chats"),
        group=Group.CHATS,
        type=ValueType.NUMBER,
        compile=_chats_count,
        tell=_tell_count,
    ),
    FilterField(
        key="lastChatAt",
        label=gettext_lazy("Last chat"),
        group=Group.CHATS,
        type=ValueType.DATE,
        operators=OF_THE_PAST,
        compile=_last_chat,
        tell=_tell_last,
    ),
):
    filter_fields.register(_field.key, _field)
