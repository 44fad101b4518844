"""IMP-9, SITE-4: what is in the file of an export, who may have it, and what happens to it."""

import csv
import datetime
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.actions import ActionRefused, actions, actions_for
from contacts.bulk import run_now, start_action
from contacts.exporting import files
from contacts.exporting import job as export_job
from contacts.exporting.columns import all_columns
from contacts.exporting.starting import ExportNotFound, start_export, take_file
from contacts.exporting.storing import directory, forget_old_exports, path_of
from contacts.listing import UnknownColumn, choose_columns
from contacts.models import Contact, ContactExport, ContactProfile, FieldType, ProfileField
from contacts.selection import Selection
from desk.access import Access, access_to
from desk.actors import Actor
from desk.jobs.kinds import kind_of, label_of
from desk.jobs.queueing import why_no_undo
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, Membership, Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

EVERYBODY = Selection(filter={}, expected_count=1_000)


@pytest.fixture(autouse=True)
def _own_data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def actor(alice: Operator) -> Actor:
    return Actor.of_operator(alice, "203.0.113.7")


def access(operator: Operator) -> Access:
    found = access_to(operator, None)
    assert found
    return found


def export(site: Site, actor: Actor, *columns: str, selection: Selection = EVERYBODY, **said: Any) -> ContactExport:
    wanted = {"format": "csv", "masked": False, "reason": "Monthly report", "columns": columns or ["name"]} | said
    ended = run_now(start_export(selection, site=site, actor=actor, **wanted))
    assert ended.state == Job.State.DONE, (ended.error, ended.error_values)
    return ContactExport.objects.get(job=ended)


def table(export_: ContactExport) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path_of(export_).read_bytes().decode("utf-8-sig"), newline="")))


# --- what is in it ---------------------------------------------------------------------------------------------------


def test_people_are_written_with_their_columns_by_public_names(shop: Site, actor: Actor) -> None:
    """IMP-9: UTF-8 with BOM, so that Excel knows the encoding."""
    ProfileField.objects.create(site=shop, key="points", type=FieldType.NUMBER)
    ContactFactory(site=shop, name="김철수", member_id="m1", email="kim@example.com", values={"points": 5})
    made = export(shop, actor, "name", "kind", "email", "profile.points")
    assert path_of(made).read_bytes().startswith(b"\xef\xbb\xbf")
    assert table(made) == [
        ["name", "kind", "email", "profile.points [number]"],
        ["김철수", "member", "kim@example.com", "5"],
    ]
    assert (made.rows, made.size) == (1, path_of(made).stat().st_size)


def test_an_export_holds_who_was_selected_and_nobody_else(shop: Site, elsewhere: Site, actor: Actor) -> None:
    """FIL-11, SITE-2: filter and exclusions are those of the list."""
    ContactFactory(site=elsewhere, name="Elsewhere", member_id="e")
    ContactFactory(site=shop, name="Lead")
    wanted, left_out = ContactFactory(site=shop, name="A", member_id="a"), ContactFactory(site=shop, member_id="b")
    members = {"and": [{"key": "member", "op": "is", "values": [True]}]}
    selection = Selection(filter=members, exclude=(left_out.pk,), expected_count=1)
    assert table(export(shop, actor, "name", selection=selection)) == [["name"], ["A"]]
    assert table(export(shop, actor, "name", selection=Selection(ids=(wanted.pk,)))) == [["name"], ["A"]]


def test_anonymous_people_are_in_no_export(shop: Site, actor: Actor) -> None:
    """KIND-5"""
    ContactFactory(site=shop, kind="anonymous", name="Nobody")
    assert table(export(shop, actor)) == [["name"]]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("name", ["a", "B", "c", ""]), ("-name", ["c", "B", "a", ""]), ("-lastSeenAt", ["c", "", "a", "B"])],
)
def test_people_come_in_the_order_of_the_list(sort: str, order: list[str], shop: Site, actor: Actor) -> None:
    """IMP-9: without a value last, whichever the direction."""
    now = timezone.now()
    for days, name in enumerate(["c", "", "a", "B"]):
        ContactFactory(site=shop, name=name, created_at=now - datetime.timedelta(days=days))
    assert [row[0] for row in table(export(shop, actor, sort=sort))[1:]] == order


def test_every_kind_of_value_has_its_text(shop: Site, actor: Actor) -> None:
    """IMP-9: from which an import makes the same again."""
    for key, type_ in [("flag", "boolean"), ("list", "list"), ("day", "date"), ("text", "text")]:
        ProfileField.objects.create(site=shop, key=key, type=type_)
    seen = datetime.datetime(2024, 1, 31, 15, 30, tzinfo=datetime.UTC)
    contact = ContactFactory(
        site=shop, customer_number=7, mobile_number="+821012345678", birth_date=datetime.date(1985, 4, 1), created_at=seen,
        memo="줄\n둘", values={"flag": False, "list": ["a, b", "c"], "day": "2024-01-31", "text": "=1+1"},
    )  # fmt: skip
    ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop, name="VIP"))
    ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop, name="서울/강남"))
    columns = ["customerNumber", "mobileNumber", "birthDate", "createdAt", "memo", "tags", "unsubscribeEmail"]
    columns += ["profile.flag", "profile.list", "profile.day", "profile.text", "importTags"]
    assert table(export(shop, actor, *columns))[1] == [
        "7", "'+821012345678", "1985-04-01", "2024-02-01T00:30:00+09:00", "줄\n둘", "VIP, 서울/강남", "false",
        "false", '["a, b", "c"]', "2024-01-31", "'=1+1", "",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "\x07x"], ids=ascii)
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_no_cell_is_a_formula(text: str, format_: str, shop: Site, actor: Actor) -> None:
    """IMP-9: what begins like one is neutralised."""
    ContactFactory(site=shop, name=text, memo=text)
    made = export(shop, actor, "name", "memo", format=format_)
    if format_ == "csv":
        assert table(made)[1] == [f"'{text}"] * 2
    else:
        cells = openpyxl.load_workbook(io.BytesIO(path_of(made).read_bytes()))["contacts"][2]
        assert {cell.data_type for cell in cells} == {"s"}
        assert all(str(cell.value).startswith("'") for cell in cells)


def test_a_negative_number_is_guarded_in_csv_and_a_number_in_a_workbook(shop: Site, actor: Actor) -> None:
    """IMP-9"""
    ProfileField.objects.create(site=shop, key="points", type=FieldType.NUMBER)
    ContactFactory(site=shop, values={"points": -5})
    assert table(export(shop, actor, "profile.points"))[1] == ["'-5"]
    made = export(shop, actor, "profile.points", format="xlsx")
    assert openpyxl.load_workbook(io.BytesIO(path_of(made).read_bytes()))["contacts"]["A2"].value == -5


def test_who_may_not_see_gets_masked_values(shop: Site, actor: Actor) -> None:
    """SITE-4"""
    ContactFactory(
        site=shop, name="김", email="kim@example.com", mobile_number="+821012345678", birth_date=datetime.date(1985, 4, 1),
        address="서울", landline_number="+8223123456",
    )  # fmt: skip
    columns = ["name", "email", "mobileNumber", "birthDate", "address", "landlineNumber"]
    (row,) = table(export(shop, actor, *columns, masked=True))[1:]
    assert row == ["김", "k••••@example.com", "••••5678", "••••", "••••", "••••3456"]


# --- the job ---------------------------------------------------------------------------------------------------------


def test_a_file_grows_batch_by_batch_and_a_killed_worker_leaves_nothing_twice(
    shop: Site, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JOB-2: what was written beyond the last commit is cut off."""
    monkeypatch.setattr(export_job, "SQLITE_BATCH", 3)
    monkeypatch.setattr(export_job, "BATCH", 3)
    for number in range(10):
        ContactFactory(site=shop, name=f"p{number}")
    for format_ in ("csv", "xlsx"):
        whole = export(shop, actor, "name", "customerNumber", format=format_, sort="name")
        job = start_export(
            EVERYBODY, site=shop, actor=actor, format=format_, columns=["name", "customerNumber"], masked=False,
            reason="again", sort="name",
        )  # fmt: skip
        slices = 0
        while work_off(job.pk, token=new_token(), seconds=0).more:
            slices += 1
            made = ContactExport.objects.get(job=job)
            with path_of(made).open("ab") as file:  # a batch that was never committed
                file.write(b"half a row, and another" * slices)
        assert slices >= 4
        assert path_of(made).read_bytes() == path_of(whole).read_bytes()


def test_an_export_costs_the_same_statements_however_many_people_a_batch_has(shop: Site, actor: Actor) -> None:
    """LIST-2: none of the columns costs a statement per row."""
    tag = TagFactory(site=shop)

    def counted(people: int) -> int:
        for _ in range(people):
            ContactTagFactory(site=shop, contact=ContactFactory(site=shop, values={"x": "1"}), tag=tag)
        job = start_export(
            EVERYBODY, site=shop, actor=actor, format="csv", columns=all_columns(shop), masked=False, reason="count"
        )
        work_off(job.pk, token=new_token(), seconds=0)
        with CaptureQueriesContext(connection) as queries:
            work_off(job.pk, token=new_token(), seconds=0)
        return len(queries)

    ProfileField.objects.create(site=shop, key="x", type=FieldType.TEXT)
    assert counted(2) == counted(20)


def test_people_who_went_meanwhile_are_told(shop: Site, actor: Actor) -> None:
    """JOB-1: the set is fixed when the job begins."""
    people = [ContactFactory(site=shop, name=name) for name in ("a", "b")]
    job = start_export(EVERYBODY, site=shop, actor=actor, format="csv", columns=["name"], masked=False, reason="x")
    work_off(job.pk, token=new_token(), seconds=0)
    Contact.objects.filter(pk=people[0].pk).delete()
    ContactFactory(site=shop, name="later")
    ended = run_now(job)
    assert (ended.changed, ended.refused) == (1, 1)
    assert table(ContactExport.objects.get(job=job)) == [["name"], ["b"]]


def test_a_set_that_has_grown_is_not_exported(shop: Site, actor: Actor) -> None:
    """FIL-11: nobody has seen it."""
    ContactFactory.create_batch(2, site=shop)
    selection = Selection(filter={}, expected_count=1)
    ended = run_now(
        start_export(selection, site=shop, actor=actor, format="csv", columns=["name"], masked=False, reason="x")
    )
    assert (ended.state, ended.error) == (Job.State.FAILED, "grown")
    assert "2" in kind_of(ended).told(ended.error, ended.error_values)


def test_more_people_than_a_workbook_holds_are_refused(
    shop: Site, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IMP-9: with the reason, when it is asked for and when it has become so."""
    ContactFactory.create_batch(3, site=shop)
    monkeypatch.setattr("contacts.exporting.job.MAX_ROWS", 2)
    ended = run_now(
        start_export(EVERYBODY, site=shop, actor=actor, format="xlsx", columns=["name"], masked=False, reason="x")
    )
    assert ended.error == "too_many_for_xlsx"
    monkeypatch.setattr("contacts.exporting.action.MAX_ROWS", 2)
    params = {"format": "xlsx", "columns": ["name"], "masked": False, "reason": "x", "sort": "name"}
    with pytest.raises(ActionRefused, match="CSV"):
        start_action(actions.get("export"), EVERYBODY, params, site=shop, actor=actor)


def test_a_field_that_was_deleted_meanwhile_is_named(shop: Site, actor: Actor) -> None:
    field = ProfileField.objects.create(site=shop, key="points", type=FieldType.NUMBER)
    job = start_export(
        EVERYBODY, site=shop, actor=actor, format="csv", columns=["profile.points"], masked=False, reason="x"
    )
    field.delete()
    ended = run_now(job)
    assert (ended.state, ended.error) == (Job.State.FAILED, "column_gone")


def test_a_file_that_was_deleted_meanwhile_ends_the_job(shop: Site, actor: Actor) -> None:
    ContactFactory(site=shop)
    job = start_export(EVERYBODY, site=shop, actor=actor, format="csv", columns=["name"], masked=False, reason="x")
    work_off(job.pk, token=new_token(), seconds=0)
    path_of(ContactExport.objects.get(job=job)).unlink()
    ended = run_now(job)
    assert (ended.state, ended.error) == (Job.State.FAILED, "file_lost")
    assert kind_of(ended).told(ended.error, {})


def test_an_unknown_column_is_refused_before_anything_is_made(shop: Site, elsewhere: Site, actor: Actor) -> None:
    """SITE-2: another site's field is unknown here."""
    ProfileField.objects.create(site=elsewhere, key="secret", type=FieldType.TEXT)
    with pytest.raises(UnknownColumn):
        start_export(
            EVERYBODY, site=shop, actor=actor, format="csv", columns=["profile.secret"], masked=False, reason="x"
        )
    assert not Job.objects.exists()


def test_an_export_is_written_down_with_its_reason(shop: Site, actor: Actor) -> None:
    """SITE-4: who, when, from where, why, what."""
    ContactFactory(site=shop)
    made = export(shop, actor, "name", "email", reason="  Newsletter  ", expected=1)
    entry = AuditEntry.objects.get(action="contact.export")
    assert (entry.operator, entry.address, entry.reason) == (actor.operator, "203.0.113.7", "Newsletter")
    assert entry.details == {"format": "csv", "columns": ["name", "email"], "masked": False, "contacts": 1}
    assert entry.target_id == str(made.pk)


def test_the_page_of_the_job_tells_and_leads_to_the_file(shop: Site, actor: Actor, alice: Operator) -> None:
    ContactFactory(site=shop)
    made = export(shop, actor, reason="Newsletter")
    assert made.job is not None
    kind = kind_of(made.job)
    assert label_of(made.job) == "Export 1 person (CSV)"
    assert kind.links(made.job) == [
        (f"Download {made.name}", reverse("admin:contacts_contactexport_file", args=[made.pk]))
    ]
    told = {fact.label: fact.text for fact in kind.about(made.job, access(alice))}
    assert told == {"Reason": "Newsletter", "Columns": "name", "Personal data": "readable"}
    assert why_no_undo(made.job) == "no_undo"


# --- the action ------------------------------------------------------------------------------------------------------


def test_only_who_may_export_is_offered_it(alice: Operator, bob: Operator, victor: Operator, shop: Site) -> None:
    """SITE-3"""
    offered = [{action.name for action in actions_for(access(person))} for person in (alice, bob, victor)]
    assert ["export" in names for names in offered] == [True, False, False]


def form(operator: Operator | None, site: Site, **data: Any) -> Any:
    said = {"format": "csv", "columns": "shown", "reason": "because"} | data
    return actions.get("export").form_class(said, site=site, access=access(operator) if operator else None)


def test_the_shown_columns_are_those_the_operator_chose(alice: Operator, shop: Site) -> None:
    """LIST-2"""
    choose_columns(access(alice), ["name", "email"])
    asked = form(alice, shop)
    assert asked.is_valid(), asked.errors
    assert asked.params() == {
        "format": "csv", "columns": ["name", "email"], "reason": "because", "sort": "-lastSeenAt", "masked": False
    }  # fmt: skip
    everything = form(alice, shop, columns="all")
    assert everything.is_valid()
    assert {"memberId", "address", "memo", "tags"} <= set(everything.params()["columns"])


@pytest.mark.parametrize(
    "data",
    [
        {"reason": ""},
        {"reason": "  "},
        {"reason": "x" * 201},
        {"format": "pdf"},
        {"columns": "some"},
        {"sort": "-secret"},
    ],
    ids=str,
)
def test_what_cannot_be_exported_is_refused_by_the_form(data: dict[str, str], alice: Operator, shop: Site) -> None:
    """SITE-4: a reason is required."""
    asked = form(alice, shop, **data)
    assert not asked.is_valid()
    assert set(asked.errors) == set(data)


def test_a_masked_operator_cannot_ask_for_more(shop: Site, alice: Operator) -> None:
    """SITE-4: it is not asked, it is what the operator may see."""
    Membership.objects.filter(operator=alice).update(sees_personal_data=False)
    asked = form(alice, shop, masked="false")
    assert asked.is_valid()
    assert asked.params()["masked"] is True


def test_a_program_names_its_columns(shop: Site) -> None:
    """API-2"""
    assert form(None, shop, columns=["name", "email", "name"]).is_valid()
    named = form(None, shop, columns=["name", "email", "name"])
    assert named.is_valid()
    assert named.params()["columns"] == ["name", "email"]
    for wrong in (["name", "nothing"], "shown", [1], {"a": 1}, 5):
        assert not form(None, shop, columns=wrong).is_valid(), wrong


def test_the_action_begins_a_job_and_its_dry_run_counts(shop: Site, actor: Actor, alice: Operator) -> None:
    """JOB-4: and writes no file."""
    ContactFactory.create_batch(2, site=shop)
    asked = form(alice, shop)
    assert asked.is_valid()
    action = actions.get("export")
    dry = start_action(action, EVERYBODY, asked.params(), site=shop, actor=actor, dry_run=True)
    assert (dry.kind, dry.changed) == ("action", 2)
    assert not ContactExport.objects.exists()
    job = start_action(action, EVERYBODY, asked.params(), site=shop, actor=actor)
    assert (job.kind, job.background, job.total) == ("export", True, 2)
    assert run_now(job).changed == 2


# --- the file --------------------------------------------------------------------------------------------------------


def url(made: ContactExport) -> str:
    return reverse("admin:contacts_contactexport_file", args=[made.pk])


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_file_is_handed_to_who_may_have_it(shop: Site, actor: Actor, alice: Operator) -> None:
    """IMP-9, SITE-4: as an attachment, and each time it is written down."""
    ContactFactory(site=shop, name="김")
    made = export(shop, actor)
    response = client_of(alice).get(url(made))
    assert response.status_code == 200
    assert body(response) == path_of(made).read_bytes()
    assert response["Content-Disposition"] == f'attachment; filename="{made.name}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert AuditEntry.objects.get(action="contactexport.download").operator == alice


def test_nobody_else_gets_the_file(
    shop: Site, actor: Actor, bob: Operator, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3"""
    made = export(shop, actor)
    statuses = [client_of(person).get(url(made)).status_code for person in (bob, victor, charlie)]
    assert statuses == [403, 403, 404]
    assert Client().get(url(made)).status_code == 302
    assert not AuditEntry.objects.filter(action="contactexport.download").exists()


def test_a_readable_file_is_not_handed_to_who_may_no_longer_see(shop: Site, actor: Actor, alice: Operator) -> None:
    """SITE-4"""
    readable, masked = export(shop, actor), export(shop, actor, masked=True)
    Membership.objects.filter(operator=alice).update(sees_personal_data=False)
    assert [client_of(alice).get(url(made)).status_code for made in (readable, masked)] == [404, 200]


def test_an_unfinished_file_is_not_handed_out(shop: Site, actor: Actor, alice: Operator) -> None:
    ContactFactory(site=shop)
    job = start_export(EVERYBODY, site=shop, actor=actor, format="csv", columns=["name"], masked=False, reason="x")
    work_off(job.pk, token=new_token(), seconds=0)
    with pytest.raises(ExportNotFound):
        take_file(ContactExport.objects.get(job=job).pk, access(alice), actor=actor)


@pytest.mark.parametrize("wrong", ["0", "x", "９", "1" * 30, "-1"])
def test_a_number_that_is_none_is_not_found(wrong: str, alice: Operator) -> None:
    address = reverse("admin:contacts_contactexport_file", args=[wrong])
    assert client_of(alice).get(address).status_code == 404


def test_the_file_lies_under_a_name_nobody_can_guess_and_only_this_system_reads_it(shop: Site, actor: Actor) -> None:
    made = export(shop, actor)
    assert len(made.stored_as.rpartition("-")[2]) == 48
    assert path_of(made).stat().st_mode & 0o777 == 0o600
    assert path_of(made).parent == directory()


def test_a_file_is_deleted_after_a_week(shop: Site, actor: Actor, alice: Operator) -> None:
    """IMP-9: who took what, and why, stays known."""
    old, young = export(shop, actor), export(shop, actor)
    now = timezone.now()
    ContactExport.objects.filter(pk=old.pk).update(created_at=now - datetime.timedelta(days=7))
    ContactExport.objects.filter(pk=young.pk).update(created_at=now - datetime.timedelta(days=6, hours=23))
    path = path_of(old)
    assert forget_old_exports(now=now) == 1
    assert not path.exists()
    assert path_of(young).exists()
    old.refresh_from_db()
    assert (old.reason, old.stored_as) == ("Monthly report", "")
    assert client_of(alice).get(url(old)).status_code == 404
    assert forget_old_exports(now=now) == 0
    assert old.job is not None
    assert kind_of(old.job).links(old.job) == []


def test_a_file_shorter_than_its_state_is_lost(tmp_path: Path) -> None:
    """A power cut or a full disk has taken what was promised: nothing is put behind a hole."""
    path = tmp_path / "x"
    state = files.begin(path, "csv", ["name"])
    path.write_bytes(b"")
    with pytest.raises(files.FileLost):
        files.add_rows(path, "csv", state, [["a"]])


def test_profiles_are_not_read_when_no_column_needs_them(shop: Site, actor: Actor) -> None:
    """speed.md: the wide table is not touched."""
    contact = ContactFactory(site=shop, name="김")
    ContactProfile.objects.filter(contact=contact).delete()
    assert table(export(shop, actor, "name")) == [["name"], ["김"]]
