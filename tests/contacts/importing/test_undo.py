"""IMP-8: an import is taken back as a whole; what somebody touched since stays and is listed."""

import datetime

import pytest
from django.utils import timezone

from contacts.deleting import delete_contact
from contacts.details import change_details
from contacts.models import (
    Contact,
    ContactChange,
    ContactProfile,
    DeletionCount,
    DeletionReason,
    KnownValue,
    Merge,
    MergeSuggestion,
    PendingMerge,
    Source,
)
from contacts.suggesting import dismiss
from desk.actors import SYSTEM
from desk.jobs.queueing import JobCannotBeUndone, undo_job
from desk.models import AuditEntry, Site
from tags.models import ContactTag
from tests.contacts.browser import Browser
from tests.contacts.importing.imports import load, undo
from tests.factories import ContactTagFactory, TagFactory

pytestmark = pytest.mark.django_db
HEADER = ["memberId", "name", "mobileNumber", "memo", "profile.points:number", "tags"]
FIRST = [["m1", "Kim", "01011112222", "tea", "1", "old"], ["m2", "Lee", "", "", "2", ""]]
SECOND = [
    ["m1", "Park", "01033334444", "coffee", "5", "new"],
    ["m2", "Choi", "", "milk", "", ""],
    ["m3", "Han", "", "", "", "new"],
]


def everybody(site: Site) -> list[object]:
    """Values of everybody that an undo gives back; not the moments of change."""
    names = ("member_id", "name", "name_folded", "mobile_number", "mobile_number_norm", "mobile_number_qualified")
    people = Contact.objects.filter(site=site).order_by("member_id")
    profiles = ContactProfile.objects.filter(site=site).order_by("contact__member_id")
    known = KnownValue.objects.filter(site=site).order_by("contact", "field", "value")
    return [
        list(people.values_list(*names)),
        list(profiles.values_list("values", "folded", "memo", "memo_folded", "import_tags", "search_text", "sources")),
        list(known.values_list("contact", "field", "value", "norm", "qualified")),
        list(
            ContactTag.objects.filter(site=site)
            .order_by("contact", "tag")
            .values_list("contact", "tag__name", "job_id")
        ),
    ]


def test_an_undo_leaves_everybody_as_before(shop: Site) -> None:
    """Created contacts go, changed values return with their sources, tags and import tags as well."""
    load(shop, HEADER, FIRST)
    before = everybody(shop)
    made = load(shop, HEADER, SECOND, name="second.csv", tag="summer", modes={"tags": "replace"})
    assert everybody(shop) != before
    job = undo(made)
    assert everybody(shop) == before
    assert (job.changed, job.refused, job.result["deleted"], job.result["returned"]) == (3, 0, 1, 2)
    assert not ContactChange.objects.filter(job_id=made.run_job_id).exists()
    assert list(DeletionCount.objects.values_list("reason", "kind", "count")) == [("importUndo", "member", 1)]
    assert AuditEntry.objects.filter(action="contactimport.undo").count() == 1


def test_values_changed_again_stay_and_are_listed(shop: Site) -> None:
    """The others return all the same."""
    load(shop, HEADER, FIRST)
    made = load(shop, HEADER, SECOND, tag="summer")
    contact = Contact.objects.get(member_id="m1")
    edit(contact, name="Jung")
    job = undo(made)
    contact = Contact.objects.select_related("profile").get(member_id="m1")
    assert (contact.name, contact.mobile_number, contact.profile.memo) == ("Jung", "+821011112222", "tea")
    [refusal] = job.refusals.all()
    assert (refusal.target_id, refusal.code, refusal.values) == (contact.pk, "changed_since", {"fields": "name"})


def edit(contact: Contact, **changes: object) -> None:
    told = {"source": Source.OPERATOR, "source_label": "Bob", "actor": SYSTEM}
    change_details(contact, changes, now=timezone.now() + datetime.timedelta(seconds=1), **told)  # type: ignore[arg-type]


def test_created_contacts_that_somebody_touched_stay_and_are_listed(shop: Site) -> None:
    """An edit, a visit, a label of somebody else."""
    made = load(shop, HEADER[:3], [[f"m{n}", f"P{n}", f"0101111000{n}"] for n in range(4)])
    people = {one.member_id: one for one in Contact.objects.filter(site=shop)}
    edit(people["m0"], memo="tea")
    Browser(shop).boot("m1")
    ContactTagFactory(site=shop, contact=people["m2"], tag=TagFactory(site=shop))
    job = undo(made)
    assert set(Contact.objects.values_list("member_id", flat=True)) == {"m0", "m1", "m2"}
    told = {(refusal.target_id, refusal.line, refusal.code) for refusal in job.refusals.all()}
    assert told == {(people[f"m{n}"].pk, n + 2, "touched_since") for n in range(3)}


def test_merges_that_the_import_made_are_undone(shop: Site) -> None:
    """UNI-10: and the member it made goes, the lead is there again."""
    load(shop, ["name", "mobileNumber"], [["Lead", "01011112222"]])
    before = everybody(shop)
    made = load(shop, ["memberId", "mobileNumber"], [["m1", "01011112222"]])
    assert Merge.objects.count() == 1
    job = undo(made)
    assert everybody(shop)[0] == before[0]
    assert job.refused == 0


def test_links_that_the_import_left_go(shop: Site) -> None:
    """UNI-3."""
    Browser(shop).boot(profile={"email": "kim@x.example"})
    made = load(shop, ["memberId", "email"], [["m1", "kim@x.example"]])
    assert PendingMerge.objects.count() == 1
    undo(made)
    assert not PendingMerge.objects.exists()
    assert not Contact.objects.filter(member_id="m1").exists()


def test_suggestions_that_the_import_left_go(shop: Site) -> None:
    """UNI-12: the value that spoke for them is gone."""
    load(shop, HEADER[:3], [["m1", "Kim", "01011112222"], ["m2", "Lee", "01033334444"]])
    made = load(shop, HEADER[:3], [["m2", "Lee", "01011112222"], ["m3", "Han", "01011112222"]], tag="summer")
    assert MergeSuggestion.objects.count() == 3
    undo(made)
    assert not MergeSuggestion.objects.exists()


def test_suggestions_that_something_else_speaks_for_stay(shop: Site) -> None:
    """What an operator wrote since, and what an operator has answered."""
    load(shop, HEADER[:3], [[f"m{n}", "Kim", f"0101111000{n}"] for n in range(3)])
    rows = [["m1", "Kim", "01011110000"], ["m2", "Kim", "01011110000"]]
    made = load(shop, HEADER[:3], rows, tag="summer")
    people = {one.member_id: one for one in Contact.objects.all()}
    edit(people["m1"], mobileNumber="01055556666")
    edit(people["m1"], mobileNumber="01011110000")
    answered = MergeSuggestion.objects.get(first=people["m1"], second=people["m2"])
    dismiss(answered, SYSTEM, timezone.now())
    undo(made)
    left = {(row.first.member_id, row.second.member_id) for row in MergeSuggestion.objects.all()}
    assert left == {("m0", "m1"), ("m1", "m2")}


def test_the_last_contact_is_as_before(shop: Site) -> None:
    """RET-1: an undone import keeps nobody longer; who was in contact since is kept by that."""
    load(shop, HEADER[:2], [["m1", "Kim"], ["m2", "Lee"]])
    old = timezone.now() - datetime.timedelta(days=400)
    Contact.objects.update(last_touch_at=old)
    made = load(shop, HEADER[:2], [["m1", "Park"], ["m2", "Choi"]], tag="summer")
    since = timezone.now() + datetime.timedelta(hours=1)
    Contact.objects.filter(member_id="m2").update(last_touch_at=since)
    undo(made)
    touched = dict(Contact.objects.values_list("member_id", "last_touch_at"))
    assert touched == {"m1": old, "m2": since}
    assert set(Contact.objects.values_list("name", flat=True)) == {"Kim", "Lee"}


def test_an_import_is_undone_once(shop: Site) -> None:
    """JOB-4."""
    made = load(shop, HEADER, FIRST)
    undo(made)
    assert made.run_job is not None
    with pytest.raises(JobCannotBeUndone, match="undone_already"):
        undo_job(made.run_job, actor=SYSTEM)


def test_an_undone_file_can_be_imported_again(shop: Site) -> None:
    """And makes the same people."""
    undo(load(shop, HEADER, FIRST))
    load(shop, HEADER, FIRST)
    assert set(Contact.objects.values_list("member_id", "name")) == {("m1", "Kim"), ("m2", "Lee")}


def test_the_rows_of_a_file_go_with_the_person(shop: Site) -> None:
    """RET-4: whoever is deleted is no longer in what the import has kept; the others are."""
    made = load(shop, HEADER, FIRST)
    contact = Contact.objects.get(member_id="m1")
    delete_contact(contact, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=timezone.now())
    assert list(made.rows.values_list("member_id", flat=True)) == ["m2"]
