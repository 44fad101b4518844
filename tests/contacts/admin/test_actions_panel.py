"""LIST-3, TAG-3, JOB-4: an action on the selected people: its form, what it would do, doing it."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from contacts.bulk import run_now
from contacts.models import Contact
from desk.models import Job, Operator, Site
from tags.models import ContactTag
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

ATTACH = "/desk/contacts/contact/actions/attachTags/"
DETACH = "/desk/contacts/contact/actions/detachTags/"
DELETE = "/desk/contacts/contact/actions/delete/"


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def send(client: Client, url: str, tags: list[str], selection: Any, expected: int | None = None, **more: str) -> Any:
    data = {"tags": tags, "selection": json.dumps(selection), "expectedCount": json.dumps(expected)}
    return client.post(url, {**data, **more})


def preview(client: Client, url: str, selection: Any, expected: int, **form: Any) -> str:
    """The preview of an action as the panel shows it."""
    data = {"selection": json.dumps(selection), "expectedCount": json.dumps(expected), "step": "preview"}
    response: Any = client.post(url, {**data, **form})
    assert response.status_code == 200
    return str(response.content.decode())


def confirm(client: Client, url: str, shown: str) -> Any:
    """Press what the preview offers."""
    [job] = re.findall(r'name="confirm_preview" value="(\d+)"', shown)
    return client.post(url, {"confirm_preview": job})


def ids(*people: Contact) -> dict[str, list[str]]:
    return {"ids": [str(person.pk) for person in people]}


def tagged(name: str) -> list[str]:
    return sorted(Contact.objects.filter(tag_attachments__tag__name=name).values_list("name", flat=True))


def test_ticked_people_get_the_tags(desk: Client, shop: Site) -> None:
    """LIST-3, TAG-3: a toast says how many; the page stays."""
    people = [ContactFactory(site=shop, name=name) for name in "abc"]
    response = send(desk, ATTACH, ["VIP"], {"ids": [str(people[0].pk), str(people[2].pk)]}, 2)
    assert response.status_code == 204
    toast = json.loads(response["HX-Trigger"])["toast"]
    assert toast == {"level": "success", "text": "2 changed", "undo": f"/desk/jobs/{Job.objects.get().pk}/undo/"}
    assert tagged("VIP") == ["a", "c"]
    again = send(desk, ATTACH, ["vip"], {"ids": [str(people[0].pk)]}, 1)
    toast = json.loads(again["HX-Trigger"])["toast"]
    assert toast == {"level": "success", "text": "0 changed · 1 was already so"}  # nothing to undo


def test_all_matching_less_some_get_the_tags(desk: Client, shop: Site) -> None:
    """LIST-3: "all N matching" is the filter and the search of the list, with the number that was shown."""
    people = [ContactFactory(site=shop, name=f"Kim {n}", country="KR" if n < 4 else "JP") for n in range(6)]
    korea = {"and": [{"key": "country", "op": "is", "values": ["KR"]}]}
    send(desk, ATTACH, ["VIP"], {"filter": korea, "search": "kim", "exclude": [str(people[1].pk)]}, 3)
    assert tagged("VIP") == ["Kim 0", "Kim 2", "Kim 3"]


def test_nothing_happens_when_more_match_than_were_shown(desk: Client, shop: Site) -> None:
    """LIST-3: the set is the one a person saw."""
    ContactFactory.create_batch(3, site=shop)
    response = send(desk, ATTACH, ["VIP"], {"filter": {}, "search": "", "exclude": []}, 2)
    assert response.status_code == 200
    shown = response.content.decode()
    assert "you chose 2 people, and 3 match now" in shown
    assert 'data-take-new="3"' in shown  # the list again, with all of them chosen
    assert tagged("VIP") == []


def test_tags_are_detached(desk: Client, shop: Site) -> None:
    """TAG-3"""
    tag, person = TagFactory(site=shop, name="VIP"), ContactFactory(site=shop)
    ContactTagFactory(site=shop, contact=person, tag=tag)
    send(desk, DETACH, ["VIP"], {"ids": [str(person.pk)]}, 1)
    assert not ContactTag.objects.exists()


@pytest.mark.parametrize("selection", [None, {}, [], {"ids": "1"}, {"ids": [True]}, {"filter": {}}, {"foo": 1}, "x"])
def test_what_is_no_selection_changes_nobody(desk: Client, shop: Site, selection: Any) -> None:
    """FIL-11: never everybody by mistake."""
    ContactFactory(site=shop)
    response = send(desk, ATTACH, ["VIP"], selection)
    assert response.status_code == 200
    assert "Nothing was changed" in response.content.decode()
    assert not ContactTag.objects.exists()


def test_people_of_another_site_are_not_touched(charlie: Operator, shop: Site) -> None:
    """SITE-2"""
    person = ContactFactory(site=shop)
    send(client_of(charlie), ATTACH, ["VIP"], {"ids": [str(person.pk)]}, 1)
    assert not ContactTag.objects.exists()


def test_a_form_without_tags_says_so_and_changes_nobody(desk: Client, shop: Site) -> None:
    """An error by field, nothing lost."""
    response = send(desk, ATTACH, [], {"ids": [str(ContactFactory(site=shop).pk)]}, 1)
    assert "errorlist" in response.content.decode()


def test_a_viewer_finds_no_actions_and_may_do_none(victor: Operator, shop: Site) -> None:
    """SITE-3"""
    person = ContactFactory(site=shop)
    client = client_of(victor)
    assert "data-action=" not in client.get("/desk/contacts/contact/").content.decode()
    assert client.get(ATTACH).status_code == 403
    assert send(client, ATTACH, ["VIP"], {"ids": [str(person.pk)]}, 1).status_code == 403


def test_an_unknown_action_is_not_found(desk: Client) -> None:
    """Fail loudly on the unknown."""
    assert desk.get("/desk/contacts/contact/actions/erase/").status_code == 404


def test_preview_tells_what_would_happen_and_writes_nothing(desk: Client, shop: Site) -> None:
    """JOB-4: will change, already so, not allowed, with counts, examples and reasons."""
    new, has, full = (ContactFactory(site=shop, name=name) for name in ("New", "Has", "Full"))
    ContactTagFactory(site=shop, contact=has, tag=TagFactory(site=shop, name="VIP"))
    for _ in range(20):
        ContactTagFactory(site=shop, contact=full, tag=TagFactory(site=shop))
    shown = preview(desk, ATTACH, ids(new, has, full), 3, tags=["VIP"])
    for words in ("1 would change", "1 is already so", "1 is left alone", "Would carry more than 20 tags."):
        assert words in shown
    for person in (new, has, full):
        assert f"/desk/contacts/contact/{person.pk}/change/" in shown
    assert tagged("VIP") == ["Has"]


def test_confirmed_preview_is_done_to_the_very_people_it_showed(desk: Client, shop: Site) -> None:
    """JOB-4: whatever is ticked by then."""
    first, second = ContactFactory(site=shop, name="a"), ContactFactory(site=shop, name="b")
    shown = preview(desk, ATTACH, ids(first, second), 2, tags=["VIP"])
    assert "Attach tags: 2 people" in shown
    response = confirm(desk, ATTACH, shown)
    assert response.status_code == 204
    assert json.loads(response["HX-Trigger"])["toast"]["text"] == "2 changed"
    assert tagged("VIP") == ["a", "b"]


def test_preview_that_is_out_of_date_is_not_carried_out(desk: Client, shop: Site) -> None:
    """LIST-3: more match than it showed; it says by how many."""
    ContactFactory(site=shop)
    shown = preview(desk, ATTACH, {"filter": {}}, 1, tags=["VIP"])
    ContactFactory(site=shop)
    answer = confirm(desk, ATTACH, shown).content.decode()
    assert "you chose 1 people, and 2 match now" in answer
    assert "confirm_preview" not in re.sub(r"<input[^>]*>", "", answer)
    assert tagged("VIP") == []


def test_where_nothing_would_change_there_is_nothing_to_confirm(desk: Client, shop: Site) -> None:
    """JOB-4"""
    person = ContactFactory(site=shop)
    ContactTagFactory(site=shop, contact=person, tag=TagFactory(site=shop, name="VIP"))
    shown = preview(desk, ATTACH, ids(person), 1, tags=["VIP"])
    assert "So there is nothing to do." in shown
    assert "btn-primary" not in shown


def test_what_erases_is_never_done_before_its_preview(alice: Operator, shop: Site) -> None:
    """JOB-4, RET-8: the form has no other button, and posting without it does nothing."""
    desk, people = client_of(alice), [ContactFactory(site=shop) for _ in range(2)]
    form = desk.get(DELETE).content.decode()
    assert re.findall(r'<button[^>]*type="submit"[^>]*>', form)[0].count('value="preview"') == 1
    data = {"reason": "withdrawn", "confirm": "2", "selection": json.dumps(ids(*people)), "expectedCount": "2"}
    assert "look at the preview first" in desk.post(DELETE, data).content.decode()
    assert Contact.objects.count() == 2
    shown = preview(desk, DELETE, ids(*people), 2, reason="withdrawn", confirm="2")
    for words in ("2 would be deleted", "This cannot be undone.", "Delete: 2 people"):
        assert words in shown
    toast = json.loads(confirm(desk, DELETE, shown)["HX-Trigger"])["toast"]
    assert "undo" not in toast
    assert not Contact.objects.exists()


def test_number_of_people_is_asked_before_the_preview(alice: Operator, shop: Site) -> None:
    """RET-8: whoever deletes many says how many."""
    shown = preview(client_of(alice), DELETE, ids(ContactFactory(site=shop), ContactFactory(site=shop)), 2, reason="x")
    assert "Enter 2 to confirm" in shown
    assert not Job.objects.exists()


def test_many_are_previewed_and_done_in_the_background(desk: Client, shop: Site) -> None:
    """JOB-1, JOB-4: the panel asks how far it is until it has ended; the page never stands still."""
    Contact.objects.bulk_create([ContactFactory.build(site=shop, customer_number=n) for n in range(1, 1_002)])
    shown = preview(desk, ATTACH, {"filter": {}}, 1_001, tags=["VIP"])
    assert "data-action-live" in shown
    dry = Job.objects.get()
    look = f"{ATTACH}jobs/{dry.pk}/"
    assert f'hx-get="{look}"' in shown
    assert "data-action-live" in desk.get(look).content.decode()
    run_now(dry)
    shown = desk.get(look).content.decode()
    assert "1,001 would change" in shown
    assert "So many are done in the background" in shown
    begun = confirm(desk, ATTACH, shown)
    assert "data-action-live" in begun.content.decode()
    assert json.loads(begun["HX-Trigger"]) == {"jobs-changed": {}}
    job = Job.objects.get(dry_run=False)
    run_now(job)
    ended = desk.get(f"{ATTACH}jobs/{job.pk}/")
    assert "1,001 changed" in ended.content.decode()
    assert f"/desk/jobs/{job.pk}/undo/" in ended.content.decode()
    assert json.loads(ended["HX-Trigger"]) == {"people-changed": {}, "jobs-changed": {}}


def test_preview_of_somebody_else_is_not_there(desk: Client, alice: Operator, charlie: Operator, shop: Site) -> None:
    """SITE-2, SITE-3: neither to look at nor to confirm; nor by another action, nor one that is no preview."""
    shown = preview(desk, ATTACH, ids(ContactFactory(site=shop)), 1, tags=["VIP"])
    job = Job.objects.get()
    for other in (alice, charlie):
        assert client_of(other).get(f"{ATTACH}jobs/{job.pk}/").status_code == 404
        assert confirm(client_of(other), ATTACH, shown).status_code == 404
    assert desk.get(f"{DETACH}jobs/{job.pk}/").status_code == 404
    assert confirm(desk, DETACH, shown).status_code == 404
    Job.objects.update(dry_run=False)
    assert confirm(desk, ATTACH, shown).status_code == 404
    assert tagged("VIP") == []


@pytest.mark.parametrize("job", ["", "x", "9" * 30, "-1"])
def test_what_is_no_preview_is_not_confirmed(desk: Client, shop: Site, job: str) -> None:
    """Fail loudly on the unknown."""
    assert desk.post(ATTACH, {"confirm_preview": job}).status_code == 404


def test_names_in_a_preview_are_masked_for_who_may_not_see_them(bob: Operator, shop: Site) -> None:
    """SITE-4: somebody without a name is called by a phone number or an e-mail."""
    bob.memberships.update(sees_personal_data=False)
    person = ContactFactory(site=shop, name="", email="kim@example.com")
    shown = preview(client_of(bob), ATTACH, ids(person), 1, tags=["VIP"])
    assert "kim@" not in shown
    assert "@example.com" in shown
