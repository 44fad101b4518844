"""The filter field ``grade`` (FIL-2): names in the document, ids in the statement.

A grade that does not exist, any more, is refused with its place in the document: a filter on a deleted grade matches
nobody, and says so, instead of everybody (SEG-1).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.filters.errors import Refused
from contacts.filters.fields import Choice, Condition, FilterField, Group, Occurring, filter_fields
from contacts.filters.operators import ValueType
from contacts.filters.reading import Asker, Reading
from contacts.filters.related import related
from contacts.filters.sql import Nobody
from contacts.filters.values import Moment
from contacts.folding import fold
from contacts.models import Contact
from desk.models import Site
from tags.models import ContactGrade, Grade

_BY_NAME = ("is", "isNot")
# "Any of" is how lists are asked; a contact carries one grade at most, so it is the same.
_OTHER_NAMES = {"anyOf": "is", "noneOf": "isNot"}
_TESTS = {"contains": str.__contains__, "startsWith": str.startswith, "endsWith": str.endswith}
_POSITIVE = {"notContains": "contains"}


def _resolve(condition: Condition, reading: Reading) -> tuple[int, ...]:
    """The ids of the grades that are named, or whose name has one of the texts."""
    if condition.op in _BY_NAME:
        return _named(condition.values, reading)
    test = _TESTS.get(_POSITIVE.get(condition.op, condition.op))
    if test is None:
        return ()
    texts = [fold(str(value)) for value in condition.values]
    return tuple(pk for name, pk in _grades(reading).items() if any(test(name, text) for text in texts))


def _grades(reading: Reading) -> dict[str, int]:
    """The ids of the site's grades, which are few, by folded name."""
    grades = Grade.objects.filter(site=reading.site).values_list("name_folded", "pk")
    return reading.together.once("grades", lambda documents: dict(grades)) if reading.together else dict(grades)


def _named(values: Sequence[Any], reading: Reading) -> tuple[int, ...]:
    folded = [fold(str(value)) for value in values]
    ids = _grades(reading)
    for index, name in enumerate(folded):
        if name not in ids:
            message = _("There is no grade “%(grade)s”.") % {"grade": values[index]}
            raise Refused("unknown_grade", message, f".values[{index}]")
    return tuple(dict.fromkeys(ids[name] for name in folded))


def _compile(condition: Condition, moment: Moment) -> Q:
    carried = ContactGrade.objects.filter(site=moment.site)
    if condition.op == "exists":
        return related(carried, moment)
    # A text that no grade's name has is carried by nobody.
    ids: tuple[int, ...] = condition.resolved
    return related(carried.filter(grade__in=ids), moment) if ids else Q(Nobody())


def _carried_names(condition: Condition, moment: Moment) -> QuerySet[Any]:
    """The names of those grades that the condition means and somebody carries."""
    carried = ContactGrade.objects.filter(site=moment.site, grade=OuterRef("pk"))
    grades = Grade.objects.filter(Exists(carried), site=moment.site)
    return (grades if condition.op == "exists" else grades.filter(pk__in=condition.resolved)).values_list(
        "name_folded", flat=True
    )


def _choices(site: Site, typed: str, asker: Asker) -> Sequence[Choice]:
    """The grades whose name contains what was typed, the highest first; a site has few."""
    # PostgreSQL takes no NUL in a text, and no grade has one.
    grades = Grade.objects.filter(site=site, name_folded__contains=fold(typed.replace("\0", "")))
    return [Choice(grade.name, grade.name) for grade in grades]


def _tell(contact: Contact, condition: Condition, moment: Moment) -> str:
    carried = ContactGrade.objects.filter(contact=contact).select_related("grade").first()
    return carried.grade.name if carried else ""


GRADE = FilterField(
    key="grade",
    label=gettext_lazy("Grade"),
    group=Group.TAGS,
    type=ValueType.TEXT,
    compile=_compile,
    resolve=_resolve,
    suggest=_choices,
    tell=_tell,
    occurring=Occurring(_carried_names, lambda name: (name,)),
    other_names=_OTHER_NAMES,
)
filter_fields.register(GRADE.key, GRADE)


def with_renamed_grade(document: Any, *, before: str, after: str) -> Any:
    """``document`` (a filter as JSON data) with the grade's new name in every condition that names the old one."""
    if isinstance(document, list):
        return [with_renamed_grade(item, before=before, after=after) for item in document]
    if not isinstance(document, Mapping):
        return document
    if _names_grades(document):
        old = fold(before)
        values = [after if isinstance(one, str) and fold(one) == old else one for one in document["values"]]
        return {**document, "values": values}
    if "key" in document:
        return dict(document)
    return {key: with_renamed_grade(value, before=before, after=after) for key, value in document.items()}


def names_grade(document: Any, name: str) -> bool:
    """Whether a condition of ``document`` names the grade."""
    if isinstance(document, list):
        return any(names_grade(item, name) for item in document)
    if not isinstance(document, Mapping):
        return False
    if _names_grades(document):
        return fold(name) in {fold(one) for one in document["values"] if isinstance(one, str)}
    return "key" not in document and any(names_grade(value, name) for value in document.values())


def _names_grades(condition: Mapping[str, Any]) -> bool:
    op = condition.get("op")
    by_name = _OTHER_NAMES.get(str(op), op) in _BY_NAME
    return condition.get("key") == GRADE.key and by_name and isinstance(condition.get("values"), list)
