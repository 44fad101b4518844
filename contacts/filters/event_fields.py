"""FIL-6: ``event.<name>``: who did something, how often, within which window, with which properties.

The events are counted first, over their index, and the contacts joined to the result. Only of the few at the head of
the list each one's own are counted.
"""

import datetime
from collections.abc import Collection
from functools import partial

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.filters.columns import terms_of
from contacts.filters.describe import within_words
from contacts.filters.fields import Condition, FieldFamily, FilterField, Group, field_families
from contacts.filters.moments import MomentTest
from contacts.filters.operators import ValueType
from contacts.filters.related import by_list, related
from contacts.filters.spans import span_of
from contacts.filters.sql import InGroups, KeyTest, Nobody
from contacts.filters.values import Moment, Purpose
from contacts.models import Contact, Event
from desk.models import Site

PREFIX = "event."
_IN_TIME = ("before", "after", "on", "withinLast", "moreThanAgo")
MAX_NAME = 64
_NAMES_SHOWN = 100


def _asked(name: str, condition: Condition, moment: Moment) -> QuerySet[Event]:
    """The events a condition is about: of this name, within its window, with its properties."""
    events = Event.objects.filter(site=moment.site, name=name)
    if condition.within:
        since = moment.ago(condition.within.value, condition.within.unit)
        events = events.filter(at__gte=since, at__lte=moment.now)
    for property_ in condition.where:
        events = events.filter(property_test(property_, moment))
    return events


def _compile(name: str, condition: Condition, moment: Moment) -> Q:
    events = _asked(name, condition, moment)
    if condition.op == "did":
        return related(events, moment)
    times = condition.operands[0]
    assert isinstance(times, int)
    if condition.op == "atLeast":
        return _at_least(events, times, moment)
    return ~_at_least(events, times + 1, moment)


def _tell(name: str, contact: Contact, condition: Condition, moment: Moment) -> str:
    """How often it happened, within the condition's window and with its properties, and when last (SEG-5)."""
    found = _asked(name, condition, moment).filter(contact=contact).aggregate(times=Count("pk"), last=Max("at"))
    words = ngettext("happened %(times)s time", "happened %(times)s times", found["times"])
    words %= {"times": formats.localize(found["times"])}
    if condition.within:
        words = within_words(words, condition.within)
    if not found["last"]:
        return words
    last = formats.date_format(found["last"].astimezone(moment.zone), "SHORT_DATETIME_FORMAT")
    return _("%(words)s, the last time on %(date)s") % {"words": words, "date": last}


def _at_least(events: QuerySet[Event], times: int, moment: Moment) -> Q:
    if times == 0:
        return ~Q(Nobody())
    if times == 1:
        return related(events, moment)
    often = events.order_by().values("contact_id").annotate(times=Count("*")).filter(times__gte=times)
    if moment.purpose is Purpose.NEAR:
        return Q(Exists(often.filter(contact_id=OuterRef("pk"))))
    return Q(InGroups("pk", often, "contact_id", joined=not by_list(moment)))


def property_test(condition: Condition, moment: Moment) -> Q:
    """A condition on a property of an event, true or false for every event. A value is compared with its own kind."""
    op = condition.operator.negates or condition.op
    key = condition.field.key
    texts = terms_of(condition) if op in ("contains", "startsWith", "endsWith") else ()
    found = Q(Nobody())
    if op == "exists":
        found = Q(KeyTest("property", key, "exists"))
    elif op == "is":
        found = _is_any(key, condition)
    elif op in _IN_TIME or isinstance(condition.operands[0], datetime.date):
        found = Q(MomentTest("property", key, span_of(condition, moment), moment.site.time_zone))
    elif op in ("gt", "gte", "lt", "lte", "between"):
        found = Q(KeyTest("property", key, f"number {op}", condition.operands))
    elif op == "contains":
        found = Q(KeyTest("property", key, op, texts, folds=True)) | Q(
            KeyTest("property", key, "list contains", texts, folds=True)
        )
    else:
        found = Q(KeyTest("property", key, op, texts, folds=True))
    return ~found if condition.operator.negates else found


def _is_any(key: str, condition: Condition) -> Q:
    texts = tuple(operand for operand in condition.operands if isinstance(operand, str))
    truths = tuple(operand for operand in condition.operands if isinstance(operand, bool))
    numbers = tuple(
        operand for operand in condition.operands if isinstance(operand, int | float) and not isinstance(operand, bool)
    )
    found = Q(Nobody())
    if texts:
        found |= Q(KeyTest("property", key, "is", texts, folds=True))
        found |= Q(KeyTest("property", key, "list anyOf", texts, folds=True))
    if numbers:
        found |= Q(KeyTest("property", key, "number is", numbers))
    for truth in truths:
        found |= Q(KeyTest("property", key, "boolean", (truth,)))
    return found


def _field(name: str) -> FilterField:
    return FilterField(
        key=f"{PREFIX}{name}",
        label=name,
        group=Group.EVENTS,
        type=ValueType.EVENT,
        compile=partial(_compile, name),
        tell=partial(_tell, name),
    )


def _find(site: Site, names: Collection[str]) -> dict[str, FilterField]:
    """Events are not registered: every name an event may have can be asked for, also before the first one happened."""
    return {name: _field(name) for name in names if 0 < len(name) <= MAX_NAME and name.isprintable()}


def _fields(site: Site) -> list[FilterField]:
    """Names that occurred, one short look-up in the index for each instead of a walk over all events."""
    names: list[str] = []
    while len(names) < _NAMES_SHOWN:
        later = Event.objects.filter(site=site, name__gt=names[-1]) if names else Event.objects.filter(site=site)
        name = later.order_by("name").values_list("name", flat=True).first()
        if name is None:
            break
        names.append(name)
    return [_field(name) for name in names]


FAMILY = FieldFamily(PREFIX, _find, _fields, gettext_lazy("Something contacts did, by the name of the event."))
field_families.register(PREFIX, FAMILY)
