"""RET-4: what becomes of uploaded files, and of work on them, when somebody in them is deleted."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from contacts.bulk import run_now
from contacts.deleting import delete_contact
from contacts.importing import erasing
from contacts.importing.starting import ImportRefused, start_check, start_run
from contacts.importing.storing import (
    discard_withdrawn,
    path_of,
    remove_left_uploads,
    was_withdrawn,
)
from contacts.models import Contact, ContactImport, DeletionReason, ImportReject, ImportRow
from contacts.tasks import forget_exports
from desk.actors import SYSTEM
from desk.jobs.queueing import undo_job
from desk.models import Job, JobRefusal, Site
from tests.contacts.importing.imports import check, fresh, mapping_of, run, upload

pytestmark = pytest.mark.django_db

HEADER = ("memberId", "name", "mobileNumber", "birthDate")
KIM = ("kim", "Kim", "010-1234-5678", "")
BEA = ("bea", "Bea", "010-8765-4321", "")


@pytest.fixture(autouse=True)
def _own_data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def kim(shop: Site) -> Contact:
    """In no file yet."""
    run(check(shop, HEADER, [KIM], tag="first"))
    ContactImport.objects.all().delete()
    return Contact.objects.get(member_id="kim")


@pytest.fixture
def erase(kim: Contact, django_capture_on_commit_callbacks: Any) -> Any:
    """Delete Kim and let the commit happen."""

    def delete() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert delete_contact(kim, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=timezone.now())

    return delete


def test_a_file_that_was_checked_is_not_imported_any_more(shop: Site, kim: Contact, erase: Any) -> None:
    """It would bring back whom somebody has just erased."""
    made = check(shop, HEADER, [KIM, BEA])
    path = path_of(made)
    erase()
    assert not path.exists()
    made = fresh(made)
    assert was_withdrawn(made)
    with pytest.raises(ImportRefused) as refused:
        start_run(made, actor=SYSTEM)
    assert refused.value.code == "withdrawn"
    assert "erased" in refused.value.message
    assert not Contact.objects.exists()


def test_a_check_that_has_begun_ends_and_says_why(shop: Site, kim: Contact, erase: Any) -> None:
    """The file is read in pieces; it is gone before the first."""
    made = upload(shop, HEADER, [KIM, BEA])
    job = start_check(made, mapping_of(HEADER, shop), "x", actor=SYSTEM)
    erase()
    job = run_now(job)
    assert (job.state, job.error) == (Job.State.FAILED, "withdrawn")


def test_a_run_goes_on_without_the_rows_and_can_be_undone(shop: Site, kim: Contact, erase: Any) -> None:
    """IMP-8: the rows of the others stay for the undo, the file does not."""
    made = check(shop, HEADER, [KIM, BEA])
    job = start_run(made, actor=SYSTEM)
    ContactImport.objects.filter(pk=made.pk).update(run_job=job)
    run_now(job)
    erase()
    assert was_withdrawn(fresh(made))
    assert [row.member_id for row in ImportRow.objects.all()] == ["bea"]
    undo = run_now(undo_job(Job.objects.get(pk=job.pk), actor=SYSTEM))
    assert undo.state == Job.State.DONE
    assert not Contact.objects.exists()


def test_a_row_that_was_left_out_goes_with_whom_it_names(shop: Site, kim: Contact, erase: Any) -> None:
    """IMP-5: though it could not be staged; those of others stay, with their reasons."""
    rows = [
        ("kim", "Kim", "", "Kim's secret"),
        ("bea", "Bea", "", "never"),
        ("", "Nobody", "010-1234-5678", "Kim again"),
    ]
    made = check(shop, HEADER, rows)
    assert ImportReject.objects.count() == JobRefusal.objects.filter(job=made.check_job_id).count() == 3
    erase()
    assert [reject.line for reject in ImportReject.objects.all()] == [3]
    assert [refusal.line for refusal in JobRefusal.objects.filter(job=made.check_job_id)] == [3]
    assert was_withdrawn(fresh(made))


@pytest.mark.parametrize("cell", ["kim", "+82 10 1234 5678", "01012345678", "ＫＩＭ"])
def test_a_file_that_nobody_checked_is_searched(cell: str, shop: Site, kim: Contact, erase: Any) -> None:
    """In whatever spelling, in whichever column."""
    hers, others = upload(shop, ("a", "b"), [("x", cell)]), upload(shop, ("a", "b"), [("x", "kimchi")])
    for made in (hers, others):
        ContactImport.objects.filter(pk=made.pk).update(mapping=mapping_of(("a", "b"), shop))
    erase()
    assert was_withdrawn(fresh(hers))
    assert not was_withdrawn(fresh(others))


def test_a_large_file_that_nobody_checked_goes_unread(
    shop: Site, kim: Contact, erase: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion does not wait for it."""
    monkeypatch.setattr(erasing, "SEARCHED", 10)
    made = upload(shop, ("a", "b"), [("x", "y" * 20)])
    erase()
    assert was_withdrawn(fresh(made))


def test_a_row_of_somebody_else_with_the_same_phone_stays(shop: Site, kim: Contact, erase: Any) -> None:
    """A row is about one person: who has become it."""
    made = run(check(shop, HEADER, [("bea", "Bea", "010-1234-5678", "")]))
    erase()
    assert [row.member_id for row in ImportRow.objects.all()] == ["bea"]
    assert not was_withdrawn(fresh(made))


def test_what_was_read_from_a_withdrawn_file_goes_within_the_hour(shop: Site, kim: Contact, erase: Any) -> None:
    """Nobody needs it; the page still says why the file is gone."""
    made = check(shop, HEADER, [KIM, BEA])
    erase()
    assert discard_withdrawn(now=timezone.now()) == 1
    assert not ImportRow.objects.exists()
    assert was_withdrawn(fresh(made))
    assert fresh(made).forgotten_at is not None


def test_files_that_a_dying_server_left_are_removed(shop: Site, kim: Contact) -> None:
    """What runs after a commit was lost: the rows say the file is gone, and it is not. Files of others stay."""
    made, kept = check(shop, HEADER, [KIM, BEA]), upload(shop, HEADER, [BEA])
    ContactImport.objects.filter(pk=kept.pk).update(mapping=mapping_of(HEADER, shop))
    left, stays = path_of(made), path_of(kept)
    delete_contact(kim, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=timezone.now())
    assert remove_left_uploads() == 0
    for path in (left, stays):
        os.utime(path, (time.time() - 4000,) * 2)
    forget_exports()
    assert not left.exists()
    assert stays.exists()
