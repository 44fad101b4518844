"""The one SELECT of a boot: site, identity, contact, profile, open visit and what upper apps tell, in one row.

Hand-written because it is the hottest statement of the product: the ORM joins no reverse relations under a condition
without compiling a query for a millisecond each time. The models stay the authority on columns and conversions, so a
new column needs no change here. Runs on both engines.
"""

import functools
import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from contacts.models import Contact, ContactProfile, Identity, Visit
from contacts.visitor_facts import fact_columns, read_facts, visitor_facts
from desk.models import Site


@dataclass(frozen=True, slots=True)
class Found:
    """Who seems to be at the door. ``visit`` belongs to ``identity`` but may be over; nothing is judged here yet."""

    site: Site
    identity: Identity | None
    contact: Contact | None
    visit: Visit | None
    facts: dict[str, Any]


# Encrypted: read only where a memberId is to be proven.
_SECRETS = {"member_hash_secret", "member_hash_secret_previous"}
# Of the profile only what a boot compares with; the rest would be fetched when touched.
_PROFILE = {"contact", "site", "values", "address", "referrer", "utm"}


class _Part:
    """The columns of one model in the row, and how to make its instance of them."""

    def __init__(self, model: type[Model], alias: str, start: int, skip: set[str]) -> None:
        self.model = model
        self.fields: list[Field[Any, Any]] = [field for field in model._meta.concrete_fields if field.name not in skip]
        self.names = [field.attname for field in self.fields]
        self.span = slice(start, start + len(self.fields))
        self.key = start + next(index for index, field in enumerate(self.fields) if field.primary_key)
        self.sql = ", ".join(f"{alias}.{connection.ops.quote_name(str(field.column))}" for field in self.fields)
        self.converters = []
        for index, field in enumerate(self.fields):
            column = field.get_col(alias)
            converters = connection.ops.get_db_converters(column) + column.get_db_converters(connection)
            if converters:
                self.converters.append((index, column, converters))

    def read(self, row: tuple[Any, ...]) -> Any:
        if row[self.key] is None:
            return None
        values = list(row[self.span])
        for index, column, converters in self.converters:
            for convert in converters:
                values[index] = convert(values[index], column, connection)
        return self.model.from_db(connection.alias, self.names, values)


class _Statement:
    """The SELECT for one engine and one set of registered facts."""

    def __init__(self, vendor: str, *, secrets: bool) -> None:
        self.parts: list[_Part] = []
        start = 0
        profile = {field.name for field in ContactProfile._meta.concrete_fields} - _PROFILE
        for model, alias, skip in (
            (Site, "s", set() if secrets else _SECRETS),
            (Identity, "i", set()),
            (Contact, "c", set()),
            (ContactProfile, "p", profile),
            (Visit, "v", set()),
        ):
            self.parts.append(_Part(model, alias, start, skip))
            start = self.parts[-1].span.stop
        self.facts = start
        columns = ", ".join(part.sql for part in self.parts) + fact_columns(vendor)
        self.sql = (
            f"SELECT {columns} FROM desk_site s "
            "LEFT JOIN contacts_identity i ON i.site_id = s.id AND i.channel = %s AND i.key = %s "
            "LEFT JOIN contacts_contact c ON c.id = i.contact_id "
            "LEFT JOIN contacts_contactprofile p ON p.contact_id = c.id "
            "LEFT JOIN contacts_visit v ON v.token_digest = %s AND v.identity_id = i.id "
            "WHERE s.plugin_key = %s"
        )


@functools.lru_cache(maxsize=8)
def _statement(vendor: str, facts: tuple[str, ...], secrets: bool) -> _Statement:
    return _Statement(vendor, secrets=secrets)


def digest_of(token: str) -> str:
    """What of a session token is stored: its SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def resolve(plugin_key: str, channel: str, veil_id: str | None, token: str | None, *, secrets: bool) -> Found | None:
    """Look up everything a boot judges by; None for an unknown plugin key. ``secrets``: with member-hash secrets."""
    statement = _statement(connection.vendor, tuple(visitor_facts.names()), secrets)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, [channel, veil_id, digest_of(token) if token else None, plugin_key])
        row = cursor.fetchone()
    if row is None:
        return None
    site, identity, contact, profile, visit = (part.read(row) for part in statement.parts)
    for owned in (identity, contact, profile, visit):
        if owned is not None:
            owned.site = site
    if contact is not None:
        identity.contact = contact
        contact.profile = profile
        profile.contact = contact
    if visit is not None:
        visit.identity, visit.contact = identity, contact
    return Found(site, identity, contact, visit, read_facts(row[statement.facts :]))
