"""Serializers that take nothing for granted: unknown fields are refused and no type is turned into another."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that names every field it does not know.

    Its fields are read-only once built, so one instance may serve every request through ``run_validation``; that spares
    copying the fields each time.
    """

    default_error_messages = {"unknown": _("This field is not known."), "wrong_type": _("An object is expected.")}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(self.error_messages["wrong_type"], code="wrong_type")
        unknown = [key for key in data if key not in self.fields]
        if unknown:
            raise serializers.ValidationError(
                {key: [serializers.ErrorDetail(str(self.error_messages["unknown"]), "unknown")] for key in unknown}
            )
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """Text as it is: numbers are not text, nothing is trimmed."""

    default_error_messages = {"invalid": _("A text is expected.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("trim_whitespace", False)
        super().__init__(**options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class FlagField(serializers.BooleanField):
    """true or false, and nothing that merely looks like it."""

    default_error_messages = {"invalid": _("true or false is expected.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class WholeNumberField(serializers.IntegerField):
    """A whole number, and no text that spells one."""

    default_error_messages = {"invalid": _("A whole number is expected here.")}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class MomentField(serializers.DateTimeField):
    """An ISO 8601 time with its zone."""

    default_error_messages = {"invalid": _("An ISO 8601 time with a time zone is expected.")}

    def to_internal_value(self, value: Any) -> datetime.datetime:
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
            if moment is not None and moment.tzinfo is not None:
                return moment.astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            pass
        self.fail("invalid", format="ISO 8601")


class ObjectField(serializers.Field[Any, Any, Any, Any]):
    """A JSON object with keys of the client's own; what stands inside is checked by the rule that takes it."""

    default_error_messages = {"wrong_type": _("An object is expected.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("wrong_type")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def time_text(moment: datetime.datetime) -> str:
    """A moment as answers carry it: ISO 8601 in UTC with ``Z``."""
    return moment.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
