"""FIL-9, FIL-11: what the filter builder asks while somebody edits."""

import datetime
import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact, Event, ProfileField
from desk.models import Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, SegmentFactory, TagFactory

LIST = "/desk/contacts/contact/"
BASE = f"{LIST}filter/"
NOW = datetime.datetime(2026, 11, 22, 5, tzinfo=datetime.UTC)


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def check(client: Client, data: Any, query: str = "") -> Any:
    return client.post(f"{BASE}check/{query}", json.dumps(data), content_type="application/json")


def test_the_catalogue_names_every_field_with_its_operators(desk: Client, shop: Site, elsewhere: Site) -> None:
    """FIL-9: custom fields of this site included, of another site not."""
    ProfileField.objects.create(site=shop, key="size", label="Shoe size", type="number")
    ProfileField.objects.create(site=elsewhere, key="secret", type="text")
    catalogue = desk.get(f"{BASE}fields/").json()
    fields = {field["key"]: field for field in catalogue["fields"]}
    assert fields["profile.size"]["label"] == "Shoe size"
    assert {"name": "between", "label": "is between", "takes": "two"} in catalogue["operators"]["number"]
    assert fields["kind"]["operators"] == ["is", "isNot"]
    assert [choice["value"] for choice in fields["kind"]["choices"]] == ["lead", "member"]
    assert "tags" in fields
    assert "profile.secret" not in fields
    assert {group["name"] for group in catalogue["groups"]} >= {field["group"] for field in catalogue["fields"]}


def test_values_that_occur_are_suggested(desk: Client, shop: Site, elsewhere: Site) -> None:
    """FIL-9, SITE-2"""
    for site, name in ((shop, "VIP"), (shop, "new"), (elsewhere, "VIP elsewhere")):
        TagFactory(site=site, name=name)
    values = desk.get(f"{BASE}values/", {"key": "tags", "q": "vip"}).json()["values"]
    assert [value["label"] for value in values] == ["VIP"]


@pytest.mark.parametrize("parameters", [{"key": "nothing"}, {}, {"key": "tags", "q": "\x00"}])
def test_suggestions_for_what_is_no_field_are_not_found(desk: Client, parameters: dict[str, str]) -> None:
    """Fail loudly on the unknown."""
    assert desk.get(f"{BASE}values/", parameters).status_code == 404


def test_a_filter_is_counted_and_said_in_words(desk: Client, shop: Site) -> None:
    """FIL-9: the number of matches while one edits, within kind and search of the list."""
    ContactFactory(site=shop, name="Kim", country="KR")
    ContactFactory(site=shop, name="Lee", country="KR")
    ContactFactory(site=shop, name="Kim Sato", country="JP")
    korea = {"and": [{"key": "country", "op": "is", "values": ["KR"]}]}
    answer = check(desk, korea).json()
    assert answer["count"] == 2
    assert "Country" in answer["sentence"]
    assert check(desk, korea, "?q=kim").json()["count"] == 1
    assert check(desk, korea, "?kind=member").json()["count"] == 0
    assert check(desk, {}).json() == {"filter": {}, "sentence": "", "count": 3}


def test_what_takes_whole_values_only_is_told(desk: Client) -> None:
    """FIL-9: tags and segments are chosen, never typed in part; countries can be named by the browser."""
    fields = {field["key"]: field for field in desk.get(f"{BASE}fields/").json()["fields"]}
    assert {key for key, field in fields.items() if field.get("strict")} >= {"kind", "tags", "segment"}
    assert "strict" not in fields["country"]
    assert fields["country"]["codes"] == "region"
    assert fields["language"]["codes"] == "language"


def test_properties_of_an_event_that_occur_are_offered(desk: Client, shop: Site, elsewhere: Site) -> None:
    """FIL-6, FIL-9, SITE-2"""
    for site, property_ in ((shop, {"amount": 5, "coupon": "spring"}), (elsewhere, {"secret": "x"})):
        contact = ContactFactory(site=site)
        Event.objects.create(site=site, contact=contact, name="Order", at=NOW, property=property_)
    assert desk.get(f"{BASE}properties/", {"key": "event.Order"}).json()["properties"] == [
        {"name": "amount", "type": "number", "values": []},
        {"name": "coupon", "type": "text", "values": ["spring"]},
    ]
    assert desk.get(f"{BASE}properties/", {"key": "event.Never"}).json() == {"properties": []}


def test_a_long_filter_is_listed_counted_and_edited_by_its_key(desk: Client, shop: Site) -> None:
    """FIL-9, FIL-11: ten thousand ids fit into no address; its key means the same people."""
    for number in range(3):
        ContactFactory(site=shop, name=f"Member {number}", member_id=f"m{number}")
    document = {"and": [{"key": "memberId", "op": "is", "values": [f"m{number}" for number in range(1, 10_001)]}]}
    key = desk.post(f"{BASE}keep/", json.dumps(document), content_type="application/json").json()["f"]
    html = desk.get(LIST, {"f": key}).content.decode()
    assert "Member 1" in html
    assert "Member 0" not in html
    assert len(html) < 60_000
    assert ">2 people<" in desk.get(f"{LIST}count/", {"f": key}).content.decode()
    assert desk.get(f"{BASE}kept/", {"f": key}).json() == {"document": document}
    assert desk.get(LIST, {"f": key, "kind": "lead"}).content.decode().count("data-row>") == 0


def test_everybody_of_a_long_filter_can_be_chosen_by_its_key(desk: Client, shop: Site) -> None:
    """LIST-3: the page was not sent the filter; an action names it as the address does."""
    contacts = [ContactFactory(site=shop, member_id=f"m{number}") for number in range(3)]
    document = {"and": [{"key": "memberId", "op": "is", "values": [f"m{number}" for number in range(1, 3_000)]}]}
    key = desk.post(f"{BASE}keep/", json.dumps(document), content_type="application/json").json()["f"]
    chosen = {"filter": key, "search": "", "exclude": []}
    answer = desk.post(f"{LIST}actions/block/", {"selection": json.dumps(chosen), "expectedCount": "2"})
    assert answer.status_code == 204, answer.content
    assert [Contact.objects.get(pk=contact.pk).blocked for contact in contacts] == [False, True, True]


def test_a_long_filter_in_the_address_does_not_travel_with_every_link(desk: Client, shop: Site) -> None:
    """screens.md: at most 60 kB of HTML."""
    ContactFactory(site=shop, name="Kim", member_id="m1")
    document = {"and": [{"key": "memberId", "op": "is", "values": [f"m{number}" for number in range(1, 3_000)]}]}
    response = desk.get(LIST, {"filter": json.dumps(document), "kind": "member"}, follow=True)
    html = response.content.decode()
    assert len(response.request["QUERY_STRING"]) < 100
    assert "kind=member" in response.request["QUERY_STRING"]
    assert "Kim" in html
    assert len(html) < 60_000
    address = unescape(re.search(r'id="list-count"[^>]*hx-get="([^"]*)"', html)[1])  # type: ignore[index]
    assert ">1 person<" in desk.get(address).content.decode()


@pytest.mark.parametrize("key", ["0" * 32, "x", "'; --"])
def test_an_unknown_key_lists_nobody_and_says_so(desk: Client, shop: Site, key: str) -> None:
    """FIL-11: a filter that is no longer kept is not "no filter"."""
    ContactFactory(site=shop, name="Kim")
    response = desk.get(LIST, {"f": key})
    assert response.status_code == 400
    assert "no longer kept" in response.content.decode()
    assert "data-row" not in response.content.decode()
    assert desk.get(f"{BASE}kept/", {"f": key}).status_code == 400


def test_a_refused_filter_is_not_kept(desk: Client) -> None:
    """FIL-11"""
    document = {"and": [{"key": "nothing", "op": "is", "values": [1]}]}
    response = desk.post(f"{BASE}keep/", json.dumps(document), content_type="application/json")
    assert response.status_code == 400
    assert response.json()["problems"][0]["path"] == "and[0].key"


def test_an_address_that_names_two_filters_is_refused(desk: Client) -> None:
    """FIL-11: nothing is ever ignored."""
    korea = json.dumps({"and": [{"key": "country", "op": "is", "values": ["KR"]}]})
    assert desk.get(LIST, {"filter": korea, "f": "0" * 32}).status_code == 400
    assert desk.get(LIST, {"edit": "x"}).status_code == 400


def test_a_refused_filter_of_the_address_can_be_mended_in_the_builder(desk: Client, shop: Site) -> None:
    """FIL-9, FIL-11: the page lists nobody, but tells its script what was refused."""
    gone = {"and": [{"key": "tags", "op": "anyOf", "values": ["gone"]}]}
    html = desk.get(LIST, {"filter": json.dumps(gone)}).content.decode()
    data = json.loads(unescape(re.search(r'data-list="([^"]*)"', html)[1]))  # type: ignore[index]
    assert data["own"] == gone
    assert data["filter"] == {}


def test_segments_are_named_in_the_builder(desk: Client, shop: Site) -> None:
    """FIL-9: a condition on a segment holds its id; people read its name."""
    segment = SegmentFactory(site=shop, name="Korea")
    document = json.dumps({"not": {"key": "segment", "op": "in", "values": [str(segment.pk)]}})
    html = desk.get(LIST, {"filter": document}).content.decode()
    data = json.loads(unescape(re.search(r'data-list="([^"]*)"', html)[1]))  # type: ignore[index]
    assert data["names"] == {"segment": {str(segment.pk): "Korea"}}


def test_terms_that_matched_nobody_are_named_late(desk: Client, shop: Site) -> None:
    """FIL-5: with their number, all of them to copy; the list itself does not wait for it."""
    ContactFactory(site=shop, member_id="m1")
    document = {"and": [{"key": "memberId", "op": "is", "values": ["m1", *(f"x{number}" for number in range(20))]}]}
    query = {"filter": json.dumps(document)}
    page = desk.get(LIST, query).content.decode()
    assert "matched nobody" not in page
    address = unescape(re.search(r'id="filter-unmatched"[^>]*hx-get="([^"]*)"', page)[1])  # type: ignore[index]
    html = desk.get(address).content.decode()
    assert "Member ID: 20 of 21 terms matched nobody:" in html
    assert "x11…" in html
    assert "\nx19</pre>" in html
    single = {"and": [{"key": "memberId", "op": "is", "values": ["m1"]}]}
    assert (
        "hx-get"
        not in re.search(  # type: ignore[index]
            r'id="filter-unmatched"[^>]*>', desk.get(LIST, {"filter": json.dumps(single)}).content.decode()
        )[0]
    )


def test_when_every_term_matched_it_says_so(desk: Client, shop: Site) -> None:
    """FIL-5"""
    for number in range(2):
        ContactFactory(site=shop, member_id=f"m{number}")
    document = {"and": [{"key": "memberId", "op": "is", "values": ["m0", "m1"]}]}
    html = desk.get(f"{BASE}unmatched/", {"filter": json.dumps(document)}).content.decode()
    assert "Every term matched somebody." in html
    assert desk.get(f"{BASE}unmatched/", {"filter": "{"}).content == b""


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"not": {"or": [{"key": "member", "op": "is", "values": [1]}]}}, "not.or[0].values[0]"),
        ({"and": [{"key": "nothing", "op": "is", "values": [1]}]}, "and[0].key"),
        ({"and": [{"key": "country", "op": "gt", "values": ["KR"]}]}, "and[0].op"),
        ({"and": [{"key": "sessionsCount", "op": "is", "values": ["many"]}]}, "and[0].values[0]"),
        ([], ""),
        ("x", ""),
    ],
)
def test_a_refused_filter_says_where_and_why_and_counts_nobody(desk: Client, data: Any, path: str) -> None:
    """FIL-1, FIL-11"""
    response = check(desk, data)
    assert response.status_code in (200, 400)
    if data == []:
        return  # JSON null-like documents are the empty filter or refused; never a count of a wrong one
    assert response.status_code == 400
    assert response.json()["problems"][0]["path"].startswith(path)
    assert "count" not in response.json()


def test_what_is_no_json_is_refused(desk: Client) -> None:
    """FIL-11"""
    for text in ("{", b"\xff", "[" * 3_000, '{"and": [{"key": "age", "op": "gt", "values": [NaN]}]}'):
        assert desk.post(f"{BASE}check/", text, content_type="application/json").status_code == 400


def test_a_document_of_ten_megabytes_is_refused_as_too_large(desk: Client) -> None:
    """FIL-11: with a reason the builder can show, not with an error page."""
    response = desk.post(f"{BASE}check/", "x" * 10_000_000, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["problems"][0]["code"] == "too_large"
