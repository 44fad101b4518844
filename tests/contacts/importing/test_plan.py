"""IMP-4: the check looks at the whole file, tells what would become of every row, and writes no contact."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.bulk import run_now
from contacts.importing import deciding, plan, row_limit
from contacts.importing.starting import start_check
from contacts.importing.storing import path_of
from contacts.importing.verdicts import verdicts
from contacts.models import Contact, ContactProfile, ImportBatch, ImportRow, KnownValue, ProfileField
from desk.actors import SYSTEM
from desk.jobs.words import told, told_outcome
from desk.models import Job, Site
from tags.models import Tag
from tests.contacts.importing.imports import check, counts, load, mapping_of, upload
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
HEADER = ["memberId", "name", "mobileNumber", "email", "tags", "profile.x:text"]


def test_a_check_writes_nothing_but_what_it_found(shop: Site) -> None:
    """Neither contacts nor tags nor fields."""
    ContactFactory(site=shop, member_id="m1")
    models = (Contact, ContactProfile, KnownValue, Tag, ProfileField)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    made = check(shop, HEADER, [["m1", "Kim", "01011112222", "", "vip", "a"], ["m2", "Lee", "", "", "", "b"]])
    assert [list(model.objects.order_by("pk").values()) for model in models] == before
    assert counts(made) == {"created": 1, "updated": 1}


def test_the_counts_add_up_and_have_examples(shop: Site) -> None:
    """One verdict for each row; a refused one says where and why."""
    load(shop, HEADER[:3], [["m1", "Kim", "01011112222"], ["m2", "Lee", ""], ["m4", "Oh", ""]])
    rows = [
        ["m4", "Oh", "", "", "", ""],
        ["m2", "Choi", "", "", "", ""],
        ["m3", "Han", "", "", "", ""],
        ["m3", "Han", "", "", "", "again"],
        ["", "Nobody", "", "", "", ""],
        ["", "Kim", "01011112222", "kim@x.example", "", ""],
    ]
    told = verdicts(check(shop, HEADER, rows))
    assert {verdict: n for verdict, n in told.counts.items() if n} == {
        "unchanged": 1, "updated": 1, "created": 1, "duplicate": 1, "refused": 1, "merged": 1,
    }  # fmt: skip
    assert (told.rows, told.contacts_created, told.is_run) == (6, 1, False)
    assert [example.line for example in told.examples["created"]] == [4]
    [refused] = told.examples["refused"]
    assert (refused.line, refused.code) == (6, "no_contact_point")
    assert told.examples["updated"][0].values["memberId"] == "m2"


def test_rows_about_one_person_are_worked_off_together(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through memberId, phone, e-mail, and what contacts were known by, however far apart they stand."""
    monkeypatch.setattr(plan, "rows_at_once", lambda: 3)
    load(shop, ["mobileNumber", "email"], [["01011112222", "kim@x.example"]])
    rows = [["", "a", "01011112222", ""], *[[f"m{n}", "", "", ""] for n in range(7)], ["", "b", "", "kim@x.example"]]
    rows += [["m1", "", "01099990000", ""], ["", "c", "01099990000", ""]]
    made = check(shop, HEADER[:4], rows)
    batch = dict(ImportRow.objects.filter(contact_import=made).values_list("line", "batch"))
    assert batch[2] == batch[10]
    assert batch[4] == batch[11] == batch[12]
    assert Counter(batch.values()).total() == len(rows)
    assert ImportBatch.objects.filter(contact_import=made).count() == 3


def test_one_person_thousands_of_times_is_told_once(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch takes in only so many further rows; the later ones are known to be about the same person."""
    monkeypatch.setattr(plan, "rows_at_once", lambda: 3)
    monkeypatch.setattr(deciding, "MOST_OTHERS", 4)
    made = load(shop, HEADER[:2], [["m1", f"Kim {n}"] for n in range(30)])
    assert counts(made) == {"created": 1, "duplicate": 29}
    assert Contact.objects.get().name == "Kim 29"


def test_the_statements_do_not_grow_with_the_rows(shop: Site) -> None:
    """speed.md, 7: of the check and of the run."""

    def statements(first: int, rows: int) -> int:
        people = [[f"m{n}", "Kim", f"010-1234-{n:04}", "", "vip", "x"] for n in range(first, first + rows)]
        with CaptureQueriesContext(connection) as queries:
            load(shop, HEADER, people, tag=f"tag {first}")
        return len(queries)

    statements(0, 3)
    assert statements(100, 10) == statements(1000, 300)


def test_a_file_without_people_is_checked_and_imported(shop: Site) -> None:
    """A header only."""
    made = load(shop, HEADER, [])
    assert (counts(made), made.ran["rows"]) == ({}, 0)


def test_a_check_that_cannot_read_the_file_says_so(shop: Site) -> None:
    """The file is gone from the disk."""
    made = upload(shop, HEADER[:1], [["m1"]])
    path_of(made).unlink()
    job = run_now(start_check(made, mapping_of(HEADER[:1], shop), "tag", actor=SYSTEM))
    assert (job.state, job.error) == (Job.State.FAILED, "file_changed")


def test_a_file_of_too_many_rows_is_refused_before_any_is_staged(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """IMP-1: a row over two lines is one row; the reason says how many there may be."""
    monkeypatch.setattr(row_limit, "MAX_ROWS", 3)
    assert counts(check(shop, HEADER[:2], [["m1", "Kim\nMin"], ["m2", "Lee"], ["m3", "Han"]])) == {"created": 3}
    made = upload(shop, HEADER[:2], [[f"m{n}", "Kim"] for n in range(4)])
    job = run_now(start_check(made, mapping_of(HEADER[:2], shop), "tag", actor=SYSTEM))
    assert (job.state, job.error) == (Job.State.FAILED, "too_many_rows")
    assert "more than 3 rows" in told(job, job.error, job.error_values)
    assert not ImportRow.objects.filter(contact_import=made).exists()


def test_the_end_of_a_check_is_told_in_its_own_words(shop: Site) -> None:
    """JOB-3: a check changes nobody; the tray says how many rows it has looked at."""
    made = check(shop, HEADER[:2], [["m1", "Kim"], ["", "Nobody"], ["m2", "Lee"]])
    assert made.check_job is not None
    assert told_outcome(made.check_job) == "3 rows checked · 1 left out"
