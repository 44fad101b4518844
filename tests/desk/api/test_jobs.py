"""JOB-1, JOB-3, JOB-4, API-2: ``jobs`` of the open API."""

from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft7Validator

from contacts.actions import actions
from contacts.bulk import start_action
from contacts.selection import Selection
from desk.actors import SYSTEM
from desk.models import Job, Site
from tags.models import ContactTag
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.test_schema import resolved
from tests.factories import ContactFactory, TagFactory


@pytest.fixture
def program(shop: Site) -> Program:
    return Program(shop)


def run(site: Site, people: int = 2, **options: Any) -> Job:
    """Tags ``people`` new contacts of ``site``."""
    chosen = tuple(ContactFactory(site=site).pk for _ in range(people))
    params = {"tags": ["VIP"], "create": True}
    return start_action(actions.get("attachTags"), Selection(ids=chosen), params, site=site, actor=SYSTEM, **options)


def test_jobs_come_newest_first_and_page_by_page(program: Program, shop: Site) -> None:
    """API-2: cursor paging."""
    made = [str(run(shop).pk) for _ in range(3)]
    status, page = program.get("jobs", limit="2")
    assert status == 200
    assert [job["id"] for job in page["jobs"]] == made[:0:-1]
    rest = program.get("jobs", limit="2", since=page["next"])[1]
    assert ([job["id"] for job in rest["jobs"]], rest["next"]) == (made[:1], None)


def test_jobs_of_one_state(program: Program, shop: Site) -> None:
    """JOB-3"""
    run(shop)
    waiting = run(shop, at_once=0)
    assert [job["id"] for job in program.get("jobs", state="queued")[1]["jobs"]] == [str(waiting.pk)]
    status, answer = program.get("jobs", state="sleeping")
    assert (status, answer["error"]["path"]) == (400, "state")


def test_job_that_waits_is_cancelled(program: Program, shop: Site) -> None:
    """JOB-1: at once, as nobody works on it; afterwards there is nothing to cancel."""
    job = run(shop, at_once=0)
    status, answer = program.call("POST", f"jobs/{job.pk}/cancel", {})
    assert (status, answer["state"], answer["undoable"]) == (200, "cancelled", False)
    status, answer = program.call("POST", f"jobs/{job.pk}/cancel", {})
    assert (status, answer["error"]["code"]) == (409, "ended")


def test_job_is_undone_once(program: Program, shop: Site) -> None:
    """JOB-4: the answer is the job that takes it back; both name each other."""
    job = run(shop)
    status, undo = program.call("POST", f"jobs/{job.pk}/undo", {})
    assert (status, undo["state"], undo["changed"], undo["undoOf"]) == (202, "done", 2, str(job.pk))
    assert (undo["label"], undo["action"], undo["by"]) == ("Undo: Attach tags: VIP", "attachTags", "program")
    assert not ContactTag.objects.exists()
    read = program.get(f"jobs/{job.pk}")[1]
    assert (read["undoneBy"], read["undoable"]) == (undo["id"], False)
    status, answer = program.call("POST", f"jobs/{job.pk}/undo", {})
    assert (status, answer["error"]["code"]) == (409, "undone_already")
    assert program.call("POST", f"jobs/{undo['id']}/undo", {})[1]["error"]["code"] == "no_undo"


def test_failed_job_says_why(program: Program, shop: Site) -> None:
    """JOB-1"""
    job = run(shop, at_once=0)
    Job.objects.filter(pk=job.pk).update(
        state="failed", finished_at=job.created_at, error="grown", error_values={"expected": 1, "found": 2}
    )
    error = program.get(f"jobs/{job.pk}")[1]["error"]
    assert error["code"] == "grown"
    assert "1 people were chosen, and 2 matched" in error["message"]


def test_body_where_none_is_taken_is_refused(program: Program, shop: Site) -> None:
    """api.md: never ignored."""
    job = run(shop)
    for deed in ("cancel", "undo"):
        status, answer = program.call("POST", f"jobs/{job.pk}/{deed}", {"surprise": 1})
        assert (status, answer["error"]["path"]) == (400, "surprise")
    assert ContactTag.objects.count() == 2


def test_jobs_of_another_site_are_not_there(shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    job, stranger = run(shop), Program(elsewhere)
    assert stranger.get("jobs")[1]["jobs"] == []
    assert stranger.get(f"jobs/{job.pk}")[0] == 404
    for deed in ("cancel", "undo"):
        assert stranger.call("POST", f"jobs/{job.pk}/{deed}", {})[0] == 404
    assert ContactTag.objects.count() == 2


def test_page_costs_the_same_whatever_it_holds(
    program: Program, shop: Site, django_assert_max_num_queries: Any
) -> None:
    """JOB-3: polled by programs; one statement for the jobs and one for their undos, beside the key's."""
    TagFactory(site=shop, name="VIP")
    for _ in range(12):
        run(shop, people=1)
    with django_assert_max_num_queries(4):
        assert len(program.get("jobs")[1]["jobs"]) == 12


def test_answers_are_as_described(program: Program, shop: Site, client: Client) -> None:
    """API-2: the OpenAPI document is true."""
    schema = client.get("/api/schema/?format=json").json()
    job = run(shop)
    run(shop, at_once=0)
    calls = [
        ("get", "jobs", "jobs", None),
        ("get", "jobs/{job_id}", f"jobs/{job.pk}", None),
        ("post", "jobs/{job_id}/undo", f"jobs/{job.pk}/undo", {}),
        ("post", "jobs/{job_id}/undo", f"jobs/{job.pk}/undo", {}),
        ("post", "jobs/{job_id}/cancel", f"jobs/{job.pk}/cancel", {}),
        ("get", "actions", "actions", None),
        ("post", "actions/{name}", "actions/block", {"selection": {"ids": ["1"]}, "dryRun": True}),
        ("post", "actions/{name}", "actions/block", {"selection": {"ids": "1"}}),
    ]
    for method, described, path, body in calls:
        status, answer = program.call(method.upper(), path, body) if body is not None else program.get(path)
        promised = schema["paths"][f"/api/v1/{described}"][method]["responses"][str(status)]
        Draft7Validator(resolved(schema, promised["content"]["application/json"]["schema"])).validate(answer)
