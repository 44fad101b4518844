"""What goes over the wire of the open API about contacts."""

import datetime
from collections.abc import Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.ages import age_on
from contacts.expiring import expires_on_of
from contacts.models import Contact, Kind
from contacts.visitor_facts import facts_of_all
from desk.api.open import MAX_LIMIT
from desk.api.serializers import FlagField, ObjectField, StrictSerializer, TextField, WholeNumberField, time_text
from desk.models import Site

MAX_SEARCH = 200


@extend_schema_field(
    {
        "type": "object",
        "description": 'A filter document: `{}`, or one of `{"and": […]}`, `{"or": […]}`, `{"not": …}` over '
        'conditions `{"key", "op", "values"}`, with `"version": 1` beside the outermost if you like. See '
        "docs/filter-language.md, which also says how documents in the style of Channel are read.",
        "additionalProperties": True,
    }
)
class FilterDocumentField(ObjectField):
    """A filter document; ``contacts.filters.document`` reads it."""


class SearchShape(StrictSerializer):
    """Whom to find. Everything is optional and narrows further."""

    q = TextField(required=False, allow_blank=True, max_length=MAX_SEARCH)
    segment = TextField(required=False, max_length=40)
    filter = FilterDocumentField(required=False)
    limit = WholeNumberField(required=False, min_value=1, max_value=MAX_LIMIT)
    since = TextField(required=False, max_length=2000)
    sort = TextField(required=False, max_length=100)
    count = FlagField(required=False)
    unmatched = FlagField(required=False)


class FilterShape(StrictSerializer):
    """A filter to be checked."""

    filter = FilterDocumentField()


class UnmatchedShape(serializers.Serializer[Any]):
    """The values of one condition that matched nobody, where it has several, as they were written."""

    path = serializers.CharField()
    key = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())


class CheckedFilterShape(serializers.Serializer[Any]):
    """A filter that is in order, in the language's own form and ``version``.

    ``count`` and ``unmatched`` are null when finding them out took too long.
    """

    valid = serializers.BooleanField()
    version = serializers.IntegerField()
    filter = FilterDocumentField()
    sentence = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)
    unmatched = UnmatchedShape(many=True, allow_null=True)


class GradeShape(serializers.Serializer[Any]):
    """A grade."""

    name = serializers.CharField()
    color = serializers.CharField()


@extend_schema_field(OpenApiTypes.OBJECT)
class _ValuesField(serializers.DictField):
    """Custom fields by key."""


class ContactShape(serializers.Serializer[Any]):
    """A lead or a member."""

    id = serializers.CharField()
    customerNumber = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[Kind.LEAD, Kind.MEMBER])
    member = serializers.BooleanField()
    memberId = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    emailQualified = serializers.BooleanField()
    mobileNumber = serializers.CharField(allow_null=True)
    mobileNumberQualified = serializers.BooleanField()
    landlineNumber = serializers.CharField(allow_null=True)
    birthDate = serializers.DateField(allow_null=True)
    age = serializers.IntegerField(allow_null=True)
    address = serializers.CharField(allow_null=True)
    memo = serializers.CharField(allow_blank=True)
    profile = _ValuesField()
    tags = serializers.ListField(child=serializers.CharField())
    importTags = serializers.ListField(child=serializers.CharField())
    grade = GradeShape(allow_null=True)
    language = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    city = serializers.CharField(allow_null=True)
    blocked = serializers.BooleanField()
    unsubscribeEmail = serializers.BooleanField()
    unsubscribeTexting = serializers.BooleanField()
    hasChat = serializers.BooleanField()
    chatsCount = serializers.IntegerField()
    sessionsCount = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    lastSeenAt = serializers.DateTimeField(allow_null=True)
    lastTouchAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    expiresOn = serializers.DateField(allow_null=True)


class FoundContactShape(ContactShape):
    """A contact; ``mergedFrom`` is there when addressed as one that it absorbed, or absorbing one by this call."""

    mergedFrom = serializers.ListField(child=serializers.CharField(), required=False)


class ContactPageShape(serializers.Serializer[Any]):
    """A page; ``next`` is the ``since`` of the next one, null on the last.

    ``count`` and ``unmatched`` are there when they were asked for.
    """

    contacts = ContactShape(many=True)
    next = serializers.CharField(allow_null=True)
    count = serializers.IntegerField(required=False)
    unmatched = UnmatchedShape(many=True, required=False)


def contacts_data(contacts: Iterable[Contact], site: Site, *, now: datetime.datetime) -> list[dict[str, Any]]:
    """``ContactShape`` of contacts whose profiles are loaded; one statement for what other apps know, one for holds."""
    contacts, today = list(contacts), now.astimezone(site.zone).date()
    facts = facts_of_all([contact.pk for contact in contacts])
    ends = expires_on_of(site, contacts, now=now)
    return [
        _contact_data(contact, facts[contact.pk], today, expires_on)
        for contact, expires_on in zip(contacts, ends, strict=True)
    ]


def _contact_data(
    contact: Contact, facts: dict[str, Any], today: datetime.date, expires_on: datetime.date | None
) -> dict[str, Any]:
    profile = contact.profile
    return {
        "id": str(contact.pk),
        "customerNumber": contact.customer_number,
        "kind": contact.kind,
        "member": contact.kind == Kind.MEMBER,
        "memberId": contact.member_id,
        "name": contact.name or None,
        "email": contact.email or None,
        "emailQualified": contact.email_qualified,
        "mobileNumber": contact.mobile_number or None,
        "mobileNumberQualified": contact.mobile_number_qualified,
        "landlineNumber": contact.landline_number or None,
        "birthDate": contact.birth_date.isoformat() if contact.birth_date else None,
        "age": age_on(today, contact.birth_date),
        "address": profile.address or None,
        "memo": profile.memo,
        "profile": profile.values,
        "tags": facts.get("tags") or [],
        "importTags": profile.import_tags,
        "grade": facts.get("grade"),
        "language": contact.language or None,
        "country": contact.country or None,
        "city": contact.city or None,
        "blocked": contact.blocked,
        "unsubscribeEmail": contact.unsubscribe_email,
        "unsubscribeTexting": contact.unsubscribe_texting,
        "hasChat": bool(facts.get("chatsCount")),
        "chatsCount": facts.get("chatsCount") or 0,
        "sessionsCount": contact.sessions_count,
        "createdAt": time_text(contact.created_at),
        "lastSeenAt": time_text(contact.last_seen_at) if contact.last_seen_at else None,
        "lastTouchAt": time_text(contact.last_touch_at),
        "updatedAt": time_text(contact.updated_at),
        "expiresOn": expires_on.isoformat() if expires_on else None,
    }
