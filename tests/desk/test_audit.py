"""SITE-4: entries of the audit log are added and never changed; the database holds it."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from contacts.models import Contact
from desk.actors import SYSTEM, Actor
from desk.audit import forget_details, record
from desk.models import AuditEntry, Operator, Site
from desk.models.audit import LogIsAppendOnly
from tests.factories import ContactFactory


@pytest.fixture
def entry(shop: Site, alice: Operator) -> AuditEntry:
    contact = ContactFactory(site=shop)
    actor = Actor.of_operator(alice, "192.0.2.7")
    return record("contact.change", actor=actor, site=shop, target=contact, reason="asked", details={"a": 1})


@pytest.mark.parametrize(
    "change",
    [
        {"at": timezone.now()},
        {"actor": "Mallory"},
        {"action": "contact.view"},
        {"target_type": "chat"},
        {"target_id": "7"},
        {"address": None},
        {"site": None},
        {"details": {"a": 2}},
        {"reason": "another"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_entry_is_changed(entry: AuditEntry, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(**change)


def test_nor_is_its_operator_another(entry: AuditEntry, bob: Operator) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(operator=bob)


def test_an_erasure_empties_what_was_told(entry: AuditEntry, shop: Site) -> None:
    """RET-4: who did what and when stays; what it was, and why, goes."""
    assert forget_details(shop, "contact", [entry.target_id]) == 1
    entry.refresh_from_db()
    assert (entry.details, entry.reason, entry.actor, entry.address) == ({}, "", "Alice", "192.0.2.7")
    assert forget_details(shop, "contact", [entry.target_id]) == 0


def test_an_operator_who_goes_stays_in_words(entry: AuditEntry, alice: Operator) -> None:
    alice.memberships.all().delete()
    alice.delete()
    entry.refresh_from_db()
    assert (entry.operator, entry.actor) == (None, "Alice")


def test_nothing_is_deleted(entry: AuditEntry) -> None:
    for delete in (entry.delete, AuditEntry.objects.all().delete):
        with pytest.raises(LogIsAppendOnly):
            delete()


if connection.vendor == "postgresql":  # SQLite has no triggers that wait for the commit

    @pytest.mark.parametrize("installation", [False, True])
    def test_the_database_refuses_a_deletion(entry: AuditEntry, installation: bool) -> None:
        """Also of what concerns the whole installation, which no site takes along."""
        if installation:
            entry = record("operator.signIn", actor=SYSTEM, site=None)
        with pytest.raises(IntegrityError), transaction.atomic():
            _delete_for_good(entry)

    def _delete_for_good(entry: AuditEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM desk_auditentry WHERE id = %s", [entry.pk])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit does


def test_a_site_takes_its_entries_along(entry: AuditEntry, shop: Site, elsewhere: Site) -> None:
    kept = record("site.change", actor=SYSTEM, site=elsewhere)
    Contact.objects.filter(site=shop).delete()
    shop.delete()
    connection.check_constraints()
    assert list(AuditEntry.objects.all()) == [kept]


def test_a_header_that_names_no_address_does_not_fail_the_deed(shop: Site) -> None:
    assert record("site.change", actor=Actor("operator", "x", None, "unknown"), site=shop).address is None
