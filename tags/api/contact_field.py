"""TAG-6: ``tags`` of a contact in the open API: the whole list, by name.

A program is the administrator's, so a tag that does not exist yet is made, within the limits of TAG-1. What is refused
is named with its place in the list, and nothing of the call is written.
"""

from collections.abc import Sequence
from datetime import datetime

from rest_framework import serializers

from contacts.api.open.writing_shapes import WritableField, writable_fields
from contacts.models import Contact
from desk.actors import Actor
from desk.api.serializers import TextField
from tags.api.errors import api_error_of
from tags.attachments import lock_attachments
from tags.catalogue import find_or_create_tags
from tags.errors import TagRefused
from tags.names import fold_name, parse_name
from tags.tagging import MAX_TAGS_PER_CONTACT, set_tags

_MOST = 100  # names in a call, doubled ones included


def _field() -> serializers.ListField:
    return serializers.ListField(
        child=TextField(max_length=200, allow_blank=True),
        max_length=_MOST,
        required=False,
        allow_null=True,
        help_text="All tags of the contact by name, 20 at most: those that are not named are taken off, those that do "
        "not exist are made. null or an empty list takes all of them off.",
    )


def _write(contact: Contact, value: Sequence[str] | None, *, actor: Actor, now: datetime) -> None:
    names = list(value or [])
    try:
        wanted = _wanted(names)
        # Before the tags are made: who attaches takes the two locks in this order.
        lock_attachments(contact.site)
        set_tags(contact, find_or_create_tags(contact.site, wanted, actor=actor), actor=actor, now=now)
    except TagRefused as refused:
        raise api_error_of(refused, _path(names, refused.tag)) from None


def _wanted(names: Sequence[str]) -> list[str]:
    """Each name once; ``TagRefused`` names the first that is none, or is one too many."""
    wanted = list({fold_name(name): name for name in map(parse_name, names)}.values())
    if len(wanted) > MAX_TAGS_PER_CONTACT:
        raise TagRefused("too_many", tag=wanted[MAX_TAGS_PER_CONTACT])
    return wanted


def _path(names: Sequence[str], refused: str) -> str:
    folded = fold_name(refused)
    places = [index for index, name in enumerate(names) if name == refused or fold_name(name) == folded]
    return f"tags.{places[0]}" if places else "tags"


writable_fields.register("tags", WritableField(_field, _write))
