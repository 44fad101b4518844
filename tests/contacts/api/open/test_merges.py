"""api.md, merges: plan, confirm, list, undo, suggestions; UNI-6, UNI-10, UNI-12, UNI-13, SITE-2."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema import Draft7Validator

from contacts.details import change_details
from contacts.models import Contact, Kind, Merge, MergeSuggestion, Source
from desk.actors import SYSTEM
from desk.models import Site
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.test_schema import resolved
from tests.factories import ContactFactory


@pytest.fixture
def member(shop: Site) -> Contact:
    contact: Contact = ContactFactory(
        site=shop, name="Kim", member_id="m-1", customer_number=1024, email="kim@example.com"
    )
    return contact


@pytest.fixture
def lead(shop: Site) -> Contact:
    contact: Contact = ContactFactory(site=shop, name="Minsu", customer_number=1031, email="minsu@example.com")
    return contact


def planned(program: Program, one: Contact, other: Contact, **more: Any) -> Any:
    status, answer = program.call("POST", f"contacts/{one.pk}/merge", {"with": str(other.pk), "dryRun": True, **more})
    assert status == 200, answer
    return answer


def merged(program: Program, one: Contact, other: Contact, **more: Any) -> tuple[int, Any]:
    body = {"with": str(other.pk), "fingerprint": planned(program, one, other)["fingerprint"], **more}
    return program.call("POST", f"contacts/{one.pk}/merge", body)


def check(client: Client, path: str, method: str, status: int, answer: Any) -> None:
    """``answer`` is one that the description promises."""
    schema = client.get("/api/schema/?format=json").json()
    promised = schema["paths"][f"/api/v1/{path}"][method]["responses"][str(status)]
    shape = resolved(schema, promised["content"]["application/json"]["schema"])
    Draft7Validator(shape).validate(answer)


def test_a_dry_run_tells_the_plan_and_changes_nothing(
    program: Program, member: Contact, lead: Contact, client: Client
) -> None:
    """UNI-13"""
    answer = planned(program, lead, member)
    check(client, "contacts/{contact_id}/merge", "post", 200, answer)
    plan = answer["plan"]
    assert (plan["survivor"], plan["other"]) == (str(member.pk), str(lead.pk))  # a member survives
    [email] = [field for field in plan["fields"] if field["key"] == "email"]
    assert (email["survivor"], email["other"], email["choosable"]) == ("kim@example.com", "minsu@example.com", True)
    assert not Merge.objects.exists()


def test_the_confirmed_plan_is_carried_out(program: Program, member: Contact, lead: Contact, client: Client) -> None:
    """UNI-6: with the chosen value; the old id leads to the survivor."""
    status, answer = merged(program, member, lead, fields={"email": "other"})
    assert status == 201
    check(client, "contacts/{contact_id}/merge", "post", 201, answer)
    assert (answer["survivor"], answer["absorbed"], answer["trigger"]) == (str(member.pk), str(lead.pk), "program")
    member.refresh_from_db()
    assert member.email == "minsu@example.com"
    found = program.get(f"contacts/{lead.pk}")[1]
    assert (found["id"], found["mergedFrom"]) == (str(member.pk), [str(lead.pk)])


def test_of_two_leads_the_named_one_survives(program: Program, shop: Site, lead: Contact) -> None:
    """UNI-6"""
    other = ContactFactory(site=shop)
    assert planned(program, lead, other)["plan"]["survivor"] == str(lead.pk)
    assert planned(program, lead, other, survivor=str(other.pk))["plan"]["survivor"] == str(other.pk)


def test_a_plan_that_is_old_is_refused_with_the_difference(program: Program, member: Contact, lead: Contact) -> None:
    """UNI-13: 409 ``plan_changed``; nothing happens."""
    fingerprint = planned(program, member, lead)["fingerprint"]
    change_details(lead, {"name": "Min"}, source=Source.API, source_label="x", actor=SYSTEM, now=timezone.now())
    body = {"with": str(lead.pk), "fingerprint": fingerprint}
    status, answer = program.call("POST", f"contacts/{member.pk}/merge", body)
    assert (status, answer["error"]["code"]) == (409, "plan_changed")
    told = {one["path"]: one["message"] for one in answer["error"]["details"]}
    assert "Kim / Minsu → Kim / Min" in told["plan.name"]
    assert not Merge.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code", "path"),
    [
        ({"fingerprint": None}, 400, "invalid", "fingerprint"),
        ({"with": "x"}, 400, "invalid", "with"),
        ({"with": None}, 400, "invalid", "with"),
        ({"survivor": "1"}, 400, "invalid", "survivor"),
        ({"fields": {"email": "absorbed"}}, 400, "invalid", "fields.email"),
        ({"fields": {"memo": "other"}}, 400, "invalid", "fields.memo"),
        ({"fields": []}, 400, "invalid", "fields"),
        ({"nope": 1}, 400, "invalid", "nope"),
        ({"dryRun": "yes"}, 400, "invalid", "dryRun"),
    ],
)
def test_a_request_that_is_wrong_is_refused_with_its_path(
    program: Program, member: Contact, lead: Contact, change: dict[str, Any], status: int, code: str, path: str
) -> None:
    """api.md, errors"""
    lead.profile.memo, member.profile.memo = "one", "other"
    lead.profile.save()
    member.profile.save()
    body = {"with": str(lead.pk), "fingerprint": planned(program, member, lead)["fingerprint"], **change}
    body = {key: value for key, value in body.items() if value is not None}
    found, answer = program.call("POST", f"contacts/{member.pk}/merge", body)
    assert (found, answer["error"]["code"], answer["error"].get("path")) == (status, code, path)
    assert not Merge.objects.exists()


@pytest.mark.parametrize("fingerprint", ["", "x", "\ud800", "0.=="])
def test_a_fingerprint_that_is_none_confirms_nothing(
    program: Program, member: Contact, lead: Contact, fingerprint: str
) -> None:
    """UNI-13: never a 500."""
    body = {"with": str(lead.pk), "fingerprint": fingerprint}
    status, _answer = program.call("POST", f"contacts/{member.pk}/merge", body)
    assert status in (400, 409)
    assert not Merge.objects.exists()


def test_two_members_are_merged_only_when_it_is_said_twice(program: Program, member: Contact, shop: Site) -> None:
    """UNI-6: the memberId of the absorbed one leads to the survivor."""
    second = ContactFactory(site=shop, member_id="m-2")
    status, answer = merged(program, member, second)
    assert (status, answer["error"]["code"]) == (409, "confirmation_required")
    assert merged(program, member, second, confirmMembers=True)[0] == 201
    found = program.get("contacts/@m-2")[1]
    assert (found["id"], found["mergedFrom"]) == (str(member.pk), [str(second.pk)])


def test_what_cannot_be_merged_says_why(program: Program, member: Contact, lead: Contact) -> None:
    """UNI-1"""
    status, answer = program.call("POST", f"contacts/{member.pk}/merge", {"with": str(member.pk), "dryRun": True})
    assert (status, answer["error"]["code"]) == (409, "same")
    body = {"with": str(member.pk), "survivor": str(lead.pk), "dryRun": True}
    status, answer = program.call("POST", f"contacts/{lead.pk}/merge", body)
    assert (status, answer["error"]["code"]) == (409, "member_survives")


def test_contacts_of_another_site_are_not_there(
    program: Program, stranger: Program, member: Contact, lead: Contact, elsewhere: Site
) -> None:
    """SITE-2, KIND-5"""
    foreign = ContactFactory(site=elsewhere)
    body = {"with": str(foreign.pk), "dryRun": True}
    assert program.call("POST", f"contacts/{member.pk}/merge", body)[0] == 400
    assert stranger.call("POST", f"contacts/{member.pk}/merge", body)[0] == 404
    hidden = ContactFactory(site=elsewhere, kind=Kind.ANONYMOUS, email="")
    assert stranger.call("POST", f"contacts/{hidden.pk}/merge", {"with": str(foreign.pk), "dryRun": True})[0] == 404
    merged(program, member, lead)
    made = Merge.objects.get()
    assert stranger.get(f"merges/{made.pk}")[0] == 404
    assert stranger.call("POST", f"merges/{made.pk}/undo", {})[0] == 404
    assert stranger.get("merges")[1]["merges"] == []


def test_merges_are_listed_newest_first_page_by_page(
    program: Program, member: Contact, shop: Site, client: Client
) -> None:
    """API-2"""
    others = [ContactFactory(site=shop) for _ in range(3)]
    for other in others:
        assert merged(program, member, other)[0] == 201
    status, first = program.get("merges", limit="2")
    assert status == 200
    check(client, "merges", "get", 200, first)
    rest = program.get("merges", limit="2", since=first["next"])[1]
    listed = [one["absorbed"] for one in first["merges"] + rest["merges"]]
    assert listed == [str(other.pk) for other in reversed(others)]
    assert rest["next"] is None
    assert len(program.get("merges", contact=str(member.pk))[1]["merges"]) == 3
    assert program.get("merges", contact="7")[1]["merges"] == []
    for wrong in ({"limit": "0"}, {"limit": "x"}, {"since": "x"}, {"nope": "1"}):
        assert program.get("merges", **wrong)[0] == 400


def test_a_merge_is_read_and_undone(program: Program, member: Contact, lead: Contact, client: Client) -> None:
    """UNI-10: a second undo is refused with the reason."""
    made = merged(program, member, lead)[1]
    assert program.get(f"merges/{made['id']}") == (200, made)
    answered = program.client.generic("POST", f"/api/v1/merges/{made['id']}/undo")  # no body at all
    status, answer = answered.status_code, answered.json()
    assert status == 200
    check(client, "merges/{merge_id}/undo", "post", 200, answer)
    assert (answer["undone"], answer["undoneBy"]) == (True, "program")
    back = program.get(f"contacts/{lead.pk}")[1]
    assert (back["name"], "mergedFrom" in back) == ("Minsu", False)
    status, answer = program.call("POST", f"merges/{made['id']}/undo", {})
    assert (status, answer["error"]["code"]) == (409, "undone")


@pytest.mark.parametrize("name", ["x", "0", "9" * 30])
def test_a_merge_or_suggestion_that_is_none_is_not_found(program: Program, name: str) -> None:
    assert program.get(f"merges/{name}")[0] == 404
    assert program.call("POST", f"merges/{name}/undo", {})[0] == 404
    assert program.call("POST", f"merge-suggestions/{name}/dismiss", {})[0] == 404


def test_suggestions_are_listed_and_dismissed_for_good(
    program: Program, stranger: Program, member: Contact, lead: Contact, shop: Site, client: Client
) -> None:
    """UNI-12"""
    first, second = sorted((member, lead), key=lambda contact: contact.pk)
    row = MergeSuggestion.objects.create(
        site=shop, first=first, second=second, reason="sameEmail", value="x@example.com", at=timezone.now()
    )
    status, answer = program.get("merge-suggestions")
    check(client, "merge-suggestions", "get", status, answer)
    assert answer["suggestions"][0]["contacts"] == [str(first.pk), str(second.pk)]
    assert stranger.get("merge-suggestions")[1]["suggestions"] == []
    assert stranger.call("POST", f"merge-suggestions/{row.pk}/dismiss", {})[0] == 404
    assert program.call("POST", f"merge-suggestions/{row.pk}/dismiss", {"x": 1})[0] == 400
    for _ in range(2):
        assert program.call("POST", f"merge-suggestions/{row.pk}/dismiss", {})[0] == 204
    assert program.get("merge-suggestions")[1]["suggestions"] == []


def test_without_a_key_nothing_is_told(shop: Site) -> None:
    """API-2"""
    for path in ("merges", "merges/1", "merge-suggestions"):
        assert Client().get(f"/api/v1/{path}").status_code == 401
    for path in ("contacts/1/merge", "merges/1/undo", "merge-suggestions/1/dismiss"):
        assert Client().post(f"/api/v1/{path}", {}, content_type="application/json").status_code == 401
