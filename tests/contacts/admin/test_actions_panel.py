"""LIST-3, TAG-3: an action on the selected people."""

import json
from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact
from desk.models import Operator, Site
from tags.models import ContactTag
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

ATTACH = "/desk/contacts/contact/actions/attachTags/"
DETACH = "/desk/contacts/contact/actions/detachTags/"


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def send(client: Client, url: str, tags: list[str], selection: Any, expected: int | None = None) -> Any:
    return client.post(url, {"tags": tags, "selection": json.dumps(selection), "expectedCount": json.dumps(expected)})


def tagged(name: str) -> list[str]:
    return sorted(Contact.objects.filter(tag_attachments__tag__name=name).values_list("name", flat=True))


def test_ticked_people_get_the_tags(desk: Client, shop: Site) -> None:
    """LIST-3, TAG-3: a toast says how many; the page stays."""
    people = [ContactFactory(site=shop, name=name) for name in "abc"]
    response = send(desk, ATTACH, ["VIP"], {"ids": [str(people[0].pk), str(people[2].pk)]}, 2)
    assert response.status_code == 204
    assert json.loads(response["HX-Trigger"])["toast"]["text"] == "2 contacts changed"
    assert tagged("VIP") == ["a", "c"]
    again = send(desk, ATTACH, ["vip"], {"ids": [str(people[0].pk)]}, 1)
    assert "already so" in json.loads(again["HX-Trigger"])["toast"]["text"]


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
    assert "you chose 2 people, and 3 match now" in response.content.decode()
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
