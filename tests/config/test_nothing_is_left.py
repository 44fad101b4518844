"""RET-4: after an erasure no word about the person is in any table or file, whichever door it came through."""

import datetime
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from chats.attaching import attach_file
from chats.handling import assign
from chats.messaging import Text, say
from chats.models import Author
from chats.noting import add_memo, set_category
from chats.requesting import ask
from contacts.actions import actions
from contacts.bulk import run_now, start_action
from contacts.erasing import erasure_participants
from contacts.exporting.starting import start_export
from contacts.filters.document import parse_filter
from contacts.holds import end_hold, place_hold
from contacts.kept_filters import keep_filter
from contacts.models import (
    Contact,
    ContactExport,
    ContactImport,
    ImportRow,
    KeptFilter,
    KnownField,
    MergeSuggestion,
    PendingMerge,
    ProfileField,
)
from contacts.selection import Selection
from contacts.sweeping import sweep
from desk.actors import PLUGIN, SYSTEM, Actor
from desk.models import AuditEntry, Job, Operator, Site, WebhookDelivery
from desk.webhooks import create_webhook, webhook_events
from segments.models import Segment
from segments.saving import save_segment
from tags.grade_catalogue import create_grade
from tags.grade_rules import add_rule
from tags.models import GradeRule
from tests.chats import files
from tests.chats.people import account, operator_says, room_of, visitor_says
from tests.conftest import client_of
from tests.contacts.api.open.conftest import Program
from tests.contacts.importing.imports import check, run, upload
from tests.contacts.test_erasing import NOW, a_life, everything_as_text
from tests.factories import ContactFactory

# SQLite and PostgreSQL really commit here: files go after the commit.
pytestmark = pytest.mark.django_db(transaction=True)

MARKS = ("alicia", "55501990", "5550-1990")
PHONE, EMAIL = "010-5550-1990", "alicia.work@example.com"
HEADER = ("memberId", "name", "email", "birthDate")

Door = Callable[[Contact, Operator], None]


@pytest.fixture(autouse=True)
def _own_data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def files_with_marks() -> list[str]:
    """Every file below DATA_DIR that holds or is called by a mark."""
    found = [path for path in Path(django_settings.DATA_DIR).rglob("*") if path.is_file()]
    return [
        str(path)
        for path in found
        if any(mark.encode() in path.read_bytes().lower() or mark in path.name for mark in MARKS)
    ]


def marks_in_tables() -> list[str]:
    """What stands around each mark, for whoever reads the failure."""
    text = everything_as_text().lower()
    return [text[max(place - 80, 0) : place + 60] for mark in MARKS if (place := text.find(mark)) >= 0]


def everything(shop: Site, alice: Operator, bob: Operator) -> Contact:
    """A person who is in everything the desk can keep."""
    actor = Actor.of_operator(alice)
    create_webhook(shop, name="hook", url="https://hooks.example/", events=webhook_events.names(), actor=actor)
    _rules_and_filters(shop, actor)
    alicia = a_life(shop, actor)
    _chat(alicia, actor, bob)
    _holds_and_pairs(alicia, actor)
    _imports(shop)
    _exports_and_jobs(shop, actor)
    _calls(shop, alicia)
    return alicia


def _rules_and_filters(shop: Site, actor: Actor) -> None:
    ProfileField.objects.get_or_create(site=shop, key="size", type="text")
    grade = create_grade(shop, "Gold", actor=actor)
    for criterion, value in (("email", EMAIL), ("mobileNumber", PHONE), ("memberId", "alicia-2")):
        add_rule(shop, criterion=criterion, value=value, grade=grade, note="alicia's", actor=actor, now=NOW)
    add_rule(shop, criterion="email", value="bea@example.com", grade=grade, actor=actor, now=NOW)
    by_ids = {"and": [{"key": "memberId", "op": "is", "values": ["bea", "alicia-2"]}]}
    keep_filter(parse_filter(by_ids, site=shop), now=NOW)
    save_segment(shop, name="Two", filter=by_ids, shared=True, actor=actor)
    one = {"and": [{"key": "email", "op": "is", "values": [EMAIL]}]}
    save_segment(shop, name="One", filter=one, shared=True, actor=actor)


def _chat(alicia: Contact, actor: Actor, bob: Operator) -> None:
    identity = account(alicia, "kakao", key="alicia-kakao")
    room = room_of(alicia, "kakao", identity, page="/alicia", parameters={"order": "alicia"})
    visitor_says(room, "alicia here")
    for name in ("alicia.docx", "unsaid alicia.docx"):
        letter = io.BytesIO(files.docx(**{"word/alicia.xml": b"alicia"}))
        sent = attach_file(alicia.site, letter, name, now=NOW, identity=identity)
        if name == "alicia.docx":
            say(room, Text("", attachments=[sent.pk]), author=Author.VISITOR, actor=PLUGIN, now=NOW)
    operator_says(room, "hi alicia", bob)
    add_memo(room, "alicia is late", actor=actor, now=NOW)
    set_category(room, None, note="alicia", actor=actor, now=NOW)
    assign(room, bob, actor=actor, now=NOW)
    ask(room, "review", None, "alicia again", actor=Actor.of_operator(bob), now=NOW)


def _holds_and_pairs(alicia: Contact, actor: Actor) -> None:
    until = datetime.date.today() + datetime.timedelta(days=9)
    hold = place_hold(alicia, reason="alicia sues", until=until, actor=actor, now=datetime.datetime.now(datetime.UTC))
    end_hold(hold, actor=actor, now=datetime.datetime.now(datetime.UTC))
    twin = ContactFactory(site=alicia.site, name="Twin")
    told = {"site": alicia.site, "at": NOW, "value": EMAIL}
    first, second = sorted((alicia.pk, twin.pk))
    MergeSuggestion.objects.create(first_id=first, second_id=second, reason="sameEmail", **told)
    PendingMerge.objects.create(contact=twin, member=alicia, field=KnownField.EMAIL, source="api", **told)


def _imports(shop: Site) -> None:
    """One that ran, one that was only checked, one that was only uploaded, one that is about others."""
    hers = [
        ("alicia-2", "alicia", "alicia.file@example.com", ""),
        ("alicia-2", "alicia", "", "alicia was never born"),
        ("bea", "Bea", "bea@example.com", ""),
    ]
    run(check(shop, HEADER, hers, name="ran.csv"))
    check(
        shop, HEADER, [*hers, ("alicia", "before", EMAIL, ""), ("", "alicia", EMAIL, "")], name="checked.csv", tag="b"
    )
    upload(shop, HEADER, hers, name="uploaded.csv")
    run(check(shop, HEADER, [("cleo", "Cleo", "cleo@example.com", "")], name="others.csv", tag="c"))


def _exports_and_jobs(shop: Site, actor: Actor) -> None:
    for reason, ids in (("for alicia", None), ("Cleo", [Contact.objects.get(member_id="cleo").pk])):
        chosen = Selection(filter={}, expected_count=99) if ids is None else Selection(ids=tuple(ids), expected_count=1)
        columns = ["memberId", "name", "email", "mobileNumber"]
        run_now(
            start_export(chosen, site=shop, actor=actor, format="csv", columns=columns, masked=False, reason=reason)
        )
    hers = Selection(filter={"and": [{"key": "email", "op": "is", "values": [EMAIL]}]}, expected_count=1)
    size = {"field": "size", "value": "alicia XL"}
    for dry_run in (True, False):
        start_action(actions.get("setField"), hers, size, site=shop, actor=actor, dry_run=dry_run)


def _calls(shop: Site, alicia: Contact) -> None:
    program = Program(shop)
    body = json.dumps({"name": "alicia by API"})
    told = {"content_type": "application/json", "headers": {"Idempotency-Key": "alicia-1"}}
    assert program.client.patch(f"/api/v1/contacts/{alicia.pk}", body, **told).status_code == 200


# --- the doors ------------------------------------------------------------------------------------------------


def by_page(alicia: Contact, alice: Operator) -> None:
    assert client_of(alice).post(f"/desk/contacts/contact/{alicia.pk}/delete/", {"reason": "asked"}).status_code == 302


def by_api(alicia: Contact, alice: Operator) -> None:
    assert Program(alicia.site).client.delete(f"/api/v1/contacts/{alicia.pk}").status_code == 204


def by_action(alicia: Contact, alice: Operator) -> None:
    member_ids = {"key": "memberId", "op": "is", "values": ["alicia-2"]}
    chosen = Selection(filter={"and": [member_ids]}, expected_count=1)
    params = {"reason": "withdrawn", "confirm": 1}
    job = start_action(actions.get("delete"), chosen, params, site=alicia.site, actor=Actor.of_operator(alice))
    assert (job.state, job.changed) == (Job.State.DONE, 1)


def by_sweep(alicia: Contact, alice: Operator) -> None:
    sweep(alicia.site, at=NOW + datetime.timedelta(days=4 * 366), actor=SYSTEM)


@pytest.mark.parametrize("door", [by_page, by_api, by_action, by_sweep], ids=lambda door: door.__name__)
def test_no_word_is_left_in_any_table_or_file(door: Door, shop: Site, alice: Operator, bob: Operator) -> None:
    """RET-4, RET-8, RET-6."""
    alicia = everything(shop, alice, bob)
    assert len(files_with_marks()) == 6  # two letters, three uploads, one export
    door(alicia, alice)
    assert not Contact.objects.filter(pk=alicia.pk).exists()
    assert marks_in_tables() == []
    assert files_with_marks() == []


def test_the_scan_sees_what_a_participant_leaves(
    shop: Site, alice: Operator, bob: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test above can fail: whichever of these is forgotten, something is found."""
    alicia = everything(shop, alice, bob)
    for name in ("texts", "exports", "importRows", "segments", "gradeRules", "webhookDeliveries", "auditDetails"):
        monkeypatch.delitem(erasure_participants._items, name)
    by_api(alicia, alice)
    assert len(files_with_marks()) == 4
    text = everything_as_text()
    tables = (AuditEntry, Job, KeptFilter, Segment, GradeRule, WebhookDelivery, ImportRow, ContactExport)
    left = {model for model in tables if "alicia" in json.dumps(list(model.objects.values_list()), default=str)}
    assert left == set(tables)
    assert "alicia" in text


def test_what_is_about_others_stays(shop: Site, alice: Operator, bob: Operator) -> None:
    """Their rows, files, filters and rules; and the pages say which file went, and why."""
    alicia = everything(shop, alice, bob)
    by_page(alicia, alice)
    assert set(ImportRow.objects.exclude(member_id="").values_list("member_id", flat=True)) == {"bea", "cleo"}
    kept = ContactExport.objects.get(forgotten_at=None)
    assert (kept.reason, kept.rows) == ("Cleo", 1)
    assert [one.name for one in ContactImport.objects.exclude(stored_as="")] == ["others.csv"]
    two = Segment.objects.get(name="Two").filter
    assert two["and"][0]["values"] == ["bea"]
    assert GradeRule.objects.get().value == "bea@example.com"
    client = client_of(alice)
    assert "removed because somebody in it was erased" in _page(client, "/desk/contacts/contactexport/")
    ran = ContactImport.objects.get(name="ran.csv")
    assert "removed because somebody in it was erased" in _page(
        client, f"/desk/contacts/contactimport/{ran.pk}/report/"
    )
    checked = ContactImport.objects.get(name="checked.csv")
    page = _page(client, f"/desk/contacts/contactimport/{checked.pk}/check/")
    assert "Upload it again without them." in page
    assert "../confirm/" not in page


def _page(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()
