"""What comes in over the wire of the open API to make or change a contact, and how the rules read it.

Here are types and lengths; what a value may be (a day, a language, a custom field's type) is said by the rules.
"""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from contacts.api.plugin.shapes import ProfileField
from contacts.emails import MAX_EMAIL
from contacts.languages import MAX_LANGUAGE
from contacts.member_ids import MAX_MEMBER_ID, is_member_id
from contacts.models import Contact
from contacts.phones import MAX_PHONE
from contacts.profile_values import STANDARD_KEYS, DetailRefused, check_profile
from desk.actors import Actor
from desk.api.serializers import FlagField, StrictSerializer, TextField
from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class WritableField:
    """A field of a contact that an upper app keeps, such as its tags.

    ``field`` makes what checks its shape. ``write(contact, value, actor=…, now=…)`` is called after the details, in
    their transaction, with whom they showed the contact to be; an ``ApiError`` undoes all of it.
    """

    field: Callable[[], serializers.Field[Any, Any, Any, Any]]
    write: Callable[..., None]


writable_fields: Registry[WritableField] = Registry("fields of contacts that programs write")


def _text(longest: int, **options: Any) -> TextField:
    return TextField(required=False, allow_null=True, allow_blank=True, max_length=longest, **options)


class DetailsShape(StrictSerializer):
    """Details of a contact. What is not named stays as it is, null clears; opt-outs are true or false."""

    name = _text(100)
    email = _text(MAX_EMAIL)
    mobileNumber = _text(MAX_PHONE, help_text="As dialled in the site's country, or with + and the country code.")
    landlineNumber = _text(MAX_PHONE)
    birthDate = _text(10, help_text="YYYY-MM-DD")
    address = _text(255)
    memo = _text(500)
    language = _text(MAX_LANGUAGE)
    country = _text(2, help_text="Two letters, ISO 3166.")
    city = _text(100)
    unsubscribeEmail = FlagField(required=False)
    unsubscribeTexting = FlagField(required=False)
    profile = ProfileField(required=False, help_text="Custom fields by key: only these change, null clears one.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With those of the upper apps."""
        return super().get_fields() | {name: writable_fields.get(name).field() for name in writable_fields.names()}


class ContactDetailsShape(DetailsShape):
    """Details of a contact with its memberId, which can be given and changed but not taken away."""

    memberId = TextField(required=False, allow_null=True, max_length=MAX_MEMBER_ID)


def details_in(data: dict[str, Any]) -> dict[str, object]:
    """A checked body as ``contacts.details.change_details`` takes it, custom fields as ``profile.<key>``.

    Raises ``DetailRefused``.
    """
    profile = data.get("profile", {})
    # The person's own details have one place, beside the profile: two values for one would not say which counts.
    own = next((key for key in profile if key in STANDARD_KEYS), None)
    if own is not None:
        raise DetailRefused(f"profile.{own}", "reserved")
    if data.get("memberId") is not None:
        check_member_id(data["memberId"])
    others = {"profile", *writable_fields.names()}
    return {key: value for key, value in data.items() if key not in others} | check_profile(profile, "profile")


def write_others(contact: Contact, data: Mapping[str, Any], *, actor: Actor, now: datetime.datetime) -> Contact:
    """Write what a checked body says about fields of the upper apps; answers the contact."""
    for name in writable_fields.names():
        if name in data:
            writable_fields.get(name).write(contact, data[name], actor=actor, now=now)
    return contact


def check_member_id(member_id: str) -> None:
    """KIND-6; ``DetailRefused`` for what is none, before a database is asked for it."""
    if not is_member_id(member_id):
        raise DetailRefused("memberId", "member_id")
