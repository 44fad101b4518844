"""API-2: programs import files: IMP-1..8, SITE-2."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contacts.importing.storing import directory
from contacts.models import Contact, ContactImport, ProfileField
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, Site
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.open.test_merges import check
from tests.factories import ContactFactory

FILE = "이름,휴대폰,이메일,회원아이디,적립금\n김민지,010-1234-5678,minji@example.com,m-1,1200\n이서준,010-2345-6789,,m-2,300\n없음,,,,5\n"
IMPORTS = "/api/v1/imports"


@pytest.fixture(autouse=True)
def _own_directory(settings: Any, tmp_path: Path) -> None:
    """What is stored below DATA_DIR is this test's."""
    settings.DATA_DIR = tmp_path


def send(
    program: Program, data: bytes = FILE.encode("cp949"), name: str = "people.csv", **fields: Any
) -> tuple[int, Any]:
    """Status and answer of an upload."""
    headers = fields.pop("headers", {})
    response = program.client.post(IMPORTS, {"file": SimpleUploadedFile(name, data), **fields}, headers=headers)
    return response.status_code, response.json()


def work() -> None:
    """What waits is done, and what comes of it."""
    while (job := Job.objects.filter(state=Job.State.QUEUED).order_by("pk").first()) is not None:
        work_off(job.pk, token=new_token())


def read(program: Program, made: Any) -> Any:
    status, answer = program.get(f"imports/{made['id']}")
    assert status == 200
    return answer


def test_a_file_is_checked_and_imported(program: Program, shop: Site) -> None:
    """IMP-1..4: without a dry run in one call."""
    status, made = send(program, importTag="autumn")
    assert status == 202
    assert made["stage"] == "checking"
    assert made["mapping"]["encoding"] == "cp949"
    assert made["job"]["kind"] == "importCheck"
    work()
    done = read(program, made)
    assert done["stage"] == "done"
    assert done["rows"] == sum(done["counts"].values()) == 3
    assert (done["counts"]["created"], done["counts"]["refused"], done["contactsCreated"]) == (2, 1, 2)
    assert set(Contact.objects.values_list("name", flat=True)) == {"김민지", "이서준"}
    assert Contact.objects.select_related("profile").first().profile.import_tags == ["autumn"]
    assert done["job"]["kind"] == "import"


def test_a_dry_run_writes_nobody_and_is_run_when_asked(program: Program, shop: Site) -> None:
    """IMP-4."""
    _, made = send(program, dryRun="true")
    work()
    checked = read(program, made)
    assert (checked["stage"], checked["counts"]["created"]) == ("checked", 2)
    assert not Contact.objects.exists()
    status, run = program.call("POST", f"imports/{made['id']}/run", {})
    assert (status, run["stage"]) == (202, "running")
    work()
    assert read(program, made)["stage"] == "done"
    assert Contact.objects.count() == 2


def test_a_run_without_a_check_is_refused(program: Program, shop: Site) -> None:
    """IMP-4: 409 with the reason."""
    _, made = send(program, dryRun="true")
    status, answer = program.call("POST", f"imports/{made['id']}/run", {})
    assert (status, answer["error"]["code"]) == (409, "check_running")
    work()
    program.call("POST", f"imports/{made['id']}/run", {})
    status, answer = program.call("POST", f"imports/{made['id']}/run", {})
    assert (status, answer["error"]["code"]) == (409, "imported_already")


def test_an_import_is_undone(program: Program, shop: Site) -> None:
    """IMP-8."""
    _, made = send(program)
    status, answer = program.call("POST", f"imports/{made['id']}/undo", {})
    assert (status, answer["error"]["code"]) == (409, "not_imported")
    work()
    status, undo = program.call("POST", f"imports/{made['id']}/undo", {})
    assert (status, undo["stage"], undo["job"]["kind"]) == (202, "undoing", "importUndo")
    work()
    assert read(program, made)["stage"] == "undone"
    assert not Contact.objects.exists()
    assert program.call("POST", f"imports/{made['id']}/undo", {})[0] == 409


def test_rejected_rows_come_in_the_encoding_of_the_file(program: Program, shop: Site) -> None:
    """IMP-5, SITE-4."""
    _, made = send(program, dryRun="true")
    assert program.client.get(f"{IMPORTS}/{made['id']}/rejected.csv").status_code == 409
    work()
    response = program.client.get(f"{IMPORTS}/{made['id']}/rejected.csv", headers={"accept-language": "en"})
    lines = b"".join(response.streaming_content).decode("cp949").splitlines()
    assert lines[0].startswith("이름,휴대폰,이메일,회원아이디,적립금,")
    assert lines[1].startswith("없음,,,,5,")
    assert len(lines) == 2
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(action="contactimport.download", actor="program").exists()


def test_a_mapping_names_columns_by_header_or_number(program: Program, shop: Site) -> None:
    """IMP-2: what is not named is left out."""
    columns = [
        {"header": "회원아이디", "field": "memberId"},
        {"column": 4, "field": "profile.points", "new": True, "type": "number", "mode": "fill"},
    ]
    status, made = send(program, mapping=json.dumps({"columns": columns}))
    assert status == 202, made
    assert [one["field"] for one in made["mapping"]["columns"]] == [None, None, None, "memberId", "profile.points"]
    work()
    assert ProfileField.objects.get(site=shop).key == "points"
    assert Contact.objects.get(member_id="m-1").name == ""


@pytest.mark.parametrize(
    ("mapping", "path"),
    [
        ("{", "mapping"),
        ("[]", "mapping"),
        ('{"colour": 1}', "mapping.colour"),
        ('{"encoding": 1}', "mapping.encoding"),
        ('{"encoding": "klingon"}', "mapping"),
        ('{"columns": 1}', "mapping.columns"),
        ('{"columns": [{"column": 99, "field": "name"}]}', "mapping.columns.0"),
        ('{"columns": [{"column": true, "field": "name"}]}', "mapping.columns.0"),
        (
            '{"columns": [{"header": "적립금", "field": "nonsense"}, {"column": 3, "field": "memberId"}]}',
            "mapping.columns.0",
        ),
        ('{"columns": [{"header": "이름", "field": "name"}]}', "mapping.columns"),
        ('{"columns": [{"column": 3, "field": 7}]}', "mapping.columns"),
        ('{"columns": [{"column": 3, "field": "memberId"}, {"column": 3, "field": "name"}]}', "mapping.columns.1"),
    ],
    ids=lambda value: str(value)[:60].encode("ascii", "replace").decode(),
)
def test_a_mapping_that_cannot_be_carried_out_names_its_place(
    program: Program, shop: Site, mapping: str, path: str
) -> None:
    """IMP-2: and nothing of the file is kept."""
    status, answer = send(program, mapping=mapping)
    assert status == 400, answer
    assert answer["error"]["path"] == path
    assert not ContactImport.objects.exists()
    assert list(directory().iterdir()) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (bytes(range(256)) * 40, "binary"), (b"<html><body>no</body></html>", "html")],
    ids=["empty", "binary", "html"],
)
def test_what_is_no_table_is_refused(program: Program, shop: Site, data: bytes, code: str) -> None:
    """IMP-1."""
    status, answer = send(program, data)
    assert (status, answer["error"]["code"], answer["error"]["path"]) == (400, code, "file")
    assert not ContactImport.objects.exists()


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"surprise": "1"}, "surprise"),
        ({"dryRun": "perhaps"}, "dryRun"),
        ({"importTag": " "}, "importTag"),
        ({"importTag": "x" * 101}, "importTag"),
    ],
    ids=["unknown", "flag", "blank tag", "long tag"],
)
def test_fields_that_are_wrong_are_named(program: Program, shop: Site, fields: dict[str, str], path: str) -> None:
    """API-2."""
    status, answer = send(program, **fields)
    assert (status, answer["error"]["path"]) == (400, path)
    assert not ContactImport.objects.exists()


def test_a_call_without_a_file_is_refused(program: Program, shop: Site) -> None:
    """API-2: as a form and as JSON."""
    assert program.client.post(IMPORTS, {"dryRun": "true"}).json()["error"]["code"] == "no_file"
    assert program.client.post(IMPORTS, {"dryRun": "true"}, content_type="application/json").status_code == 415
    broken = program.client.post(IMPORTS, b"--x\r\nnonsense", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 400


def test_one_key_makes_one_import(program: Program, shop: Site) -> None:
    """API-2: idempotency keys on writes."""
    headers = {"idempotency-key": "k-1"}
    first, again = send(program, headers=headers), send(program, headers=headers)
    assert first[1]["id"] == again[1]["id"]
    assert ContactImport.objects.count() == 1


def test_imports_of_another_site_are_not_there(program: Program, stranger: Program, shop: Site) -> None:
    """SITE-2."""
    _, made = send(program)
    work()
    for method, path in [("GET", ""), ("POST", "/run"), ("POST", "/undo"), ("GET", "/rejected.csv")]:
        assert stranger.call(method, f"imports/{made['id']}{path}", {})[0] == 404
    assert stranger.get("imports")[1] == {"imports": [], "next": None}
    assert [one["id"] for one in program.get("imports")[1]["imports"]] == [made["id"]]


def test_the_same_file_again_changes_nobody(program: Program, shop: Site) -> None:
    """IMP-8."""
    ContactFactory(site=shop, name="Elsewhere", member_id="m-9")
    send(program, importTag="one")
    work()
    _, again = send(program, importTag="one")
    work()
    assert read(program, again)["counts"]["unchanged"] == 2
    assert Contact.objects.count() == 3


def test_answers_are_as_described(program: Program, shop: Site, client: Client) -> None:
    """API-2: the OpenAPI document is true."""
    _, made = send(program, dryRun="true")
    check(client, "imports", "post", 202, made)
    work()
    check(client, "imports/{import_id}", "get", 200, read(program, made))
    check(client, "imports", "get", 200, program.get("imports")[1])
    check(client, "imports/{import_id}/run", "post", 202, program.call("POST", f"imports/{made['id']}/run", {})[1])
    work()
    check(client, "imports/{import_id}/undo", "post", 202, program.call("POST", f"imports/{made['id']}/undo", {})[1])
