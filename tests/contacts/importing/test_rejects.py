"""IMP-5: only the bad rows come back, in the file's own encoding, with line, column and reason."""

import csv
import io
from typing import Any

import pytest
from django.utils import translation

from contacts.bulk import run_now
from contacts.importing.rejects import rejected_rows
from contacts.importing.starting import start_check
from contacts.importing.storing import store_upload
from contacts.models import ContactImport
from desk.actors import SYSTEM
from desk.models import Site
from tests.contacts.importing.imports import check, csv_of, fresh, load, mapping_of

pytestmark = pytest.mark.django_db
HEADER = ["memberId", "name", "mobileNumber", "birthDate", "profile.points:number"]
ROWS = [
    ["m1", "김하나", "", "", "1"],
    ["m2", "이둘", "", "2999-01-01", "2"],
    ["", "박셋", "전화", "", "3"],
    ["", "=최넷", "2.5E+11", "", ""],
    ["m5", "정다섯", "", "", "many"],
    ["", "", "", "", "6"],
]


def file_of(made: ContactImport, encoding: str) -> list[list[str]]:
    text = b"".join(rejected_rows(made)).decode(encoding)
    return list(csv.reader(io.StringIO(text, newline="")))


def checked(site: Site, encoding: str) -> ContactImport:
    made = store_upload(site, io.BytesIO(csv_of(HEADER, ROWS, encoding=encoding)), "people.csv", actor=SYSTEM)
    run_now(start_check(made, mapping_of(HEADER, site, encoding=encoding), "tag", actor=SYSTEM))
    return fresh(made)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16-le"])
def test_bad_rows_come_back_in_the_encoding_of_the_file(shop: Site, encoding: str) -> None:
    """As they were, but for formulas, which are made harmless."""
    made = checked(shop, encoding)
    assert b"".join(rejected_rows(made)).startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    told = file_of(made, "utf-16" if encoding == "utf-16-le" else encoding)
    assert told[0] == [*HEADER, "Reason"]
    assert [row[:-1] for row in told[1:]] == [ROWS[1], ROWS[2], ["", "'=최넷", "2.5E+11", "", ""], ROWS[4], ROWS[5]]
    reasons = [row[-1].partition(":")[0] for row in told[1:]]
    assert reasons[0] == "birthDate"
    assert reasons[1] == reasons[2] == "mobileNumber"
    assert reasons[3] == "profile.points"


def test_every_refused_row_has_line_column_and_reason(shop: Site) -> None:
    """The good rows are imported."""
    made = load(shop, HEADER, ROWS)
    told = list(made.rejects.order_by("line").values_list("line", "column", "code"))
    assert told == [
        (3, 3, "not_a_birth_date"),
        (4, 2, "unusable_contact_point"),
        (5, 2, "rounded"),
        (6, 4, "not_a_number"),
        (7, None, "no_contact_point"),
    ]
    assert made.run_job is not None
    assert set(made.run_job.refusals.values_list("line", "code")) == {(line, code) for line, _column, code in told}


def test_the_corrected_file_can_be_imported_as_it_is(shop: Site) -> None:
    """The column of reasons is one more, which nobody has to take out."""
    made = check(shop, HEADER, ROWS)
    [header, *rows] = file_of(made, "utf-8")
    rows[0][3] = "1999-01-01"
    again = load(shop, header, rows, tag="corrected")
    assert again.ran["verdicts"]["created"] == 1


def test_reasons_are_in_the_language_of_who_asks(shop: Site) -> None:
    """L10N-1; a character that the encoding lacks does not break the file."""
    made = checked(shop, "cp949")
    with translation.override("ja"):
        assert len(file_of(made, "cp949")) == 6


def test_every_code_has_words(shop: Site) -> None:
    """Also of a label that cannot be."""
    made: Any = load(shop, ["memberId", "tags"], [["m1", "a.b"], ["m2", "x" * 21], ["undefined", "vip"]])
    reasons = [row[-1] for row in file_of(made, "utf-8")[1:]]
    assert len(reasons) == 3
    assert not any(code in reason for reason in reasons for code in ("tag.", "forbidden_", "junk_"))
