"""RET-4: what goes with people who are deleted: everything, and that nothing is forgotten is a test."""

import json

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import Model

from contacts.deleting import delete_contact
from contacts.details import change_details
from contacts.erasing import count_what_goes, erasure_participants
from contacts.events import page_view, record_events
from contacts.junk import count_join, freeze
from contacts.member_id_edits import edit_contact
from contacts.merging import merge
from contacts.models import (
    Contact,
    ContactChange,
    ContactImport,
    DeletionReason,
    Event,
    FrozenValue,
    ImportRow,
    JoinCount,
    KnownField,
    Merge,
    Source,
    Visit,
)
from contacts.undoing import undo_merge
from contacts.visits import visitor_of
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tests.architecture.marking import fill
from tests.contacts.browser import DAY, NOON, Browser
from tests.contacts.test_merging import relations_to_contact
from tests.factories import ContactFactory, ContactTagFactory, SiteFactory, TagFactory

pytestmark = pytest.mark.django_db

NOW = NOON + DAY


def delete(contact: Contact) -> None:
    assert delete_contact(contact, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=NOW)


# --- completeness (architecture.md, idea 7) ------------------------------------------------------------------


def test_every_relation_to_contact_is_erased_with_the_contact() -> None:
    """RET-4: a table that nobody declared would stop the first deletion that meets a row of it."""
    covered = [relation for participant in erasure_participants for relation in participant.covers]
    missing = relations_to_contact() - set(covered)
    assert not missing, (
        f"{sorted(missing)} point at contacts, but a deletion does not know what to do with their rows. Register an "
        "ErasureParticipant in erasure_participants (contacts.erasing): `erase_rows(relation, label=…)` if the rows simply "
        "go, or one of your own if other rows (messages, files …) hang on them: it deletes those first and covers the "
        "relation. An upper app registers from AppConfig.ready(). Nothing that tells about the person may stay; what is "
        "counted stays in DeletionCount."
    )
    assert len(covered) == len(set(covered))


def test_no_relation_is_covered_that_is_gone() -> None:
    """A name nobody needs would hide a typing error."""
    assert {relation for one in erasure_participants for relation in one.covers} <= relations_to_contact()


def test_no_row_that_belongs_to_a_deleted_person_is_left(shop: Site) -> None:
    """RET-4: with a row in every table of the desk, also in those that are made after this test was written."""
    made = fill(shop)
    contact: Contact = made[Contact]  # type: ignore[assignment]
    of_the_person = [relation for relation in sorted(relations_to_contact()) if _rows(relation, contact)]
    unfilled = relations_to_contact() - set(of_the_person) - {"contacts.PendingMerge.contact"}
    assert unfilled <= {"contacts.MergeSuggestion.second"}
    delete(contact)
    assert [relation for relation in relations_to_contact() if _rows(relation, contact)] == []
    assert not Contact.objects.filter(pk=contact.pk).exists()


def _rows(relation: str, contact: Contact) -> int:
    name, field = relation.rsplit(".", 1)
    return apps.get_model(name)._base_manager.filter(**{field: contact.pk}).count()


def everything_as_text() -> str:
    """Every value of every row of every table, Django's own included."""
    models: list[type[Model]] = list(apps.get_models(include_auto_created=True))
    rows = [list(model._base_manager.values_list()) for model in models]
    return json.dumps(rows, default=str, ensure_ascii=False)


def a_life(shop: Site, actor: Actor) -> Contact:
    """A member with a past: every text about her has "alicia" in it, every number 5550199."""
    browser = Browser(shop)
    stranger = browser.boot(
        page="/alicia",
        profile={"name": "alicia", "email": "alicia@example.com", "size": "alicia"},
        utm={"source": "alicia"},
    ).contact
    edits = {
        "email": "alicia.work@example.com",
        "mobileNumber": "010-5550-1990",
        "memo": "alicia!",
        "address": "alicia 1",
    }
    change_details(stranger, edits, source=Source.OPERATOR, source_label="", actor=actor, now=NOON)
    browser.wait(DAY).boot("alicia", page="/alicia/2", referrer="https://alicia.example/")
    member = Contact.objects.get(member_id="alicia")
    member.site = shop
    edit_contact(member, {"memberId": "alicia-2", "profile.size": "alicia L"}, actor=actor, now=NOON)
    visitor = visitor_of(browser.session or "", now=browser.now)
    assert visitor is not None
    record_events(visitor, [page_view("/alicia/3")], now=browser.now)
    absorbed = ContactFactory(
        site=shop, name="alicia as a lead", email="alicia.lead@example.com", customer_number=9_001
    )
    change_details(absorbed, {"memo": "alicia too"}, source=Source.OPERATOR, source_label="", actor=actor, now=NOON)
    merge(member, absorbed, actor=actor, trigger="operator", now=NOW)
    ContactChange.objects.create(site=shop, job_id=1, contact=member, before={"name": "alicia before"})
    freeze(shop, KnownField.EMAIL, "alicia@example.com", joins=21, now=NOW)
    count_join(shop, KnownField.EMAIL, "alicia.work@example.com", now=NOW)
    ContactTagFactory(site=shop, contact=member, tag=TagFactory(site=shop))
    member.refresh_from_db()
    return member


def test_no_word_about_a_deleted_person_is_left_anywhere(shop: Site, alice: Operator) -> None:
    """RET-4: merge snapshots, known values, journals, frozen values and the audit log included."""
    member = a_life(shop, Actor.of_operator(alice))
    assert "alicia" in everything_as_text()
    delete(member)
    left = everything_as_text()
    assert "alicia" not in left
    assert "5550" not in left


def test_the_audit_log_still_says_that_something_was_changed_and_by_whom(shop: Site, alice: Operator) -> None:
    """RET-4, SITE-4: but not what. Entries about other people stay as they are."""
    member, other = a_life(shop, Actor.of_operator(alice)), ContactFactory(site=shop)
    change_details(
        other, {"name": "Bea"}, source=Source.OPERATOR, source_label="", actor=Actor.of_operator(alice), now=NOON
    )
    changes = AuditEntry.objects.filter(action="contact.change")
    before = changes.count()
    delete(member)
    assert changes.count() == before == 5
    assert list(changes.exclude(details={}).values_list("target_id", flat=True)) == [str(other.pk)]
    assert {entry.operator for entry in changes} == {alice}


def test_a_frozen_value_that_others_have_too_stays(shop: Site) -> None:
    """UNI-14: it goes with the last who has it."""
    people = [ContactFactory(site=shop) for _ in range(2)]
    for contact in people:
        told = {"source": Source.OPERATOR, "source_label": "", "actor": SYSTEM, "now": NOON}
        change_details(contact, {"email": "desk@example.com"}, **told)  # type: ignore[arg-type]
    freeze(shop, KnownField.EMAIL, "desk@example.com", joins=21, now=NOW)
    delete(people[0])
    assert FrozenValue.objects.count() == 1
    delete(people[1])
    assert not FrozenValue.objects.exists()
    assert not JoinCount.objects.exists()


def test_the_rows_of_a_file_that_are_about_the_person_go(shop: Site) -> None:
    """RET-4, IMP-4: though no foreign key leads from them to the contact; those about others stay."""
    gone, stays = ContactFactory(site=shop), ContactFactory(site=shop)
    made = {
        "name": "people.csv",
        "size": 1,
        "sha256": "",
        "stored_as": "",
        "import_tag": "x",
        "actor": "",
        "created_at": NOON,
    }
    contact_import = ContactImport.objects.create(site=shop, **made)
    for line, contact in enumerate((gone, stays, None)):
        pk = contact.pk if contact else None
        ImportRow.objects.create(
            site=shop, contact_import=contact_import, line=line, person=line, values={"name": "x"}, contact_id=pk
        )
    delete(gone)
    assert list(ImportRow.objects.order_by("line").values_list("line", flat=True)) == [1, 2]


def test_everybody_else_keeps_everything(shop: Site) -> None:
    """RET-4: events, visits, tags of others, also those of one who was unified with the deleted person and came back."""
    kept, gone = ContactFactory(site=shop), ContactFactory(site=shop, customer_number=9_002)
    Event.objects.create(site=shop, contact=kept, name="Order", at=NOON)
    ContactTagFactory(site=shop, contact=kept, tag=TagFactory(site=shop))
    undo_merge(merge(kept, gone, actor=SYSTEM, trigger="operator", now=NOON), actor=SYSTEM, now=NOON)
    visits = Browser(shop).boot(page="/").contact.visits.count()
    delete(gone)
    assert Contact.objects.get(pk=kept.pk).events.count() == 1
    assert kept.tag_attachments.count() == 1
    assert Merge.objects.get().absorbed_customer_number == 9_002
    assert Visit.objects.count() == visits == 1


def test_what_goes_is_counted_by_kind_of_thing(shop: Site, alice: Operator) -> None:
    """RET-8: for the confirmation; without what a person never had."""
    member = a_life(shop, Actor.of_operator(alice))
    assert count_what_goes(shop, [member.pk]) == {
        "identities": 1,
        "visits": 2,
        "events": 3,
        "merges": 1,
        "knownValues": member.known_values.count(),
        "tags": 1,
    }
    assert count_what_goes(shop, [ContactFactory(site=shop).pk]) == {}


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_to_leave_a_row_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """RET-4: a participant that forgets its rows stops the deletion; nothing is lost by halves."""
    shop = SiteFactory()
    contact = ContactFactory(site=shop)
    ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop))
    Event.objects.create(site=shop, contact=contact, name="Order", at=NOON)
    monkeypatch.delitem(erasure_participants._items, "events")
    with pytest.raises(IntegrityError):
        delete(contact)
    connection.close()
    assert contact.tag_attachments.count() == contact.events.count() == 1
