"""What goes over the wire of the plugin API: serializers for what comes in and for the description of what goes out."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.boot_request import MAX_UTM, MAX_VEIL_ID, UTM_KEYS
from contacts.booting import Booted
from contacts.events import MAX_EVENTS, MAX_NAME
from contacts.languages import MAX_LANGUAGE
from contacts.member_ids import MAX_MEMBER_ID
from contacts.models import Contact, Kind
from desk.api.serializers import FlagField, MomentField, ObjectField, StrictSerializer, TextField, time_text

_MAX_PLUGIN_KEY = 64
_MAX_TOKEN = 200


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": 100,
        "additionalProperties": {
            "oneOf": [
                {"type": "string", "maxLength": 1000, "nullable": True},
                {"type": "number"},
                {"type": "boolean"},
                {"type": "array", "items": {"type": "string", "maxLength": 1000}, "maxItems": 50},
            ]
        },
    }
)
class ProfileField(ObjectField):
    """Standard keys (name, email, mobileNumber, landlineNumber, birthDate, address) and custom ones."""


class _UtmShape(StrictSerializer):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        options: dict[str, Any] = {"required": False, "allow_blank": True, "max_length": MAX_UTM}
        return {key: TextField(**options) for key in UTM_KEYS}


class BootShape(StrictSerializer):
    """The body of a boot. Only the plugin key is required."""

    pluginKey = TextField(max_length=_MAX_PLUGIN_KEY)
    veilId = TextField(required=False, allow_null=True, max_length=MAX_VEIL_ID)
    session = TextField(required=False, allow_null=True, max_length=_MAX_TOKEN)
    memberId = TextField(required=False, allow_null=True, max_length=MAX_MEMBER_ID)
    memberHash = TextField(required=False, allow_null=True, allow_blank=True, max_length=_MAX_TOKEN)
    profile = ProfileField(required=False, allow_null=True)
    profileOnce = ProfileField(required=False, allow_null=True)
    language = TextField(required=False, allow_null=True, max_length=MAX_LANGUAGE)
    unsubscribeEmail = FlagField(required=False, allow_null=True)
    unsubscribeTexting = FlagField(required=False, allow_null=True)
    page = TextField(required=False, allow_null=True, allow_blank=True)
    referrer = TextField(required=False, allow_null=True, allow_blank=True)
    utm = _UtmShape(required=False, allow_null=True)
    platform = serializers.ChoiceField(choices=["web", "app"], required=False)
    appName = TextField(required=False, allow_null=True, allow_blank=True, max_length=80)
    appVersion = TextField(required=False, allow_null=True, allow_blank=True, max_length=40)


class ChangeShape(StrictSerializer):
    """What a site's script tells about the visitor."""

    profile = ProfileField(required=False, allow_null=True)
    profileOnce = ProfileField(required=False, allow_null=True)
    language = TextField(required=False, allow_null=True, max_length=MAX_LANGUAGE)
    unsubscribeEmail = FlagField(required=False, allow_null=True)
    unsubscribeTexting = FlagField(required=False, allow_null=True)


class FormShape(StrictSerializer):
    """What the visitor typed."""

    name = TextField(required=False, allow_null=True, allow_blank=True, max_length=100)
    email = TextField(required=False, allow_null=True, allow_blank=True, max_length=254)
    mobileNumber = TextField(required=False, allow_null=True, allow_blank=True, max_length=50)


@extend_schema_field(OpenApiTypes.OBJECT)
class _PropertyField(ObjectField):
    """Strings, numbers, true/false and lists of strings, 4 KB in all."""


class EventShape(StrictSerializer):
    """One event."""

    name = TextField(max_length=MAX_NAME)
    property = _PropertyField(required=False, allow_null=True)
    at = MomentField(required=False, allow_null=True)


class EventsShape(StrictSerializer):
    """A batch of events."""

    events = serializers.ListField(child=EventShape(), max_length=MAX_EVENTS)


class AcceptedShape(serializers.Serializer[Any]):
    """How many events were kept."""

    accepted = serializers.IntegerField()


class UserShape(serializers.Serializer[Any]):
    """The visitor, as the page may know them."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    member = serializers.BooleanField()
    memberId = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    profile = ProfileField()
    tags = serializers.ListField(child=serializers.CharField())
    language = serializers.CharField(allow_null=True)
    unsubscribeEmail = serializers.BooleanField()
    unsubscribeTexting = serializers.BooleanField()
    blocked = serializers.BooleanField()
    unread = serializers.IntegerField()


class _SessionShape(serializers.Serializer[Any]):
    token = serializers.CharField()
    expiresAt = serializers.DateTimeField()


class _FollowUpShape(serializers.Serializer[Any]):
    mobileNumber = serializers.BooleanField()
    email = serializers.BooleanField()
    name = serializers.BooleanField()
    mandatory = serializers.BooleanField()


class _SiteShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    language = serializers.CharField()
    followUp = _FollowUpShape()


class BootedShape(serializers.Serializer[Any]):
    """Who it is, and the session to go on with."""

    user = UserShape()
    veilId = serializers.CharField()
    session = _SessionShape()
    site = _SiteShape()


def user_data(contact: Contact, facts: dict[str, Any]) -> dict[str, Any]:
    """``UserShape`` of a contact whose profile is loaded."""
    return {
        "id": str(contact.pk),
        "kind": contact.kind,
        "member": contact.member_id is not None,
        "memberId": contact.member_id,
        "name": contact.name or None,
        "profile": contact.profile.values,
        "tags": facts.get("tags") or [],
        "language": contact.language or None,
        "unsubscribeEmail": contact.unsubscribe_email,
        "unsubscribeTexting": contact.unsubscribe_texting,
        "blocked": contact.blocked,
        "unread": facts.get("unread") or 0,
    }


def booted_data(booted: Booted) -> dict[str, Any]:
    """``BootedShape`` of a boot."""
    site = booted.site
    return {
        "user": user_data(booted.contact, booted.facts),
        "veilId": booted.identity.key,
        "session": {"token": booted.token, "expiresAt": time_text(booted.visit.expires_at)},
        "site": {
            "name": site.name,
            "language": site.language,
            "followUp": {
                "mobileNumber": site.asks_mobile_number,
                "email": site.asks_email,
                "name": site.asks_name,
                "mandatory": site.contact_is_mandatory,
            },
        },
    }
