"""Custom fields of a site: made when a value first comes, guarded by type ever after."""

import datetime
import re
from collections.abc import Mapping

from django.db import transaction
from django.utils.dateparse import parse_date, parse_datetime

from contacts.models import FieldType, ProfileField
from contacts.models.profile_field import MAX_PROFILE_FIELDS
from desk.models import Site

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?")


class TooManyFields(Exception):
    """The site already has as many custom fields as it may have."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def parse_time(text: str) -> datetime.date | datetime.datetime | None:
    """The day or moment that an ISO 8601 string names; None when it is none."""
    if not _ISO.fullmatch(text):
        return None
    try:
        return parse_date(text) if len(text) == 10 else parse_datetime(text)
    except ValueError:  # shaped like a time, but no such day or hour
        return None


def guess_type(value: object) -> FieldType:
    """The type that a first value gives to its field."""
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    if isinstance(value, int | float):
        return FieldType.NUMBER
    if isinstance(value, list | tuple):
        return FieldType.LIST
    return FieldType.DATE if isinstance(value, str) and parse_time(value) is not None else FieldType.TEXT


def fits(value: object, type_: str) -> bool:
    """Whether a field of ``type_`` takes ``value``; a text field takes every string."""
    guessed = guess_type(value)
    return guessed == type_ or (guessed == FieldType.DATE and type_ == FieldType.TEXT)


def ensure_fields(site: Site, values: Mapping[str, object]) -> dict[str, FieldType]:
    """The types of the fields named in ``values``; missing fields are made, with guessed types.

    Raises ``TooManyFields`` when a site would get more than 300. Two writers of one new key agree on one field.
    """
    types = _types(site, values)
    missing = [key for key in values if key not in types]
    if not missing:
        return types
    with transaction.atomic():
        # One maker at a time, so that the limit holds.
        Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
        count = ProfileField.objects.filter(site=site).count()
        if count + len(missing) > MAX_PROFILE_FIELDS:
            raise TooManyFields(missing[max(0, MAX_PROFILE_FIELDS - count)])
        ProfileField.objects.bulk_create(
            [ProfileField(site=site, key=key, type=guess_type(values[key])) for key in missing], ignore_conflicts=True
        )
    return _types(site, values)


def _types(site: Site, values: Mapping[str, object]) -> dict[str, FieldType]:
    rows = ProfileField.objects.filter(site=site, key__in=list(values)).values_list("key", "type")
    return {key: FieldType(type_) for key, type_ in rows}
