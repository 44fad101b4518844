"""The filter field ``tags`` (FIL-2..4): names in the document, ids in the statement.

Names and texts are looked up once, when the document is read, so that the statement asks the attachments by id only.
A tag that does not exist is refused with its place in the document: a filter on a deleted tag matches nobody, and
says so, instead of everybody (SEG-1).
"""

from collections.abc import Iterable, Mapping, Sequence
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
from desk.models import Site
from tags.models import ContactTag, Tag
from tags.names import fold_name

_SUGGESTIONS = 50
_BY_NAME = ("anyOf", "allOf", "noneOf")


def _resolve(condition: Condition, reading: Reading) -> tuple[int, ...]:
    """The ids of the tags that are named, or whose name contains one of the texts."""
    if condition.op in _BY_NAME:
        return _named(condition.values, reading)
    if condition.op in ("contains", "notContains"):
        texts = [fold(str(value)) for value in condition.values]
        return tuple(pk for pk, name in _all_names(reading) if any(text in name for text in texts))
    return ()


def ids_of_names(site: Site, names: Iterable[str]) -> dict[str, int]:
    """The ids of the tags of these names, by folded name; names that no tag has are missing."""
    folded = {fold_name(name) for name in names}
    return dict(Tag.objects.filter(site=site, name_folded__in=folded).values_list("name_folded", "pk"))


def _all_names(reading: Reading) -> Sequence[tuple[int, str]]:
    tags = Tag.objects.filter(site=reading.site).values_list("pk", "name_folded")
    return reading.together.once("all tags", lambda documents: list(tags)) if reading.together else list(tags)


def _named(values: Sequence[Any], reading: Reading) -> tuple[int, ...]:
    folded = [fold_name(str(value)) for value in values]
    if reading.together is None:
        ids = ids_of_names(reading.site, folded)
    else:
        ids = reading.together.once("tags", lambda documents: ids_of_names(reading.site, names_of_tags(documents)))
    for index, name in enumerate(folded):
        if name not in ids:
            message = _("There is no tag “%(tag)s”.") % {"tag": values[index]}
            raise Refused("unknown_tag", message, f".values[{index}]")
    return tuple(dict.fromkeys(ids[name] for name in folded))


def _compile(condition: Condition, moment: Moment) -> Q:
    if condition.op == "exists":
        return _carried(moment)
    ids: tuple[int, ...] = condition.resolved
    if condition.op == "allOf":
        every = Q()
        for tag_id in ids:
            every &= _carried(moment, tag_id=tag_id)
        return every
    # anyOf and contains; a text that no tag contains is carried by nobody.
    return _carried(moment, tag_id__in=ids) if ids else Q(Nobody())


def _carried(moment: Moment, **of_tag: Any) -> Q:
    return related(ContactTag.objects.filter(site=moment.site, **of_tag), moment)


def _carried_names(condition: Condition, moment: Moment) -> QuerySet[Any]:
    """The names of those tags that the condition means and somebody carries."""
    carried = ContactTag.objects.filter(site=moment.site, tag=OuterRef("pk"), contact__managed=True)
    tags = Tag.objects.filter(Exists(carried), site=moment.site)
    return (tags if condition.op == "exists" else tags.filter(pk__in=condition.resolved)).values_list(
        "name_folded", flat=True
    )


def _looks_for(condition: Condition, site: Site) -> list[tuple[str, str]]:
    [value] = condition.values
    return [("contains", fold(value)) if condition.op == "contains" else ("is", fold_name(value))]


def suggest(site: Site, typed: str) -> list[Tag]:
    """The tags whose name contains what was typed, by name; at most 50."""
    # PostgreSQL takes no NUL in a text, and no tag has one.
    return list(Tag.objects.filter(site=site, name_folded__contains=fold(typed.replace("\0", "")))[:_SUGGESTIONS])


def _choices(site: Site, typed: str, asker: Asker) -> Sequence[Choice]:
    return [Choice(tag.name, tag.name) for tag in suggest(site, typed)]


TAGS = FilterField(
    key="tags",
    label=gettext_lazy("Tags"),
    group=Group.TAGS,
    type=ValueType.LIST,
    compile=_compile,
    resolve=_resolve,
    suggest=_choices,
    occurring=Occurring(_carried_names, lambda name: (name,), _looks_for),
)
filter_fields.register(TAGS.key, TAGS)


def with_renamed_tags(document: Any, names: Mapping[str, str]) -> Any:
    """``document`` (a filter as JSON data) with the new names of tags in every condition that names the old ones.

    ``names``: {old: new}, the old ones folded. Two that have one name now are named once.
    """
    if isinstance(document, list):
        return [with_renamed_tags(item, names) for item in document]
    if not isinstance(document, Mapping):
        return document
    if document.get("key") == TAGS.key and document.get("op") in _BY_NAME and isinstance(document.get("values"), list):
        return {**document, "values": _renamed(document["values"], names)}
    if "key" in document:
        return dict(document)
    return {key: with_renamed_tags(value, names) for key, value in document.items()}


def _renamed(values: Sequence[Any], names: Mapping[str, str]) -> list[Any]:
    after = [names.get(fold_name(value), value) if isinstance(value, str) else value for value in values]
    if after == list(values):
        return after
    return list({fold_name(value) if isinstance(value, str) else value: value for value in after}.values())


def names_of_tags(document: Any) -> set[str]:
    """The folded names of the tags that ``document`` names."""
    if isinstance(document, list):
        return set().union(*map(names_of_tags, document))
    if not isinstance(document, Mapping):
        return set()
    if document.get("key") == TAGS.key and document.get("op") in _BY_NAME and isinstance(document.get("values"), list):
        return {fold_name(value) for value in document["values"] if isinstance(value, str)}
    return set() if "key" in document else set().union(*map(names_of_tags, document.values()))
