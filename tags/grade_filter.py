"""The filter field ``grade`` (FIL-2), compared by the name of the grade.

There are no grades yet: nobody carries one, and a grade that is named is refused like a tag that does not exist, so
that a filter on it never becomes everybody (SEG-1).
"""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.filters.errors import Refused
from contacts.filters.fields import Condition, FilterField, Group, filter_fields
from contacts.filters.operators import ValueType
from contacts.filters.reading import Reading
from contacts.filters.sql import Nobody
from contacts.filters.values import Moment

_BY_NAME = ("is", "isNot")


def _resolve(condition: Condition, reading: Reading) -> None:
    if condition.op in _BY_NAME:
        message = _("There is no grade “%(grade)s”.") % {"grade": condition.values[0]}
        raise Refused("unknown_grade", message, ".values[0]")


def _compile(condition: Condition, moment: Moment) -> Q:
    return Q(Nobody())


GRADE = FilterField(
    key="grade",
    label=gettext_lazy("Grade"),
    group=Group.TAGS,
    type=ValueType.TEXT,
    compile=_compile,
    resolve=_resolve,
    tell=lambda contact, condition, moment: "",
)
filter_fields.register(GRADE.key, GRADE)
