"""The controls of custom fields, by their type: what was typed becomes a value of that type, blank becomes none."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import FieldType, ProfileField
from contacts.profile_fields import parse_time
from desk.models import Site


class NumberField(forms.DecimalField):
    """A whole number stays one."""

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if number is None:
            return None
        return int(number) if number == number.to_integral_value() else float(number)


class LinesField(forms.CharField):
    """A list, one element a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in (value or "").splitlines()]
        return [line for line in lines if line] or None


class YesNoField(forms.ChoiceField):
    """Yes, no, or not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[("", "–"), ("true", _("yes")), ("false", _("no"))], **options)

    def clean(self, value: Any) -> Any:
        return {"true": True, "false": False}.get(super().clean(value))


class TextField(forms.CharField):
    """A text; blank clears the value."""

    def clean(self, value: Any) -> Any:
        return super().clean(value) or None


def custom_form_field(profile_field: ProfileField, stored: object = None) -> forms.Field:
    """The control of a custom field; a time with an hour keeps it."""
    options: dict[str, Any] = {"label": str(profile_field), "required": False}
    match profile_field.type:
        case FieldType.NUMBER:
            return NumberField(**options)
        case FieldType.BOOLEAN:
            return YesNoField(**options)
        case FieldType.LIST:
            return LinesField(**options)
        case FieldType.DATE:
            kind = "datetime-local" if isinstance(stored, str) and "T" in stored else "date"
            return TextField(widget=forms.TextInput(attrs={"type": kind}), **options)
    return TextField(max_length=1000, **options)


def as_initial(value: object, site: Site) -> Any:
    """A stored custom value as its control shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "\n".join(map(str, value))
    moment = parse_time(value) if isinstance(value, str) else None
    if isinstance(moment, datetime.datetime):
        local = moment.astimezone(site.zone) if moment.tzinfo else moment
        return local.strftime("%Y-%m-%dT%H:%M")
    return value
