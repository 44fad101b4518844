"""JOB-1, JOB-3, JOB-4, SITE-2, SITE-3: the pages of jobs and the tray."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.actions import actions
from contacts.bulk import run_now, start_action
from contacts.models import Contact
from contacts.selection import Selection
from desk.actors import Actor
from desk.jobs.tray import SHOWN_FOR
from desk.models import AuditEntry, Job, JobNote, Membership, Operator, Role, Site
from tags.models import ContactTag
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

JOBS = "/desk/jobs/"
TRAY = "/desk/jobs/tray/"


def attach(operator: Operator, site: Site, *people: Contact, **options: Any) -> Job:
    """``operator`` tags ``people``, or two new ones."""
    chosen = people or (ContactFactory(site=site), ContactFactory(site=site))
    return start_action(
        actions.get("attachTags"),
        options.pop("selection", Selection(ids=tuple(one.pk for one in chosen))),
        {"tags": ["VIP"], "create": True},
        site=site,
        actor=Actor.of_operator(operator),
        **options,
    )


def page(operator: Operator, path: str, **query: str) -> str:
    response = client_of(operator).get(path, query)
    assert response.status_code == 200, path
    return str(response.content.decode())


def url(job: Job, deed: str = "") -> str:
    return reverse(f"admin:job_{deed}" if deed else "admin:job", args=[job.pk])


def tray(operator: Operator) -> list[dict[str, Any]]:
    return list(client_of(operator).get(TRAY).json()["jobs"])


def end(job: Job, **values: Any) -> None:
    """The row of a job that came to its end."""
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        **{"state": "done", "started_at": now, "finished_at": now, "claim": "", "done": 2, "changed": 2, **values}
    )


# --- the list -----------------------------------------------------------------------------------------------


def test_list_shows_background_jobs_and_finds_the_others_on_request(bob: Operator, shop: Site) -> None:
    """JOB-3: what was done at once, and previews, would bury them."""
    large = attach(bob, shop, at_once=0)
    small, dry = attach(bob, shop), attach(bob, shop, dry_run=True)
    shown = page(bob, JOBS)
    assert url(large) in shown
    assert url(small) not in shown
    everything = page(bob, JOBS, all="1")
    assert url(small) in everything
    assert url(dry) in everything
    assert "Preview: Attach tags: VIP" in everything


def test_list_is_filtered_by_state_kind_and_whose(alice: Operator, bob: Operator, shop: Site) -> None:
    """JOB-1"""
    waiting, ended = attach(bob, shop, at_once=0), attach(alice, shop, at_once=0)
    end(ended)
    for query, expected in [
        ({"state": "open"}, {waiting}),
        ({"state": "done"}, {ended}),
        ({"kind": "action"}, {waiting, ended}),
        ({"kind": "actionUndo"}, set()),
        ({"mine": "1"}, {waiting}),
    ]:
        shown = page(bob, JOBS, **query)
        assert {job for job in (waiting, ended) if url(job) in shown} == expected, query


def test_list_goes_page_by_page_both_ways(bob: Operator, shop: Site) -> None:
    """Keyset paging: 50 on a page."""
    made = [attach(bob, shop, ContactFactory(site=shop), at_once=0) for _ in range(3)]
    Job.objects.bulk_create(
        Job(site=shop, kind="action", operator=bob, params=made[0].params, created_at=timezone.now()) for _ in range(50)
    )
    first = page(bob, JOBS)
    assert (url(made[2]) in first, first.count("job-list")) == (False, 1)
    after = Job.objects.order_by("-pk")[49].pk
    assert f"?after={after}" in first
    second = page(bob, JOBS, after=str(after))
    assert all(url(job) in second for job in made)
    assert "?before=" in second
    assert url(made[2]) not in page(bob, JOBS, before=str(made[2].pk))


@pytest.mark.parametrize(
    "query", [{"state": "asleep"}, {"kind": "x"}, {"surprise": "1"}, {"after": "x"}, {"mine": "2"}]
)
def test_what_the_address_does_not_mean_is_refused(bob: Operator, shop: Site, query: dict[str, str]) -> None:
    """FIL-11: never ignored."""
    response = client_of(bob).get(JOBS, query)
    assert response.status_code == 400
    assert next(iter(query)) in response.content.decode()


def test_empty_list_says_what_will_be_there(bob: Operator) -> None:
    """screens.md"""
    assert "No jobs yet" in page(bob, JOBS)


# --- one job ------------------------------------------------------------------------------------------------


def test_page_tells_what_was_done_to_whom_and_leads_to_the_list(bob: Operator, shop: Site) -> None:
    """JOB-1: the filter as a sentence, which opens that list."""
    ContactFactory(site=shop, member_id="m1")
    members = {"and": [{"key": "member", "op": "is", "values": [True]}]}
    job = attach(bob, shop, selection=Selection(filter=members, search="m1", expected_count=1))
    shown = page(bob, url(job))
    assert "1 changed" in shown
    assert "Member: yes · search for “m1”" in shown
    assert "/desk/contacts/contact/?q=m1&amp;filter=" in shown


def test_filter_by_personal_data_is_masked_for_who_may_not_see_it(alice: Operator, bob: Operator, shop: Site) -> None:
    """SITE-4"""
    phone = {"and": [{"key": "mobileNumber", "op": "is", "values": ["010-5555-0199"]}]}
    job = attach(alice, shop, selection=Selection(filter=phone, expected_count=0), at_once=-1)
    assert "010-5555-0199" in page(alice, url(job))
    Membership.objects.filter(operator=bob).update(sees_personal_data=False)
    shown = page(bob, url(job))
    assert "5555" not in shown
    assert "masked for you" in shown


def test_refused_are_told_by_reason_and_can_be_downloaded(bob: Operator, shop: Site) -> None:
    """JOB-1: who, with number and reason; nothing in the file is a formula; the download is in the audit log."""
    full, free = ContactFactory(site=shop, name="=cmd()"), ContactFactory(site=shop)
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=full)
    job = attach(bob, shop, full, free)
    shown = page(bob, url(job))
    assert "1 changed · 1 refused" in shown
    assert "Would carry more than 20 tags." in shown
    assert reverse("admin:contacts_contact_change", args=[full.pk]) in shown
    response: Any = client_of(bob).get(url(job, "refused"))
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Customer number,Name,Line,Code,Reason"
    assert lines[1:] == [f"{full.customer_number},'=cmd(),,contact_full,Would carry more than 20 tags."]
    assert AuditEntry.objects.get(action="job.export").details == {"count": 1}


def test_refused_go_page_by_page_and_by_reason(bob: Operator, shop: Site) -> None:
    """JOB-1"""
    job = attach(bob, shop)
    people = [ContactFactory(site=shop, name=f"Refused {n:02}") for n in range(52)]
    for number, person in enumerate(people):
        job.refusals.create(site=shop, target_id=person.pk, code="gone" if number else "merged", values={"number": 7})
    Job.objects.filter(pk=job.pk).update(refused=52)
    shown = page(bob, url(job))
    assert "Refused 49" in shown
    assert "Refused 50" not in shown
    after = job.refusals.order_by("pk")[49].pk
    assert f"after={after}" in shown
    assert "Refused 51" in page(bob, url(job), after=str(after))
    merged = page(bob, url(job), reason="merged")
    assert "Unified into customer 7 meanwhile." in merged
    assert "Refused 01" not in merged
    assert "Unified into customer … meanwhile." in shown


def test_failed_job_says_why_and_what_stays(bob: Operator, shop: Site) -> None:
    """JOB-1: and its log."""
    job = attach(bob, shop, at_once=0)
    end(job, state="failed", error="grown", error_values={"expected": 1000, "found": 1200}, changed=2)
    JobNote.objects.create(
        site=shop, job=job, at=timezone.now(), level="error", code="tried_again", values={"reason": "x"}
    )
    shown = page(bob, url(job))
    assert "1,000 people were chosen, and 1,200 matched by then" in shown
    assert "What was done until then stays: 2 changed." in shown
    assert "A batch failed and is tried again: x" in shown


def test_kind_that_is_no_longer_known_is_still_shown(alice: Operator, shop: Site) -> None:
    """Jobs outlive the version that made them."""
    job = attach(alice, shop, at_once=0)
    Job.objects.filter(pk=job.pk).update(kind="vanished")
    assert "unknown work (vanished)" in page(alice, url(job))
    Job.objects.filter(pk=job.pk).update(kind="action", params={**job.params, "action": "vanished"})
    assert "vanished" in page(alice, url(job))
    assert "vanished" in page(alice, JOBS)


def test_undo_of_a_small_job_is_done_at_once(bob: Operator, shop: Site) -> None:
    """JOB-4: the page then says that it was undone, and offers no second Undo."""
    job = attach(bob, shop)
    assert url(job, "undo") in page(bob, url(job))
    response = client_of(bob).post(url(job, "undo"), headers={"accept": "application/json"})
    assert response.json() == {"level": "success", "text": "2 taken back"}
    assert not ContactTag.objects.exists()
    shown = page(bob, url(job))
    assert "This has been undone" in shown
    assert url(job, "undo") not in shown
    again = client_of(bob).post(url(job, "undo"), headers={"accept": "application/json"}).json()
    assert again == {"level": "error", "text": "This has been undone already."}


def test_undo_leads_back_to_where_it_was_pressed(bob: Operator, shop: Site) -> None:
    """A toast's Undo stands on any page of the desk; never to another host."""
    job = attach(bob, shop)
    client = client_of(bob)
    response = client.post(url(job, "undo"), headers={"referer": "http://testserver/desk/contacts/contact/?q=x"})
    assert response["Location"] == "http://testserver/desk/contacts/contact/?q=x"
    response = client.post(url(job, "undo"), headers={"referer": "http://evil.example/"})
    assert response["Location"] == url(job)


def test_why_there_is_no_undo(bob: Operator, shop: Site) -> None:
    """JOB-4"""
    person = ContactFactory(site=shop)
    attach(bob, shop, person)
    assert "Nothing was changed, so there is nothing to undo." in page(bob, url(attach(bob, shop, person)))
    old = attach(bob, shop)
    Job.objects.filter(pk=old.pk).update(created_at=timezone.now() - datetime.timedelta(days=31))
    assert "This is more than 30 days ago." in page(bob, url(old))


def test_cancel_stops_what_waits(bob: Operator, shop: Site) -> None:
    """JOB-1"""
    job = attach(bob, shop, at_once=0)
    assert client_of(bob).post(url(job, "cancel")).status_code == 302
    assert Job.objects.get(pk=job.pk).state == "cancelled"
    assert "Nothing was changed." in page(bob, url(job))


# --- who may ------------------------------------------------------------------------------------------------


def test_agents_see_each_others_jobs_but_only_admins_stop_them(alice: Operator, bob: Operator, shop: Site) -> None:
    """SITE-3: one's own, or anybody's for an administrator."""
    hers, his = attach(alice, shop), attach(bob, shop)
    shown = page(bob, url(hers))
    assert url(hers, "undo") not in shown
    assert "Whoever started it, or an administrator, can undo it." in shown
    for deed in ("cancel", "undo"):
        assert client_of(bob).post(url(hers, deed)).status_code == 403
    assert url(his, "undo") in page(alice, url(his))
    assert client_of(alice).post(url(his, "undo")).status_code == 302
    assert ContactTag.objects.count() == 2


def test_role_that_was_taken_away_takes_cancel_and_undo_with_it(bob: Operator, shop: Site) -> None:
    """SITE-3: a viewer sees their own jobs and none of the others'."""
    mine = attach(bob, shop)
    Membership.objects.filter(operator=bob).update(role=Role.VIEWER)
    assert url(mine, "undo") not in page(bob, url(mine))
    assert client_of(bob).post(url(mine, "undo")).status_code == 403


def test_viewer_does_not_find_the_jobs_of_others(alice: Operator, victor: Operator, shop: Site) -> None:
    """SITE-3: 404, on all pages."""
    job = attach(alice, shop, at_once=0)
    client = client_of(victor)
    assert url(job) not in client.get(JOBS).content.decode()
    for path in (url(job), url(job, "refused")):
        assert client.get(path).status_code == 404
    for deed in ("cancel", "undo"):
        assert client.post(url(job, deed)).status_code == 404
    assert tray(victor) == []


def test_jobs_of_another_site_are_not_there(bob: Operator, charlie: Operator, shop: Site) -> None:
    """SITE-2"""
    job, client = attach(bob, shop, at_once=0), client_of(charlie)
    for path in (url(job), url(job, "refused")):
        assert client.get(path).status_code == 404
    for deed in ("cancel", "undo"):
        assert client.post(url(job, deed)).status_code == 404
    client.post(url(job, "dismiss"))
    assert url(job) not in client.get(JOBS).content.decode()
    assert tray(charlie) == []
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_stranger_is_sent_to_sign_in(client: Client, bob: Operator, shop: Site) -> None:
    """SITE-3"""
    job = attach(bob, shop)
    for path in (JOBS, TRAY, url(job), url(job, "refused")):
        assert client.get(path).status_code == 302


# --- the tray -----------------------------------------------------------------------------------------------


def test_tray_shows_what_runs_and_what_ended(bob: Operator, shop: Site) -> None:
    """JOB-3: not what was done at once, which has its toast."""
    ended, waiting = attach(bob, shop, at_once=0), attach(bob, shop, at_once=0)
    attach(bob, shop)
    run_now(ended)
    shown = {one["id"]: one for one in tray(bob)}
    assert list(shown) == [str(waiting.pk), str(ended.pk)]
    assert (shown[str(waiting.pk)]["open"], shown[str(waiting.pk)]["percent"]) == (True, 0)
    assert shown[str(waiting.pk)]["cancel_url"] == url(waiting, "cancel")
    assert shown[str(ended.pk)]["status"] == "2 changed"
    assert shown[str(ended.pk)]["undo_url"] == url(ended, "undo")


def test_tray_says_how_far_how_fast_and_how_long(bob: Operator, shop: Site) -> None:
    """JOB-1"""
    job, now = attach(bob, shop, at_once=0), timezone.now()
    Job.objects.filter(pk=job.pk).update(
        state="running",
        claim="x",
        started_at=now - datetime.timedelta(seconds=10),
        heartbeat_at=now,
        total=40_000,
        done=10_000,
    )
    [shown] = tray(bob)
    assert (shown["percent"], shown["status"]) == (25, "25 % · 1,000 a second · about 30 s left")
    Job.objects.filter(pk=job.pk).update(heartbeat_at=now - datetime.timedelta(seconds=20))
    assert tray(bob)[0]["status"] == "waiting for the worker"


def test_tray_says_that_a_job_waits_for_the_worker(bob: Operator, shop: Site) -> None:
    """JOB-3: only after a while, as most begin at once."""
    job = attach(bob, shop, at_once=0)
    assert tray(bob)[0]["status"] == "starting"
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - datetime.timedelta(seconds=16))
    assert tray(bob)[0]["status"] == "waiting for the worker"


def test_administrator_sees_what_runs_for_others_but_not_how_it_ended(
    alice: Operator, bob: Operator, shop: Site
) -> None:
    """JOB-3: agents see their own; previews are nobody else's business."""
    running, ended = attach(bob, shop, at_once=0), attach(bob, shop, at_once=0)
    attach(bob, shop, at_once=0, dry_run=True)
    run_now(ended)
    assert [(one["id"], one["by"]) for one in tray(alice)] == [(str(running.pk), "Bob")]
    hers = attach(alice, shop, at_once=0)
    assert str(hers.pk) not in {one["id"] for one in tray(bob)}


def test_what_was_dismissed_or_read_leaves_the_tray(bob: Operator, shop: Site) -> None:
    """JOB-3: on every machine; what runs cannot be dismissed."""
    first, second, runs = (attach(bob, shop, at_once=0) for _ in range(3))
    run_now(first)
    run_now(second)
    client_of(bob).post(url(runs, "dismiss"))
    client_of(bob).post(url(first, "dismiss"))
    assert [one["id"] for one in tray(bob)] == [str(runs.pk), str(second.pk)]
    page(bob, url(second))
    assert [one["id"] for one in tray(bob)] == [str(runs.pk)]


def test_what_ended_long_ago_leaves_the_tray(bob: Operator, shop: Site) -> None:
    """JOB-3"""
    job = attach(bob, shop, at_once=0)
    end(job, finished_at=timezone.now() - SHOWN_FOR - datetime.timedelta(minutes=1))
    assert tray(bob) == []


def test_tray_costs_two_statements_of_its_own(bob: Operator, shop: Site, django_assert_num_queries: Any) -> None:
    """JOB-3: polled by everybody all day: session, operator, second factor, site, what runs, what ended."""
    client = client_of(bob)
    attach(bob, shop, at_once=0)
    client.get(TRAY)
    with django_assert_num_queries(6):
        client.get(TRAY)
