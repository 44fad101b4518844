"""IMP-1..10: the pages of an import in the desk, one step after the other."""

import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.admin.import_admin import ContactsImportExport
from contacts.importing.storing import directory
from contacts.models import Contact, ContactImport, ProfileField, SavedMapping
from desk.access import access_to
from desk.admin.site import desk_site
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, Operator, Role, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory

UPLOAD = "/desk/contacts/contact/import/"
KOREAN = "이름,휴대폰,이메일,회원아이디,적립금\n김민지,010-1234-5678,minji@example.com,m-1,1200\n이서준,010-2345-6789,,m-2,300\n없음,,,,5\n"


@pytest.fixture(autouse=True)
def _own_directory(settings: Any, tmp_path: Path) -> None:
    """What is stored below DATA_DIR is this test's."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def mina(shop: Site) -> Operator:
    """Administrator of the shop who may not see personal data."""
    operator = OperatorFactory(name="Mina", email="mina@example.com")
    MembershipFactory(site=shop, operator=operator, role=Role.ADMIN, sees_personal_data=False)
    return operator


def send(client: Client, data: bytes | str = KOREAN, name: str = "people.csv", **headers: str) -> Any:
    content = data.encode() if isinstance(data, str) else data
    return client.post(UPLOAD, {"import_file": SimpleUploadedFile(name, content)}, headers=headers)


def uploaded(client: Client, data: bytes | str = KOREAN, name: str = "people.csv") -> ContactImport:
    """The import of an uploaded file."""
    assert send(client, data, name).status_code == 302
    return ContactImport.objects.latest("id")


def url(page: str, made: ContactImport) -> str:
    return reverse(f"admin:contacts_contactimport_{page}", args=[made.pk])


def shown(client: Client, page: str, made: ContactImport, **query: str) -> str:
    response = client.get(url(page, made), query)
    assert response.status_code == 200, response.headers.get("Location")
    return str(response.content.decode())


def mapped(client: Client, made: ContactImport, **fields: str) -> Any:
    """Keep what is sent of the columns, as the page's script does."""
    client.get(url("columns", made))
    made.refresh_from_db()
    sent = {f"field-{one['column']}": one["field"] or "" for one in made.mapping["columns"]}
    answer = client.post(url("columns", made), {"do": "keep", **sent, **fields}, headers={"hx-request": "true"})
    made.refresh_from_db()
    return answer


def work() -> None:
    """What waits is done."""
    while (job := Job.objects.filter(state=Job.State.QUEUED).order_by("pk").first()) is not None:
        work_off(job.pk, token=new_token())


def checked(client: Client, data: bytes | str = KOREAN) -> ContactImport:
    """An import whose check is done."""
    made = uploaded(client, data)
    mapped(client, made)
    assert client.post(url("columns", made), {"do": "check"}).headers["Location"] == url("check", made)
    work()
    made.refresh_from_db()
    return made


def imported(client: Client, data: bytes | str = KOREAN) -> ContactImport:
    """An import that has run."""
    made = checked(client, data)
    client.post("/desk/contacts/contact/process_import/", {"import": str(made.pk)})
    work()
    made.refresh_from_db()
    return made


# --- the file -------------------------------------------------------------------------------------------------


def test_an_upload_leads_to_what_was_understood(client: Client) -> None:
    """IMP-1: encoding, separator and header, and the first rows as a table."""
    page = shown(client, "file", uploaded(client, KOREAN.encode("cp949")))
    assert '<option value="cp949" selected>' in page
    assert "김민지" in page
    assert "010-1234-5678" in page


def test_another_encoding_shows_the_rows_anew(client: Client) -> None:
    """IMP-1: the fragment alone, for htmx; nothing is kept of it."""
    made = uploaded(client, KOREAN.encode("cp949"))
    asked = {"encoding": "cp932", "separator": "comma", "header": "no"}
    answer = client.get(url("file", made), asked, headers={"hx-request": "true"}).content.decode()
    assert "김민지" not in answer
    assert "<html" not in answer
    assert ContactImport.objects.get().mapping["encoding"] == "cp949"


def test_choices_about_the_table_are_kept_with_the_next_step(client: Client) -> None:
    """IMP-1."""
    made = uploaded(client, KOREAN.replace(",", ";"))
    answer = client.post(url("file", made), {"encoding": "utf-8", "separator": "semicolon", "header": "no"})
    assert answer.headers["Location"] == url("columns", made)
    made.refresh_from_db()
    assert (made.mapping["separator"], made.mapping["header"]) == (";", False)
    assert made.mapping["columns"][0]["header"] == "A"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 bytes"),
        (b"\n \n", "blank lines"),
        (bytes(range(256)) * 40, "This is not a table"),
        (b"PK\x03\x04no", "damaged"),
    ],
    ids=["empty", "blank", "binary", "no workbook"],
)
def test_a_file_that_is_no_table_is_refused_on_the_page(client: Client, data: bytes, words: str) -> None:
    """IMP-1: with the reason, for a form and for the page's script; nothing is kept."""
    answer = send(client, data)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    by_script = send(client, data, accept="application/json")
    assert words in by_script.json()["error"]
    assert not ContactImport.objects.exists()
    assert list(directory().iterdir()) == []


def test_an_upload_by_script_is_told_where_to_go_on(client: Client) -> None:
    answer = send(client, accept="application/json")
    assert answer.status_code == 201
    assert answer.json() == {"url": url("file", ContactImport.objects.get())}


def test_a_post_without_a_file_says_so(client: Client) -> None:
    assert "Choose a file first." in client.post(UPLOAD).content.decode()


@pytest.fixture
def _small_disk() -> Iterator[None]:
    """No file of this process grows beyond 24 MB: what a full disk looks like to it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (24 << 20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_small_disk")
def test_a_full_disk_is_told_and_nothing_is_kept(client: Client, tmp_path: Path) -> None:
    """IMP-4: a clear error, nothing half stored."""
    answer = send(client, b"a,b\n" * (7 << 20))
    assert answer.status_code == 507
    assert "no room for this file" in answer.content.decode()
    assert not ContactImport.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_upload_needs_the_token_of_its_page(alice: Operator) -> None:
    """The view says how uploads are taken before the token is looked at; it is looked at all the same."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert send(client).status_code == 403
    assert not ContactImport.objects.exists()


# --- the columns ----------------------------------------------------------------------------------------------


def test_columns_are_guessed_and_every_change_is_kept_at_once(client: Client) -> None:
    """IMP-2: so that one may leave and come back."""
    made = uploaded(client)
    page = shown(client, "columns", made)
    assert page.count("Overwrite") == 3
    answer = mapped(client, made, **{"field-0": "", "mode-1": "fill", "importTag": "autumn"})
    assert "<html" not in answer.content.decode()
    assert made.import_tag == "autumn"
    assert (made.mapping["columns"][0]["field"], made.mapping["columns"][1]["mode"]) == (None, "fill")
    assert client.get(reverse("admin:contacts_contactimport_change", args=[made.pk])).headers["Location"] == url(
        "columns", made
    )


def test_a_column_becomes_a_new_field_of_the_guessed_type(client: Client, shop: Site) -> None:
    """IMP-2."""
    made = uploaded(client)
    mapped(client, made, **{"field-4": "new"})
    column = made.mapping["columns"][4]
    assert (column["field"], column["type"], column["new"]) == ("profile.적립금", "number", True)
    client.post(url("columns", made), {"do": "check"})
    work()
    client.post("/desk/contacts/contact/process_import/", {"import": str(made.pk)})
    work()
    assert ProfileField.objects.get(site=shop).key == "적립금"
    assert "적립금" in shown(client, "report", made)


def test_columns_that_are_left_out_become_fields_at_one_press(client: Client) -> None:
    """IMP-2."""
    made = uploaded(client)
    client.get(url("columns", made))
    client.post(url("columns", made), {"do": "fields"})
    made.refresh_from_db()
    assert made.mapping["columns"][4]["field"] == "profile.적립금"


def test_a_problem_stands_at_its_column_and_keeps_the_file_from_being_checked(client: Client) -> None:
    """IMP-2."""
    made = uploaded(client)
    answer = mapped(client, made, **{"field-4": "name"}).content.decode()
    at = answer.index('id="column-4"')
    assert "go to one field: “Name”" in answer[at : answer.index("</li>\n", at) if "</li>\n" in answer[at:] else None]
    assert client.post(url("columns", made), {"do": "check"}).status_code == 400
    assert not Job.objects.exists()


def test_a_file_of_as_many_columns_as_there_may_be_is_mapped(client: Client) -> None:
    """IMP-2: its form holds more fields than Django's own limit."""
    header = ",".join(["memberId", *(f"c{number}" for number in range(299))])
    made = uploaded(client, f"{header}\nm-1{',1' * 299}\n")
    client.get(url("columns", made))
    made.refresh_from_db()
    sent = {"field-0": "memberId", "mode-0": "overwrite"}
    for number in range(1, 300):
        sent |= {f"field-{number}": "new", f"key-{number}": f"k{number}", f"type-{number}": "number"}
        sent |= {f"mode-{number}": "fill"}
    answer = client.post(url("columns", made), {"do": "check", **sent, "importTag": "many"})
    assert answer.headers["Location"] == url("check", made)


def test_an_import_needs_its_tag(client: Client) -> None:
    """IMP-7."""
    made = uploaded(client)
    assert made.import_tag.startswith("people 20")
    assert "An import needs a tag" in mapped(client, made, importTag=" ").content.decode()
    client.post(url("columns", made), {"do": "check"})
    assert not Job.objects.exists()


def test_a_saved_mapping_serves_the_next_file(client: Client) -> None:
    """IMP-2: by the names of the columns, in whatever order."""
    made = uploaded(client)
    mapped(client, made, **{"field-4": "new", "key-4": "points", "mode-0": "fill"})
    client.post(url("columns", made), {"do": "save", "name": " Shop  orders "})
    saved = SavedMapping.objects.get()
    assert saved.name == "Shop orders"
    other = uploaded(client, "적립금,회원아이디,이름\n5,m-9,Park\n")
    client.get(url("columns", other))
    client.post(url("columns", other), {"do": "apply", "saved": str(saved.pk)})
    other.refresh_from_db()
    assert [one["field"] for one in other.mapping["columns"]] == ["profile.points", "memberId", "name"]
    assert other.mapping["columns"][2]["mode"] == "fill"
    client.post(url("columns", other), {"do": "forget", "saved": str(saved.pk)})
    assert not SavedMapping.objects.exists()


def test_a_mapping_of_another_site_is_not_applied(client: Client, elsewhere: Site) -> None:
    """SITE-2."""
    foreign = SavedMapping.objects.create(site=elsewhere, name="x", name_folded="x", mapping={"columns": []})
    made = uploaded(client)
    client.get(url("columns", made))
    answer = client.post(url("columns", made), {"do": "apply", "saved": str(foreign.pk)})
    assert "no longer there" in answer.content.decode()
    client.post(url("columns", made), {"do": "forget", "saved": str(foreign.pk)})
    assert SavedMapping.objects.filter(pk=foreign.pk).exists()


# --- the check and the import -----------------------------------------------------------------------------------


def test_the_check_tells_counts_that_add_up_with_examples_and_reasons(client: Client, shop: Site) -> None:
    """IMP-4: and writes nobody."""
    ContactFactory(site=shop, name="Old", member_id="m-2")
    page = shown(client, "check", checked(client))
    for words in ("New", "Updated", "Left out", "김민지", "Line 2", "neither a member ID", "Next: confirm"):
        assert words in page
    assert "<strong>3</strong>" in page
    assert Contact.objects.count() == 1


def test_a_running_check_shows_its_progress_and_loads_the_page_when_it_is_done(client: Client) -> None:
    """JOB-3."""
    made = uploaded(client)
    mapped(client, made)
    client.post(url("columns", made), {"do": "check"})
    assert "<progress" in shown(client, "check", made)
    asks = {"headers": {"hx-request": "true"}}
    assert client.get(url("check", made), **asks).status_code == 200
    assert "being checked" in mapped(client, made).content.decode()
    work()
    assert client.get(url("check", made), **asks).headers["HX-Refresh"] == "true"


def test_a_check_can_be_stopped(client: Client) -> None:
    """JOB-1."""
    made = uploaded(client)
    mapped(client, made)
    client.post(url("columns", made), {"do": "check"})
    assert client.post(url("check", made), {"do": "cancel"}).headers["Location"] == url("columns", made)
    assert Job.objects.get().state == Job.State.CANCELLED
    assert client.get(url("check", made)).headers["Location"] == url("columns", made)


def test_another_mapping_needs_another_check(client: Client) -> None:
    """IMP-4: what runs is what was previewed."""
    made = checked(client)
    mapped(client, made, **{"field-0": ""})
    assert client.get(url("confirm", made)).headers["Location"] != url("confirm", made)
    client.post("/desk/contacts/contact/process_import/", {"import": str(made.pk)})
    assert not Contact.objects.exists()


def test_confirming_says_what_will_happen_and_does_it(client: Client) -> None:
    """IMP-4."""
    made = checked(client)
    page = shown(client, "confirm", made)
    for words in ("Import 2 rows", "2 people are added.", "1 row is left out.", "Name, Mobile number, E-mail"):
        assert words in page
    answer = client.post("/desk/contacts/contact/process_import/", {"import": str(made.pk)})
    assert answer.headers["Location"] == url("report", made)
    assert "<progress" in shown(client, "report", made)
    work()
    page = shown(client, "report", made)
    assert "is imported" in page
    assert Contact.objects.count() == 2


def test_the_report_leads_to_the_people_of_the_import(client: Client) -> None:
    """IMP-7."""
    made = imported(client)
    page = shown(client, "report", made)
    start = page.index("/desk/contacts/contact/?filter=")
    address = page[start : page.index('"', start)].replace("&amp;", "&")
    people = client.get(address).content.decode()
    assert "김민지" in people
    assert "이서준" in people


def test_rejected_rows_are_handed_out_in_the_encoding_of_the_file(client: Client) -> None:
    """IMP-5, SITE-4."""
    made = imported(client, KOREAN.encode("cp949"))
    answer = client.get(url("rejected", made))
    lines = b"".join(answer.streaming_content).decode("cp949").splitlines()
    assert [line.split(",")[0] for line in lines] == ["이름", "없음"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(action="contactimport.download").exists()


def test_an_import_is_undone_after_a_question(client: Client, shop: Site) -> None:
    """IMP-8: what stays is listed with the reason."""
    made = imported(client)
    Contact.objects.filter(name="이서준").update(blocked=True)
    assert "are deleted again" in shown(client, "undo", made)
    assert Contact.objects.count() == 2
    client.post(url("undo", made))
    work()
    page = shown(client, "report", made)
    assert "This import was undone" in page
    assert "What stays, and why" in page
    assert list(Contact.objects.values_list("name", flat=True)) == ["이서준"]
    client.post(url("undo", made))
    assert Job.objects.filter(kind="importUndo").count() == 1


def test_a_step_that_is_over_leads_to_where_one_is(client: Client) -> None:
    """Back works, and nothing is done twice."""
    made = imported(client)
    for page in ("file", "columns", "check", "confirm"):
        assert client.get(url(page, made)).headers["Location"] == url("report", made)
    client.post("/desk/contacts/contact/process_import/", {"import": str(made.pk)})
    assert Job.objects.filter(kind="import").count() == 1


def test_the_list_of_imports_tells_state_who_and_counts(client: Client) -> None:
    assert "Nothing was imported yet" in client.get(reverse("admin:contacts_contactimport_changelist")).content.decode()
    imported(client)
    uploaded(client, name="second.csv")
    page = client.get(reverse("admin:contacts_contactimport_changelist")).content.decode()
    for words in ("second.csv", "not checked yet", "people.csv", "imported", "Alice"):
        assert words in page


def test_an_upload_that_was_never_checked_can_be_thrown_away(client: Client) -> None:
    """Its file goes with it; what was checked stays, for its result is somebody's business."""
    made = uploaded(client)
    client.post(url("discard", made))
    assert not ContactImport.objects.exists()
    assert list(directory().iterdir()) == []
    assert AuditEntry.objects.filter(action="contactimport.delete").exists()
    made = checked(client)
    client.post(url("discard", made))
    assert ContactImport.objects.get() == made


def test_what_a_killed_server_left_of_an_upload_goes_with_the_next(client: Client, tmp_path: Path) -> None:
    """It holds personal data."""
    left = tmp_path / "files" / "uploads" / "left.upload"
    left.parent.mkdir(parents=True)
    left.touch()
    os.utime(left, (0, 0))
    uploaded(client)
    assert list(left.parent.iterdir()) == []


# --- who may ----------------------------------------------------------------------------------------------------


def test_imports_are_for_who_may_import(client: Client, bob: Operator, victor: Operator) -> None:
    """SITE-3: an agent and a viewer reach none of the pages."""
    made = imported(client)
    pages = [
        url(name, made) for name in ("file", "columns", "check", "confirm", "report", "undo", "rejected", "change")
    ]
    for operator in (bob, victor):
        other = client_of(operator)
        for address in [UPLOAD, reverse("admin:contacts_contactimport_changelist"), *pages]:
            assert other.get(address).status_code == 403, address
            assert other.post(address).status_code in {403, 405}, address
        assert 'href="/desk/contacts/contactimport/"' not in other.get("/desk/contacts/contact/").content.decode()


def test_an_import_of_another_site_is_not_there(client: Client, charlie: Operator) -> None:
    """SITE-2."""
    made = imported(client)
    other = client_of(charlie)
    for name in ("file", "columns", "check", "confirm", "report", "undo", "rejected", "change"):
        assert other.get(url(name, made)).status_code == 404, name
    assert other.post("/desk/contacts/contact/process_import/", {"import": str(made.pk)}).status_code == 404
    assert "people.csv" not in other.get(reverse("admin:contacts_contactimport_changelist")).content.decode()


def test_who_may_not_see_personal_data_sees_it_masked_in_the_file_of_another(client: Client, mina: Operator) -> None:
    """SITE-4: whoever uploaded the file has it anyway."""
    made = uploaded(client)
    other = client_of(mina)
    page = shown(other, "file", made)
    assert "010-1234-5678" not in page
    assert "minji@example.com" not in page
    assert "김민지" in page
    assert "minji@example.com" not in shown(other, "columns", made)
    own = uploaded(other)
    assert "010-1234-5678" in shown(other, "file", own)
    done = imported(client)
    assert other.get(url("rejected", done)).status_code == 404


# --- at home for who knows django-import-export -------------------------------------------------------------------


def test_the_library_asks_our_permissions(client: Client, rf: Any, alice: Operator, bob: Operator, shop: Site) -> None:
    """IMP-10."""
    admin = desk_site._registry[Contact]
    assert isinstance(admin, ContactsImportExport)
    for operator, may in ((alice, True), (bob, False)):
        request = rf.get("/")
        request.user, request.access = operator, access_to(operator, shop.pk)
        assert admin.has_import_permission(request) is may
        assert admin.has_export_permission(request) is may
    assert [one().get_extension() for one in admin.get_import_formats()] == ["csv", "tsv", "xlsx"]


def test_the_menu_of_fields_is_data_and_not_code(client: Client) -> None:
    """The content policy: what the script reads stands in an attribute."""
    page = shown(client, "columns", uploaded(client))
    start = page.index('data-catalogue="') + len('data-catalogue="')
    catalogue = json.loads(page[start : page.index('"', start)].replace("&quot;", '"'))
    assert {"key": "memberId", "label": "Member ID"} in [
        one for group in catalogue["groups"] for one in group["fields"]
    ]
