"""LIST-1, LIST-2, FIL-11: the contacts list in the desk."""

import datetime
import json
import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.adding import add_contact
from contacts.models import Contact, Kind, ProfileField, Source
from desk.actors import Actor
from desk.models import Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
LIST = "/desk/contacts/contact/"


def names_in(html: str) -> list[str]:
    """The names in the rows, in order."""
    return re.findall(r'<a class="cell-person"[^>]*><span[^>]*>[^<]*</span><span>([^<]*)</span>', html)


def listed(client: Client, **parameters: str) -> list[str]:
    response = client.get(LIST, parameters)
    assert response.status_code == 200, response.content.decode()
    return names_in(response.content.decode())


@pytest.fixture
def desk(alice: Operator) -> Client:
    """Alice's browser."""
    return client_of(alice)


def test_the_list_shows_leads_and_members_of_this_site_and_nobody_else(
    desk: Client, shop: Site, elsewhere: Site
) -> None:
    """LIST-1, KIND-5, SITE-2"""
    ContactFactory(site=shop, name="Lead")
    ContactFactory(site=shop, name="Member", member_id="m-1")
    ContactFactory(site=shop, name="Passer-by", kind=Kind.ANONYMOUS)
    ContactFactory(site=elsewhere, name="Stranger")
    assert sorted(listed(desk)) == ["Lead", "Member"]


def test_the_latest_visitor_comes_first(desk: Client, shop: Site) -> None:
    """LIST-2: last seen, newest first, is the order nobody asked for."""
    for hours, name in ((5, "earlier"), (1, "just now"), (40, "long ago")):
        ContactFactory(site=shop, name=name, created_at=NOW - datetime.timedelta(hours=hours))
    assert listed(desk) == ["just now", "earlier", "long ago"]
    assert listed(desk, o="name") == ["earlier", "just now", "long ago"]
    assert listed(desk, o="-name") == ["long ago", "just now", "earlier"]


def test_html_in_names_is_text(desk: Client, shop: Site) -> None:
    """Issue: HTML in names is shown as text everywhere."""
    evil = '<script>alert("x")</script>'
    contact = ContactFactory(site=shop, name=evil, city=evil, values={"note": evil}, memo=evil)
    ProfileField.objects.create(site=shop, key="note", label=evil, type="text")
    tag = TagFactory(site=shop, name="<b>tag")
    ContactTagFactory(site=shop, contact=contact, tag=tag)
    desk.post(f"{LIST}columns/save/", {"columns": ["name", "city", "memo", "tags", "profile.note"]})
    for url in (
        LIST,
        f"{LIST}?q=script",
        f"{LIST}?q={evil}",
        reverse("admin:contacts_contact_change", args=[contact.pk]),
    ):
        html = desk.get(url).content.decode()
        assert "<script>alert" not in html
        assert "<b>tag" not in html


@pytest.mark.parametrize(
    "typed",
    [
        "서연",
        "이서",
        "010-1234-5678",
        "01012345678",
        "+82 10 1234 5678",
        "1234",
        "5678",
        "seo.yeon@",
        "SEO.YEON@EXAMPLE.COM",
        "member-7",
        "MEMBER",
    ],
)
def test_quick_search_finds_a_person_by_any_part_in_any_spelling(desk: Client, shop: Site, typed: str) -> None:
    """LIST-1: part of a name, phone in any spelling, e-mail, memberId."""
    details = {
        "name": "이서연",
        "mobileNumber": "010-1234-5678",
        "email": "Seo.Yeon@example.com",
        "memberId": "member-7",
    }
    add_contact(shop, details, actor=Actor("system", "test"), source=Source.OPERATOR, now=NOW)
    add_contact(
        shop,
        {"name": "김민수", "mobileNumber": "010-9999-0000"},
        actor=Actor("system", "test"),
        source=Source.OPERATOR,
        now=NOW,
    )
    assert listed(desk, q=typed) == ["이서연"]


def test_quick_search_finds_a_person_by_customer_number(desk: Client, shop: Site) -> None:
    """LIST-1"""
    added = add_contact(
        shop,
        {"name": "김민수", "mobileNumber": "010-9999-0000"},
        actor=Actor("system", "test"),
        source=Source.OPERATOR,
        now=NOW,
    )
    assert listed(desk, q=f"#{added.contact.customer_number}") == ["김민수"]


def test_search_filter_and_kind_combine(desk: Client, shop: Site) -> None:
    """LIST-1: quick search and filter combine."""
    ContactFactory(site=shop, name="Kim one", country="KR")
    ContactFactory(site=shop, name="Kim two", country="JP")
    ContactFactory(site=shop, name="Lee", country="KR")
    ContactFactory(site=shop, name="Kim three", country="KR", member_id="m")
    korea = json.dumps({"and": [{"key": "country", "op": "is", "values": ["KR"]}]})
    assert sorted(listed(desk, q="kim", filter=korea)) == ["Kim one", "Kim three"]
    assert listed(desk, q="kim", filter=korea, kind="lead") == ["Kim one"]


def test_a_segment_opens_its_people_under_its_name(desk: Client, shop: Site) -> None:
    """LIST-1, SEG-2"""
    ContactFactory(site=shop, name="Kim", country="KR")
    ContactFactory(site=shop, name="Sato", country="JP")
    segment = SegmentFactory(
        site=shop, name="Japan", filter={"and": [{"key": "country", "op": "is", "values": ["JP"]}]}
    )
    html = desk.get(LIST, {"segment": str(segment.pk)}).content.decode()
    assert names_in(html) == ["Sato"]
    assert "<h1>Japan</h1>" in html


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"foo": "1"}, "foo"),
        ({"p": "2"}, "p"),
        ({"filter": "{"}, ""),
        ({"filter": '{"and": [{"key": "nothing", "op": "is", "values": [1]}]}'}, "and[0].key"),
        ({"kind": "anonymous"}, "kind"),
        ({"segment": "77"}, "values"),
        ({"segment": "x'--"}, "values"),
        ({"o": "password"}, "o"),
        ({"after": "x", "before": "y"}, "after"),
        ({"q": "\x00"}, "q"),
        ({"q": "x" * 201}, "q"),
    ],
)
def test_an_address_that_is_not_understood_lists_nobody_and_says_why(
    desk: Client, shop: Site, parameters: dict[str, str], path: str
) -> None:
    """FIL-11: never the unfiltered list; unknown query parameters are refused."""
    ContactFactory(site=shop, name="Kim")
    response = desk.get(LIST, parameters)
    html = response.content.decode()
    assert response.status_code == 400
    assert "This list cannot be shown" in html
    assert path in html
    assert names_in(html) == []
    count = desk.get(f"{LIST}count/", parameters).content.decode()
    assert "data-count" not in count
    fragment = desk.get(LIST, parameters, headers={"hx-request": "true", "hx-target": "people"})
    assert fragment.status_code == 200
    assert "This list cannot be shown" in fragment.content.decode()


@pytest.mark.parametrize("parameter", ["after", "before"])
def test_a_place_not_made_here_lists_nobody(desk: Client, shop: Site, parameter: str) -> None:
    """FIL-11, LIST-2"""
    ContactFactory(site=shop, name="Kim")
    response = desk.get(LIST, {parameter: "x"})
    assert response.status_code == 400
    assert "not known" in response.content.decode()
    assert names_in(response.content.decode()) == []


def test_the_same_parameter_twice_is_refused(desk: Client) -> None:
    """FIL-11"""
    assert desk.get(f"{LIST}?kind=lead&kind=member").status_code == 400


def test_a_filter_that_takes_too_long_lists_nobody_and_says_so(
    desk: Client, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FIL-11: the clock is the outside world here: no time at all is given."""
    ContactFactory.create_batch(300, site=shop, memo="x" * 400)
    monkeypatch.setattr("contacts.time_limit._SQLITE_STEPS", 1)
    monkeypatch.setattr("contacts.admin.list_view.LIST_SECONDS", 0.001)
    slow = json.dumps({"and": [{"key": "memo", "op": "contains", "values": [f"y{n}" for n in range(3000)]}]})
    response = desk.post(f"{LIST}filter/check/", slow, content_type="application/json")
    assert response.status_code == 200
    response = desk.get(LIST, {"filter": slow}, follow=True)
    assert response.status_code == 503
    assert "took too long" in response.content.decode()
    assert "did not come in time" in response.content.decode()


def test_the_count_is_exact_and_comes_by_itself(desk: Client, shop: Site) -> None:
    """LIST-2: the page holds no count; it is asked right after, for the same people."""
    ContactFactory.create_batch(3, site=shop, country="KR")
    ContactFactory(site=shop, country="JP")
    korea = json.dumps({"and": [{"key": "country", "op": "is", "values": ["KR"]}]})
    html = desk.get(LIST, {"filter": korea}).content.decode()
    assert "3 people" not in html
    url = re.search(r'id="list-count"[^>]*hx-get="([^"]*)"', html)
    assert url
    counted = desk.get(url[1].replace("&amp;", "&")).content.decode()
    assert 'data-count="3"' in counted
    assert "3 people" in counted


def pages(client: Client, url: str) -> Iterator[list[str]]:
    """Follow "Next" to the end."""
    while url:
        html = client.get(url).content.decode()
        yield names_in(html)
        following = re.search(r'<a rel="next" href="([^"]*)"', html)
        url = f"{LIST}{following[1].replace('&amp;', '&')}" if following else ""


def test_pages_keep_filter_order_and_search(desk: Client, shop: Site) -> None:
    """LIST-2: links keep filter and order; nobody is missing, nobody comes twice."""
    for number in range(120):
        ContactFactory(site=shop, name=f"Kim {number:03}", country="KR" if number % 5 else "JP")
    korea = json.dumps({"and": [{"key": "country", "op": "is", "values": ["KR"]}]})
    seen = list(pages(desk, f"{LIST}?{'filter=' + korea.replace(' ', '%20')}&o=name&q=kim"))
    assert [len(page) for page in seen] == [50, 46]
    assert [name for page in seen for name in page] == [f"Kim {n:03}" for n in range(120) if n % 5]


def test_the_way_back_leads_to_the_same_people(desk: Client, shop: Site) -> None:
    """LIST-2: "Previous" of the second page is the first."""
    for number in range(60):
        ContactFactory(site=shop, name=f"Kim {number:02}")
    first = desk.get(f"{LIST}?o=name").content.decode()
    second = desk.get(LIST + link(first, "next")).content.decode()
    assert names_in(second) == [f"Kim {n}" for n in range(50, 60)]
    again = desk.get(LIST + link(second, "prev")).content.decode()
    assert names_in(again) == names_in(first)
    assert 'rel="prev"' not in again


def link(html: str, rel: str) -> str:
    found = re.search(rf'<a rel="{rel}" href="([^"]*)"', html)
    assert found
    return found[1].replace("&amp;", "&")


def test_htmx_gets_the_rows_without_the_frame(desk: Client, shop: Site) -> None:
    """LIST-2: paging and sorting change the rows in place."""
    ContactFactory(site=shop, name="Kim")
    response = desk.get(LIST, headers={"hx-request": "true", "hx-target": "people"})
    html = response.content.decode()
    assert names_in(html) == ["Kim"]
    assert "<html" not in html
    assert 'id="list-paging"' in html


def test_an_operator_sees_the_columns_chosen_on_this_site(desk: Client, shop: Site, bob: Operator) -> None:
    """LIST-2: columns are chosen per operator, custom profile fields included."""
    ProfileField.objects.create(site=shop, key="size", label="Shoe size", type="number")
    ContactFactory(site=shop, name="Kim", city="Busan", values={"size": 265.5})
    ContactFactory(site=shop, name="Lee")
    assert desk.post(f"{LIST}columns/save/", {"columns": ["profile.size", "city"]}).status_code == 204
    html = desk.get(LIST).content.decode()
    assert "Shoe size" in html
    assert "265.5" in html
    assert "Busan" in html
    assert "Mobile number" not in re.search(r"<thead>.*</thead>", html, re.DOTALL)[0]  # type: ignore[index]
    assert names_in(html)  # the name leads to the person and is always there
    others = client_of(bob).get(LIST).content.decode()
    assert "Shoe size" not in others
    assert listed(desk, o="-profile.size") == ["Kim", "Lee"]


def test_an_unknown_column_is_refused(desk: Client) -> None:
    """LIST-2"""
    assert desk.post(f"{LIST}columns/save/", {"columns": ["name", "password"]}).status_code == 400


def test_choosing_no_columns_brings_the_first_ones_back(desk: Client, shop: Site, alice: Operator) -> None:
    """LIST-2"""
    desk.post(f"{LIST}columns/save/", {"columns": ["city"]})
    desk.post(f"{LIST}columns/save/", {})
    alice.refresh_from_db()
    assert alice.preferences["columns"] == {}


def test_a_column_whose_field_is_gone_is_left_out(desk: Client, shop: Site) -> None:
    """LIST-2"""
    field = ProfileField.objects.create(site=shop, key="size", type="number")
    ContactFactory(site=shop, name="Kim")
    desk.post(f"{LIST}columns/save/", {"columns": ["name", "profile.size"]})
    field.delete()
    assert listed(desk) == ["Kim"]


def test_the_dialog_offers_every_column(desk: Client, shop: Site) -> None:
    """LIST-2"""
    ProfileField.objects.create(site=shop, key="size", label="Shoe size", type="number")
    html = desk.get(f"{LIST}columns/").content.decode()
    for label in ("Shoe size", "Customer number", "Tags", "Last seen"):
        assert label in html


PERSONAL = {
    "mobile_number": "+821012345678",
    "email": "kim.secret@example.com",
    "landline_number": "+8225551234",
    "birth_date": datetime.date(1990, 2, 3),
    "address": "Mapo-gu 77",
}
EVERYTHING = ["name", "mobileNumber", "email", "landlineNumber", "birthDate", "address"]
SECRETS = ("1234-5678", "12345678", "kim.secret", "555-1234", "5551234", "1990", "Mapo-gu")


def test_personal_data_is_masked_for_who_may_not_see_it(shop: Site, victor: Operator, alice: Operator) -> None:
    """SITE-4: in the list, also on the page of the person and in the palette."""
    contact = ContactFactory(site=shop, name="Kim", **PERSONAL)
    for operator, hidden in ((victor, True), (alice, False)):
        client = client_of(operator)
        client.post(f"{LIST}columns/save/", {"columns": EVERYTHING})
        html = client.get(LIST).content.decode()
        palette = json.dumps(client.get("/desk/palette/", {"q": "kim"}).json(), ensure_ascii=False)
        page = client.get(reverse("admin:contacts_contact_change", args=[contact.pk])).content.decode()
        for secret in SECRETS:
            if hidden:
                assert secret not in html
                assert secret not in palette
                assert secret not in page
        assert ("kim.secret" in html) is not hidden
        assert ("••••5678" in html) is hidden


def test_who_sees_masked_data_cannot_sort_by_it(shop: Site, victor: Operator) -> None:
    """SITE-4: an order tells what a mask hides."""
    ContactFactory(site=shop, name="Kim", **PERSONAL)
    client = client_of(victor)
    assert client.get(LIST, {"o": "email"}).status_code == 400
    assert "?o=email" not in client.get(LIST).content.decode()


def test_a_site_without_people_says_how_to_get_some(desk: Client, shop: Site) -> None:
    """screens.md: an empty state has the next step."""
    html = desk.get(LIST).content.decode()
    assert "Nobody here yet" in html
    assert shop.plugin_key in html
    assert "/plugin.js" in html


def test_nobody_matching_leads_back_to_everybody(desk: Client, shop: Site) -> None:
    """screens.md: an empty state has the next step."""
    ContactFactory(site=shop, name="Kim")
    assert "Nobody matches" in desk.get(LIST, {"q": "zzz"}).content.decode()


def test_the_sidebar_counts_managed_contacts_exactly(desk: Client, shop: Site, elsewhere: Site) -> None:
    """LIST-1: All with the MU number, Leads, Members."""
    ContactFactory.create_batch(3, site=shop)
    ContactFactory.create_batch(2, site=shop, kind=Kind.ANONYMOUS)
    ContactFactory(site=shop, member_id="m")
    ContactFactory(site=elsewhere)
    html = desk.get(LIST).content.decode()
    for label in ("All", "Leads", "Members"):
        assert re.search(rf'class="nav-label">{label}<', html)
    counts = desk.get("/desk/counts/").json()["counts"]
    assert counts[LIST] == 4
    assert counts[f"{LIST}?kind=lead"] == 3
    assert counts[f"{LIST}?kind=member"] == 1


def test_one_hangul_syllable_is_enough_for_the_palette(desk: Client, shop: Site) -> None:
    """screens.md: go to a person by name; a Korean surname is one syllable."""
    ContactFactory(site=shop, name="김민수")
    hits = desk.get("/desk/palette/", {"q": "김"}).json()["hits"]
    assert [hit["label"] for hit in hits] == ["김민수"]


def test_the_palette_finds_people(desk: Client, shop: Site, elsewhere: Site) -> None:
    """screens.md: Ctrl-K goes to a person by name, phone, e-mail, memberId, customer number."""
    kim = ContactFactory(site=shop, name="Kim Minsu", email="kim@example.com")
    ContactFactory(site=elsewhere, name="Kim Elsewhere")
    hits = desk.get("/desk/palette/", {"q": "minsu"}).json()["hits"]
    assert [hit["label"] for hit in hits] == ["Kim Minsu"]
    assert hits[0]["url"] == reverse("admin:contacts_contact_change", args=[kim.pk])
    assert desk.get("/desk/palette/", {"q": "elsewhere"}).json()["hits"] == []


def tables_of(captured: CaptureQueriesContext) -> list[str]:
    """Of each statement the table it is about."""
    found = []
    for query in captured:
        table = re.search(r'(?:FROM|UPDATE|INTO) "(\w+)"', query["sql"])
        found.append(table[1] if table else query["sql"].split(" ")[0])
    return found


def test_the_first_page_costs_a_handful_of_statements(shop: Site, bob: Operator) -> None:
    """speed.md, rule 7: named, and the same for fifty rows as for one."""
    tag = TagFactory(site=shop, name="vip")
    for number in range(60):
        contact = ContactFactory(site=shop, name=f"P{number}")
        ContactTagFactory(site=shop, contact=contact, tag=tag)
    client = client_of(bob)
    client.get(LIST)
    with CaptureQueriesContext(connection) as captured:
        client.get(LIST)
    statements = [table for table in tables_of(captured) if table not in {"SAVEPOINT", "RELEASE", "SELECT", "BEGIN"}]
    # who asks, whether a second factor is owed, for which site
    assert statements[:4] == ["django_session", "desk_operator", "otp_totp_totpdevice", "desk_membership"]
    about_people = [table for table in statements if table.startswith(("contacts_", "tags_contact"))]
    assert about_people == [
        "contacts_profilefield",  # which columns there are
        "contacts_contact",  # the rows
        "tags_contactgrade",  # the grades of all rows
        "tags_contacttag",  # the tags of all rows
        "contacts_profilefield",  # whether there is a custom field to set
    ]
    # The rest is the frame's: segments in the sidebar, sites of the switcher, whether there are tags to detach.
    assert len(statements) <= 12, statements


def test_the_page_is_light(shop: Site, alice: Operator) -> None:
    """screens.md: at most 60 kB of HTML for a list page."""
    tags = [TagFactory(site=shop, name=f"tag {n}") for n in range(3)]
    for number in range(55):
        contact = ContactFactory(
            site=shop,
            name=f"Person {number}",
            member_id=f"m{number}",
            email=f"p{number}@example.com",
            mobile_number=f"+8210123456{number:02}",
        )
        for tag in tags:
            ContactTagFactory(site=shop, contact=contact, tag=tag)
    html = client_of(alice).get(LIST).content
    assert len(names_in(html.decode())) == 50
    assert len(html) <= 60_000


@pytest.mark.parametrize("path", ["", "count/", "columns/", "filter/fields/", "add/", "actions/attachTags/"])
def test_a_stranger_is_sent_to_the_sign_in(path: str, shop: Site) -> None:
    """SITE-3"""
    response = Client().get(f"{LIST}{path}")
    assert response.status_code == 302
    assert "/login/" in response["location"]


def test_names_without_any_handle_show_the_customer_number(desk: Client, shop: Site) -> None:
    """Every row can be opened."""
    contact = ContactFactory(site=shop, name="", customer_number=77)
    assert listed(desk) == ["#77"]
    assert Contact.objects.get(pk=contact.pk).name == ""
