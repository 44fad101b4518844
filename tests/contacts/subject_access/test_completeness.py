"""Subject access: everything that is held about a person is told, or it is said why not."""

import json

from django.apps import apps
from django.db import models

from contacts.models import Contact
from contacts.subject_access.parts import not_told, subject_parts
from desk.models import Site
from desk.personal_data import Whose, personal_data
from tests.architecture.marking import MARK, fill
from tests.contacts.subject_access.opened import told

# Texts in tables that are told which are not: columns, and why.
HELD_BACK = {
    "contacts.Visit": {"token_digest": "the digest of a session"},
    "contacts.Event": {},
    "contacts.ContactProfile": {
        "folded": "the values again, for comparison",
        "sources": "told beside each value; the marked one belongs to no field",
        "memo_folded": "again",
        "address_folded": "again",
        "search_text": "again",
    },
    "contacts.KnownValue": {"norm": "the value again, for comparison", "source_label": "an operator's name"},
    "contacts.Merge": {"actor": "an operator's name", "undone_by": "an operator's name", "journal": "only its values"},
    "contacts.Hold": {"actor": "an operator's name", "ended_by": "an operator's name"},
    "contacts.Identity": {},
    "tags.ContactTag": {"source_label": "an operator's name"},
    "tags.DetachedTag": {"source_label": "an operator's name", "source": "not a known one here"},
    "chats.Chat": {
        "account": "the company's own account",
        "last_text": "the last message again",
        "closed_by": "an operator's name",
        "closed_by_kind": "told in words",
        "state": "",
    },
    "chats.Routing": {"operator_name": "an operator's name", "refused": "what the rule asks for and is not there"},
    "chats.LookupCall": {"operator_name": "an operator's name"},
    "chats.Message": {
        "author_name": "an operator's name",
        "client_id": "the sender's name for the message",
        "channel_key": "the channel's name for the message",
    },
    "chats.Attachment": {"key": "its name on the disk"},
    "chats.Memo": {"author_name": "an operator's name"},
    "chats.ChatRequest": {"by_name": "operators' names", "to_name": "", "answered_by_name": ""},
}


def owned() -> dict[str, type[models.Model]]:
    """{relation: its table} of everything that points at contacts, or at what points at them, and so on."""
    relations: dict[str, type[models.Model]] = {}
    owners: set[type[models.Model]] = {Contact}
    while True:
        found = {
            f"{model._meta.label}.{field.name}": model
            for model in apps.get_models()
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model in owners
        }
        if found == relations:
            return relations
        relations, owners = found, owners | set(found.values())


def others() -> set[str]:
    """Tables without such a relation that are declared to hold data of people all the same."""
    owners = {model._meta.label for model in owned().values()} | {Contact._meta.label}
    held = {one.model for one in personal_data if any(part.whose == Whose.CONTACTS for part in one.parts)}
    return held - owners


def test_every_relation_is_told_or_said_why_not() -> None:
    """A table that nobody declared is a part of the person's data that the person never hears of."""
    covered = [relation for part in subject_parts for relation in part.covers]
    missing = (set(owned()) | others()) - set(covered) - set(not_told.names())
    assert not missing, (
        f"{sorted(missing)} hold something about a person, but subject access does not know what to tell of it. Register "
        "a SubjectPart in subject_parts (contacts.subject_access.parts; `rows_part(…)` is the usual one) that covers it "
        "and tells it without other people's data, operators' names and secrets; or register it in not_told "
        "with the reason why the person need not hear of it. An upper app registers from AppConfig.ready()."
    )
    assert len(covered) == len(set(covered))


def test_nothing_is_declared_that_is_gone_or_twice() -> None:
    """A name nobody needs would hide a typing error."""
    covered = {relation for part in subject_parts for relation in part.covers}
    assert covered | set(not_told.names()) <= set(owned()) | others()
    assert not covered & set(not_told.names())


def test_every_text_in_the_tables_told_is_inside(shop: Site) -> None:
    """With a row in every table: a column that is made later is told, or stands in HELD_BACK with its reason."""
    made = fill(shop)
    contact: Contact = made[Contact]  # type: ignore[assignment]
    opened = told(contact)
    relations = {relation for part in subject_parts for relation in part.covers} - others()
    tables = {owned()[relation] for relation in relations} | {Contact}
    lost = [
        f"{model._meta.label}.{field.name}"
        for model in tables - {apps.get_model("chats.ContactChats"), apps.get_model("chats.ChatTag")}
        for field in model._meta.concrete_fields
        if field.name not in HELD_BACK.get(model._meta.label, {})
        and not field.name.endswith(("_folded", "_norm"))
        and MARK in (text := _text(getattr(made[model], field.attname)))
        and not any(part in opened.text for part in text.split('"') if MARK in part)
    ]
    assert lost == [], f"Tell {lost}, or say in HELD_BACK why they are not."


def test_what_is_held_back_is_nowhere(shop: Site) -> None:
    """Digests of sessions, names on the disk and operators' names are neither in the page nor in the JSON."""
    made = fill(shop)
    opened = told(made[Contact])  # type: ignore[arg-type]
    secret = [
        text
        for label, fields in HELD_BACK.items()
        for name, why in fields.items()
        if ("name" in why or "digest" in why) and MARK in (text := str(getattr(made[apps.get_model(label)], name)))
    ]
    assert len(secret) >= 8
    assert [text for text in secret if text in opened.text or text in opened.page] == []


def _text(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
