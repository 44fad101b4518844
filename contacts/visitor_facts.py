"""What upper apps tell a booting visitor, as further columns of the boot's one SELECT.

``contacts`` does not know that tags exist: tags registers the fact ``tags`` from ``AppConfig.ready()``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class VisitorFact:
    """One column.

    ``sql``: takes the vendor (``sqlite`` or ``postgresql``) and returns a scalar subquery in parentheses, without
    parameters, that may name the contact's row as ``c`` (``c.id``, ``c.site_id``).
    ``read``: turns the column's value (None when nothing was found) into what the visitor is told.
    """

    sql: Callable[[str], str]
    read: Callable[[Any], Any]


visitor_facts: Registry[VisitorFact] = Registry("visitor facts")
# What only programs are told beside those (open API): never a visitor, and no boot reads it.
program_facts: Registry[VisitorFact] = Registry("program facts")


def fact_columns(vendor: str) -> str:
    """The registered subqueries as a piece of a select list, each led by a comma."""
    return "".join(f", {fact.sql(vendor)}" for fact in visitor_facts)


def read_facts(values: tuple[Any, ...]) -> dict[str, Any]:
    """The values of ``fact_columns``, by name."""
    return {
        name: fact.read(value) for name, fact, value in zip(visitor_facts.names(), visitor_facts, values, strict=True)
    }


def facts_of(contact_id: int) -> dict[str, Any]:
    """All facts a visitor is told, of one contact, in one statement."""
    return _facts([contact_id], [visitor_facts])[contact_id]


def facts_of_all(contact_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """All facts of each of a page of contacts, those for programs too, in one statement."""
    return _facts(contact_ids, [visitor_facts, program_facts])


def _facts(contact_ids: Sequence[int], registries: Sequence[Registry[VisitorFact]]) -> dict[int, dict[str, Any]]:
    facts = {name: registry.get(name) for registry in registries for name in registry.names()}
    told: dict[int, dict[str, Any]] = {
        pk: {name: fact.read(None) for name, fact in facts.items()} for pk in contact_ids
    }
    if not facts or not contact_ids:
        return told
    columns = "".join(f", {fact.sql(connection.vendor)}" for fact in facts.values())
    places = ", ".join(["%s"] * len(contact_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id{columns} FROM contacts_contact c WHERE c.id IN ({places})", list(contact_ids))
        for pk, *values in cursor.fetchall():
            told[pk] = {name: fact.read(value) for (name, fact), value in zip(facts.items(), values, strict=True)}
    return told
