"""RET-4, IMP-9: an exported file is taken back when somebody in it is deleted."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from contacts.bulk import run_now
from contacts.deleting import delete_contact, delete_contacts
from contacts.exporting import job as export_job
from contacts.exporting.starting import ExportNotFound, start_export, take_file
from contacts.exporting.storing import path_of, was_withdrawn
from contacts.merging import merge
from contacts.models import Contact, ContactExport, DeletionReason
from contacts.selection import Selection
from desk.access import access_to
from desk.actors import SYSTEM, Actor
from desk.jobs.working import new_token, work_off
from desk.models import Job, Operator, Site
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

EVERYBODY = Selection(filter={}, expected_count=1_000)


@pytest.fixture(autouse=True)
def _own_data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def begin(site: Site, selection: Selection = EVERYBODY) -> Job:
    said: dict[str, Any] = {"format": "csv", "masked": False, "reason": "Report", "columns": ["name"]}
    return start_export(selection, site=site, actor=SYSTEM, **said)


def export(site: Site, *people: Contact) -> ContactExport:
    ids = tuple(one.pk for one in people)
    job = run_now(begin(site, Selection(ids=ids, expected_count=len(ids))))
    return ContactExport.objects.get(job=job)


def delete(contact: Contact) -> None:
    assert delete_contact(contact, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=timezone.now())


def test_the_file_is_gone_and_handed_to_nobody(
    shop: Site, alice: Operator, django_capture_on_commit_callbacks: Any
) -> None:
    """Files without them stay; who took how many away, and why, is still told."""
    gone, stays = ContactFactory(site=shop), ContactFactory(site=shop)
    both, other = export(shop, gone, stays), export(shop, stays)
    path = path_of(both)
    with django_capture_on_commit_callbacks(execute=True):
        delete(gone)
    both.refresh_from_db()
    assert not path.exists()
    assert was_withdrawn(both)
    assert (both.rows, both.reason) == (2, "Report")
    access = access_to(alice, None)
    assert access is not None
    with pytest.raises(ExportNotFound):
        take_file(both.pk, access, actor=Actor.of_operator(alice))
    assert take_file(other.pk, access, actor=Actor.of_operator(alice)) == other


def test_a_file_of_whom_the_person_had_absorbed_since_goes_too(shop: Site) -> None:
    """UNI-8: that was the same person."""
    member, lead = ContactFactory(site=shop, member_id="kim"), ContactFactory(site=shop)
    made = export(shop, lead)
    merge(member, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    delete(member)
    made.refresh_from_db()
    assert was_withdrawn(made)


def test_a_file_that_is_being_written_ends_for_want_of_it(
    shop: Site, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """Whoever asked is told why, and asks again."""
    monkeypatch.setattr(export_job, "SQLITE_BATCH", 1)
    monkeypatch.setattr(export_job, "BATCH", 1)
    people = [ContactFactory(site=shop) for _ in range(3)]
    job = begin(shop)
    while work_off(job.pk, token=new_token(), seconds=0).more and not ContactExport.objects.get().rows:
        pass
    with django_capture_on_commit_callbacks(execute=True):
        delete(people[0])
    ended = run_now(Job.objects.get(pk=job.pk))
    assert (ended.state, ended.error) == (Job.State.FAILED, "file_withdrawn")
    assert list(path_of(ContactExport.objects.get()).parent.iterdir()) == []


def test_many_people_cost_no_more_statements_than_one(shop: Site, django_assert_max_num_queries: Any) -> None:
    """speed.md, "Bulk work"."""
    people = [ContactFactory(site=shop) for _ in range(20)]
    for _ in range(2):
        export(shop, *people)
    with django_assert_max_num_queries(60):
        delete_contacts([one.pk for one in people], site=shop, reason=DeletionReason.OPERATOR, now=timezone.now())
