"""IMP-4, IMP-8: an upload is kept as it came, or not at all."""

import datetime
import errno
import hashlib
import io
import secrets
from pathlib import Path

import pytest
from django.utils import timezone

from contacts.importing.starting import ImportRefused, Stage, stage_of, start_check, start_run
from contacts.importing.storing import (
    StorageFull,
    UploadTooLarge,
    default_tag,
    directory,
    forget_old_imports,
    path_of,
    store_upload,
)
from contacts.models import ContactImport, ImportReject, ImportRow
from desk.actors import SYSTEM
from desk.models import AuditEntry, Site
from tests.contacts.importing.imports import check, fresh, load, mapping_of, upload

pytestmark = pytest.mark.django_db
HEADER = ["memberId", "name"]


def files() -> set[str]:
    return {path.name for path in directory().iterdir()}


def test_an_upload_is_kept_as_it_came_under_a_name_nobody_guesses(shop: Site) -> None:
    """IMP-4: with its hash and size, and an entry in the audit log."""
    content = b"memberId\r\n" + b"m\r\n" * 500_000
    made = store_upload(shop, io.BytesIO(content), "C:\\lists\\봄 고객.csv", actor=SYSTEM)
    assert path_of(made).read_bytes() == content
    assert (made.name, made.size, made.sha256) == ("봄 고객.csv", len(content), hashlib.sha256(content).hexdigest())
    assert len(made.stored_as.rpartition("-")[2]) >= 40
    assert AuditEntry.objects.get(action="contactimport.upload").target_id == str(made.pk)


def test_the_import_tag_is_offered_from_name_and_day(shop: Site) -> None:
    """IMP-7: the day of the site."""
    late = datetime.datetime(2026, 11, 22, 16, tzinfo=datetime.UTC)
    assert default_tag("봄 고객.csv", shop, late) == "봄 고객 2026-11-23"


def test_a_full_disk_leaves_neither_file_nor_row(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is half stored; the error says what it is."""
    monkeypatch.setattr(secrets, "token_hex", lambda size: "full")
    Path(directory() / f"{shop.pk}-full").symlink_to("/dev/full")
    before = files() - {f"{shop.pk}-full"}
    with pytest.raises(StorageFull) as refused:
        store_upload(shop, io.BytesIO(b"x" * 5_000_000), "people.csv", actor=SYSTEM)
    assert isinstance(refused.value.__cause__, OSError)
    assert refused.value.__cause__.errno == errno.ENOSPC
    assert files() == before
    assert not ContactImport.objects.exists()
    assert not AuditEntry.objects.filter(action="contactimport.upload").exists()


def test_an_upload_over_the_limit_leaves_nothing(shop: Site) -> None:
    before = files()
    with pytest.raises(UploadTooLarge) as refused:
        store_upload(shop, io.BytesIO(b"x" * 3_000_000), "people.csv", actor=SYSTEM, max_bytes=2_000_000)
    assert refused.value.limit == 2_000_000
    assert (files(), ContactImport.objects.count()) == (before, 0)


def test_a_broken_upload_leaves_nothing(shop: Site) -> None:
    """The connection goes away in the middle."""

    class Broken:
        def read(self, size: int = -1, /) -> bytes:
            raise ConnectionResetError

    before = files()
    with pytest.raises(ConnectionResetError):
        store_upload(shop, Broken(), "people.csv", actor=SYSTEM)
    assert (files(), ContactImport.objects.count()) == (before, 0)


def test_only_what_was_checked_is_imported(shop: Site) -> None:
    """The confirmed file and mapping are the previewed ones."""
    made = upload(shop, HEADER, [["m1", "Kim"]])
    with pytest.raises(ImportRefused, match="not_checked"):
        start_run(made, actor=SYSTEM)
    made = check(shop, HEADER, [["m1", "Kim"]])
    assert stage_of(made) == Stage.CHECKED
    ContactImport.objects.filter(pk=made.pk).update(mapping=mapping_of(HEADER, shop, name="fill"))
    with pytest.raises(ImportRefused, match="not_checked"):
        start_run(fresh(made), actor=SYSTEM)


def test_a_stored_file_that_was_exchanged_is_not_imported(shop: Site) -> None:
    made = check(shop, HEADER, [["m1", "Kim"]])
    path_of(made).write_bytes(b"memberId,name\r\nm1,Lee\r\n")
    with pytest.raises(ImportRefused, match="file_changed"):
        start_run(made, actor=SYSTEM)


def test_an_import_runs_once(shop: Site) -> None:
    made = load(shop, HEADER, [["m1", "Kim"]])
    for start in (
        lambda: start_run(made, actor=SYSTEM),
        lambda: start_check(made, mapping_of(HEADER, shop), "again", actor=SYSTEM),
    ):
        with pytest.raises(ImportRefused, match="imported_already"):
            start()


@pytest.mark.parametrize("tag", ["", "  ", "x" * 101, "a\nb"])
def test_an_import_needs_a_tag(shop: Site, tag: str) -> None:
    """IMP-7."""
    made = upload(shop, HEADER, [["m1", "Kim"]])
    with pytest.raises(ImportRefused, match="tag_invalid"):
        start_check(made, mapping_of(HEADER, shop), tag, actor=SYSTEM)


def test_after_30_days_file_and_rows_go_and_the_counts_stay(shop: Site) -> None:
    """What is personal is not kept longer than the undo needs it."""
    made = load(shop, HEADER, [["m1", "Kim"], ["", "Lee"]])
    young = load(shop, HEADER, [["m2", "Kim"]])
    path = path_of(made)
    ContactImport.objects.filter(pk=made.pk).update(created_at=timezone.now() - datetime.timedelta(days=31))
    assert forget_old_imports(now=timezone.now()) == 1
    assert not path.exists()
    assert path_of(young).exists()
    assert not ImportRow.objects.filter(contact_import=made).exists()
    assert not ImportReject.objects.filter(contact_import=made).exists()
    assert ImportRow.objects.filter(contact_import=young).count() == 1
    assert fresh(made).ran["verdicts"] == {"created": 1, "refused": 1}
    with pytest.raises(FileNotFoundError):
        path_of(fresh(made))
