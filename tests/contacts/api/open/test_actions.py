"""LIST-3, JOB-1, JOB-4, API-2: ``actions`` of the open API."""

import json
from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact
from desk.models import IdempotencyKey, Job, Site
from tags.models import ContactTag, Tag
from tests.contacts.api.open.conftest import Program
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

ATTACH = "actions/attachTags"
MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


@pytest.fixture
def vip(shop: Site) -> Tag:
    return TagFactory(site=shop, name="VIP")


def ids(*people: Contact) -> dict[str, list[str]]:
    return {"ids": [str(person.pk) for person in people]}


def attach(program: Program, selection: Any, **more: Any) -> tuple[int, Any]:
    return program.call("POST", ATTACH, {"selection": selection, "params": {"tags": ["VIP"]}, **more})


def keyed(program: Program, key: str, body: Any) -> Any:
    return program.client.post(
        f"/api/v1/{ATTACH}", json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key}
    )


def test_actions_tell_their_parameters(program: Program) -> None:
    """LIST-3: those of the desk's panel."""
    status, answer = program.get("actions")
    told = {one["name"]: one for one in answer["actions"]}
    assert status == 200
    assert {"attachTags", "detachTags", "block", "unblock", "delete"} <= told.keys()
    assert told["attachTags"]["undoable"]
    assert not told["delete"]["undoable"]
    assert [param["name"] for param in told["attachTags"]["params"]] == ["tags"]


def test_program_tags_two_people_and_gets_the_job(program: Program, shop: Site, vip: Tag) -> None:
    """JOB-1: done when the call returns, and a job all the same."""
    first, second = ContactFactory(site=shop), ContactFactory(site=shop)
    ContactTagFactory(site=shop, tag=vip, contact=second)
    status, job = attach(program, ids(first, second))
    assert status == 202
    assert (job["state"], job["kind"], job["action"], job["by"]) == ("done", "action", "attachTags", "program")
    assert (job["total"], job["done"], job["changed"], job["unchanged"], job["refused"]) == (2, 2, 1, 1, 0)
    assert (job["undoable"], job["undoOf"], job["undoneBy"], job["error"]) == (True, None, None, None)
    assert ContactTag.objects.count() == 2


def test_dry_run_counts_and_writes_nothing(program: Program, shop: Site, vip: Tag) -> None:
    """JOB-4: refused ones with the reason in words."""
    full = ContactFactory(site=shop)
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=full)
    status, job = attach(program, ids(full, ContactFactory(site=shop)), dryRun=True)
    assert (status, job["dryRun"], job["changed"], job["undoable"]) == (202, True, 1, False)
    assert job["refusals"] == [
        {"contactId": str(full.pk), "line": None, "code": "contact_full", "message": "Would carry more than 20 tags."}
    ]
    assert not ContactTag.objects.filter(tag=vip).exists()


def test_all_matching_a_filter_but_not_more_than_were_seen(program: Program, shop: Site, vip: Tag) -> None:
    """LIST-3: 409 with both numbers; nothing is done, and there is no job."""
    for number in range(3):
        ContactFactory(site=shop, member_id=f"m{number}")
    ContactFactory(site=shop)
    status, answer = attach(program, {"filter": MEMBERS}, expectedCount=2)
    error = answer["error"]
    assert (status, error["code"], error["expected"], error["found"]) == (409, "selection_changed", 2, 3)
    assert not Job.objects.exists()
    assert attach(program, {"filter": MEMBERS}, expectedCount=3)[1]["changed"] == 3


def test_many_are_done_in_the_background(program: Program, shop: Site, vip: Tag) -> None:
    """JOB-1"""
    Contact.objects.bulk_create([ContactFactory.build(site=shop, customer_number=n) for n in range(1, 1_002)])
    status, job = attach(program, {"filter": {}}, expectedCount=1_001)
    assert (status, job["state"], job["total"], job["startedAt"]) == (202, "queued", 1_001, None)
    assert program.get(f"jobs/{job['id']}")[1]["state"] == "queued"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "selection"),
        ({"selection": {}}, "selection"),
        ({"selection": []}, "selection"),
        ({"selection": {"foo": 1}}, "selection.foo"),
        ({"selection": {"ids": ["x"]}}, "selection.ids.0"),
        ({"selection": {"ids": ["1"] * 5_001}}, "selection.ids"),
        ({"selection": {"filter": {}}}, "expectedCount"),
        (
            {"selection": {"filter": {"and": [{"key": "x", "op": "is"}]}}, "expectedCount": 1},
            "selection.filter.and.0.key",
        ),
        ({"selection": {"ids": ["1"]}, "expectedCount": "1"}, "expectedCount"),
        ({"selection": {"ids": ["1"]}, "expectedCount": -1}, "expectedCount"),
        ({"selection": {"ids": ["1"]}, "dryRun": 1}, "dryRun"),
        ({"selection": {"ids": ["1"]}, "surprise": 1}, "surprise"),
        ({"selection": {"ids": ["1"]}, "params": []}, "params"),
        ({"selection": {"ids": ["1"]}, "params": {}}, "params.tags"),
        ({"selection": {"ids": ["1"]}, "params": {"tags": "VIP"}}, "params.tags"),
        ({"selection": {"ids": ["1"]}, "params": {"tags": ["VIP"], "create": True}}, "params.create"),
        ({"selection": {"ids": ["1"]}, "params": {"tags": {"a": 1}}}, "params.tags"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_done(program: Program, vip: Tag, body: Any, path: str) -> None:
    """api.md: by its path; unknown fields are refused."""
    status, answer = program.call("POST", ATTACH, {"params": {"tags": ["VIP"]}, **body})
    error = answer["error"]
    assert (status, error["code"], error["path"]) == (400, "invalid", path)
    assert not Job.objects.exists()


def test_delete_wants_the_number_confirmed(program: Program, shop: Site) -> None:
    """RET-8: 409, and nobody is deleted."""
    people = [ContactFactory(site=shop) for _ in range(2)]
    body = {"selection": ids(*people), "params": {"reason": "withdrawn"}}
    status, answer = program.call("POST", "actions/delete", body)
    assert (status, answer["error"]["code"]) == (409, "confirmation_required")
    assert Contact.objects.count() == 2
    body["params"]["confirm"] = 2
    status, job = program.call("POST", "actions/delete", body)
    assert (status, job["changed"], job["undoable"]) == (202, 2, False)
    assert not Contact.objects.exists()


def test_people_of_another_site_are_not_reached(stranger: Program, shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    TagFactory(site=elsewhere, name="VIP")
    status, job = attach(stranger, ids(ContactFactory(site=shop)))
    assert (status, job["total"], job["changed"]) == (202, 0, 0)
    assert not ContactTag.objects.exists()


def test_unknown_action_is_not_found(program: Program) -> None:
    """Fail loudly on the unknown."""
    assert program.call("POST", "actions/erase", {"selection": {"ids": ["1"]}})[0] == 404


def test_call_that_is_sent_twice_is_done_once(program: Program, shop: Site, vip: Tag) -> None:
    """API-2: the same job is answered, and the answer says that it is."""
    body = {"selection": ids(ContactFactory(site=shop)), "params": {"tags": ["VIP"]}}
    first, again = keyed(program, "order 17", body), keyed(program, "order 17", body)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert again["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first
    assert Job.objects.count() == 1
    assert keyed(program, "order 18", body).json()["id"] != first.json()["id"]


def test_key_of_another_request_is_refused(program: Program, shop: Site, vip: Tag) -> None:
    """API-2"""
    person = ContactFactory(site=shop)
    keyed(program, "k", {"selection": ids(person), "params": {"tags": ["VIP"]}})
    answer = keyed(program, "k", {"selection": ids(person), "params": {"tags": ["VIP"]}, "dryRun": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert Job.objects.count() == 1


def test_refused_call_does_not_use_up_its_key(program: Program, shop: Site, vip: Tag) -> None:
    """API-2: it changed nothing; mended, it may be sent under the same key."""
    person = ContactFactory(site=shop)
    assert keyed(program, "k", {"selection": ids(person), "params": {"tags": ["nope"]}}).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert keyed(program, "k", {"selection": ids(person), "params": {"tags": ["VIP"]}}).status_code == 202


def test_first_call_is_still_at_work(program: Program, shop: Site, vip: Tag) -> None:
    """API-2: two at once are not done twice."""
    body = {"selection": ids(ContactFactory(site=shop)), "params": {"tags": ["VIP"]}}
    keyed(program, "k", body)
    IdempotencyKey.objects.update(status=None, reference="")
    answer = keyed(program, "k", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "in_progress")
    assert Job.objects.count() == 1


def test_key_means_something_else_to_another_program(program: Program, stranger: Program, shop: Site, vip: Tag) -> None:
    """SITE-2: keys are the caller's own."""
    body = {"selection": ids(ContactFactory(site=shop)), "params": {"tags": ["VIP"]}}
    keyed(program, "k", body)
    assert keyed(stranger, "k", body).status_code == 400  # their site has no such tag: nothing of ours is replayed


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_what_is_no_key_is_refused(program: Program, shop: Site, vip: Tag, key: str) -> None:
    """API-2"""
    answer = keyed(program, key, {"selection": ids(ContactFactory(site=shop)), "params": {"tags": ["VIP"]}})
    assert (answer.status_code, answer.json()["error"]["path"]) == (400, "Idempotency-Key")


def test_stranger_without_credentials_does_nothing(client: Client, shop: Site) -> None:
    """api.md"""
    for path in ("/api/v1/actions", "/api/v1/jobs"):
        assert client.get(path).status_code == 401
    assert client.post(f"/api/v1/{ATTACH}", {}, content_type="application/json").status_code == 401
