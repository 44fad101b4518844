"""LOOK-1, LOOK-2, LOOK-6, LOOK-7: Settings → Chats → Lookups: the editor, the key, trying, the list of calls."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chats.admin.lookup_calls import PAGE
from chats.lookups.settings import ApiDraft, QueryDraft, ResultDraft, create_api, draft_of
from chats.models import LookupApi, LookupCall
from contacts.models import Contact, ProfileField
from desk import outbound
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Role, Site
from desk.outbound import Answer, Call
from desk.outbound_errors import OutboundFailed
from tests.chats.people import NOON, room_of
from tests.conftest import client_of
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory

PAGES = ["change", "delete", "try", "people", "calls"]
POSTS = ["switch", "move", "key", "replace_key"]
HEAD = {"name": "Orders", "url": "https://crm.example/customer", "signed": "on"}


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def orders(shop: Site) -> LookupApi:
    """Asks by the memberId; two of its values have a field of the person."""
    ProfileField.objects.create(site=shop, key="manager", type="text")
    draft = ApiDraft(
        "Orders",
        "https://crm.example/customer?token=hush",
        query_items=[QueryDraft("Member", "memberId", kind="chatField", required=True, channels=["web", "app"])],
        result_items=[
            ResultDraft("Tier", "tier"),
            ResultDraft("Manager", "manager", "profile.manager"),
            ResultDraft("Address", "address", "address"),
        ],
    )
    return create_api(shop, draft, actor=SYSTEM, now=NOON).api


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Call]]:
    """The company's system as a test wants it; answers what it was asked."""

    def plays(document: Any = None, status: int = 200, fails: str = "") -> list[Call]:
        asked: list[Call] = []

        def call(request: Call, **_: Any) -> Answer:
            asked.append(request)
            if fails:
                raise OutboundFailed(fails, host="crm.example")
            return Answer("crm.example", status, json.dumps(document).encode(), 340)

        monkeypatch.setattr(outbound, "call", call)
        return asked

    return plays


def at(name: str, api: LookupApi | None = None) -> str:
    return reverse(f"admin:chat_lookup_{name}", args=[api.pk] if api else [])


def filled(**rows: dict[str, Any]) -> dict[str, Any]:
    """A form as a browser sends it: ``query_a={…}`` is the row ``a`` of the question, in the order given."""
    data: dict[str, Any] = {**HEAD, "query": [], "result": []}
    usual = {
        "query": {"kind": "general", "control": "text", "max_length": "100", "chat_field": "id"},
        "result": {"field": ""},
    }
    for name, fields in rows.items():
        items, _, key = name.partition("_")
        data[items].append(key)
        data |= {f"{items}-{key}-{field}": value for field, value in {**usual[items], **fields}.items()}
    return data


ANSWERED = {"result_a": {"label": "Tier", "data_name": "tier"}}


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {name: list(found) for name, found in response.context["form"].errors.items()}


# --- who may ---


def test_only_administrators_of_the_site_open_and_send(
    orders: LookupApi, alice: Operator, bob: Operator, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3"""
    for name in ("add", *PAGES):
        path = at(name, None if name == "add" else orders)
        told = [client_of(person).get(path).status_code for person in (alice, bob, victor, charlie)]
        assert told == [200, 403, 403, 200 if name == "add" else 404], name
    for name in POSTS:
        told = [client_of(person).post(at(name, orders)).status_code for person in (bob, victor, charlie)]
        assert told == [403, 403, 404], name
        assert client_of(alice).get(at(name, orders)).status_code == 405, name


def test_empty_page_says_what_it_is_for(client: Client) -> None:
    """An empty state with the next step."""
    shown = client.get(reverse("admin:chat_lookups")).content.decode()
    assert "empty-state" in shown
    assert at("add") in shown


def test_list_tells_host_channels_and_last_call_in_few_statements(
    client: Client, orders: LookupApi, shop: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """LOOK-1: the rest of the address may hold a key and is not shown; more lookups cost no more statements."""
    LookupCall.objects.create(site=shop, api=orders, automatic=False, outcome="timeout", at=NOON)
    page = reverse("admin:chat_lookups")
    with django_assert_max_num_queries(40) as few:
        shown = client.get(page).content.decode()
    assert "crm.example" in shown
    assert "hush" not in shown
    assert "by itself: Web, App" in shown
    assert "did not answer within 10 seconds" in shown
    for number in range(4):
        create_api(shop, draft_named(orders, f"More {number}"), actor=SYSTEM, now=NOON)
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(page)


def draft_named(api: LookupApi, name: str) -> ApiDraft:
    draft = draft_of(api)
    return ApiDraft(name, draft.url, draft.signed, draft.query_items, draft.result_items)


# --- the editor ---


def test_lookup_is_made_with_rows_in_the_order_of_the_page(client: Client, shop: Site) -> None:
    """LOOK-1, LOOK-2: and the answer shows the key."""
    data = filled(
        query_n2={"label": "Area", "variable": "area", "control": "dropDown", "options": "Seoul | 02\nBusan\n"},
        query_n1={"label": "Order", "kind": "chatField", "chat_field": "parameters.", "parameter": "orderNo"},
        query_n3={"label": "Member", "kind": "chatField", "chat_field": "memberId", "channels": ["app", "web"]},
        query_n4={"label": "Note", "variable": "note", "default": "none", "required": "on", "max_length": "20"},
        **ANSWERED,
    )
    response = client.post(at("add"), data)
    api = LookupApi.objects.get(site=shop)
    assert api.secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    draft = draft_of(api)
    assert draft.query_items == [
        QueryDraft(
            "Area",
            "area",
            control="dropDown",
            options=[{"value": "02", "label": "Seoul"}, {"value": "Busan", "label": "Busan"}],
            channels=[],
        ),
        QueryDraft("Order", "parameters.orderNo", kind="chatField", options=[], channels=[]),
        QueryDraft("Member", "memberId", kind="chatField", options=[], channels=["web", "app"]),
        QueryDraft("Note", "note", default="none", required=True, max_length=20, options=[], channels=[]),
    ]
    assert draft.result_items == [ResultDraft("Tier", "tier")]


def test_errors_stand_in_their_rows_and_what_was_typed_stays(client: Client, shop: Site) -> None:
    """LOOK-2: everything that is missing at once; then what the rule refuses, at the very field."""
    response = client.post(
        at("add"),
        filled(
            query_a={"label": "Kept words", "max_length": ""},
            query_b={"label": "", "kind": "chatField", "chat_field": "parameters."},
            result_a={"label": "", "data_name": "tier"},
        )
        | {"url": ""},
    )
    assert set(errors(response)) == {
        "url",
        "query-a-variable",
        "query-a-max_length",
        "query-b-label",
        "query-b-parameter",
        "result-a-label",
    }
    shown = response.content.decode()
    assert 'value="Kept words"' in shown
    assert "6 things need another look" in shown


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ({"query_b": {"label": "Twice", "variable": "area"}}, "query-b-variable"),
        ({"query_b": {"label": "Wrong", "variable": "1 area"}}, "query-b-variable"),
        ({"query_b": {"label": "Long", "variable": "b", "default": "x" * 9, "max_length": "8"}}, "query-b-default"),
        ({"query_b": {"label": "None", "variable": "b", "control": "dropDown"}}, "query-b-options"),
        (
            {"query_b": {"label": "P", "kind": "chatField", "chat_field": "parameters.", "parameter": "x" * 90}},
            "query-b-parameter",
        ),
        ({"result_b": {"label": "Same", "data_name": "tier"}}, "result-b-data_name"),
    ],
)
def test_rule_is_heard_at_its_place(rows: dict[str, Any], place: str, client: Client, shop: Site) -> None:
    """LOOK-2"""
    data = filled(query_a={"label": "Area", "variable": "area"}, **ANSWERED, **rows)
    assert list(errors(client.post(at("add"), data))) == [place]
    assert not LookupApi.objects.exists()


def test_wrong_option_is_named_by_its_line(client: Client, shop: Site) -> None:
    """LOOK-2"""
    row = {"label": "Area", "variable": "area", "control": "dropDown", "options": "Seoul\nBusan\nSeoul"}
    found = errors(client.post(at("add"), filled(query_a=row, **ANSWERED)))
    assert found == {"query-a-options": ["Option 3: The option “Seoul” is there twice."]}


def test_lookup_without_anything_to_show_is_refused_at_the_list(client: Client, shop: Site) -> None:
    """LOOK-2"""
    data = filled(query_a={"label": "Area", "variable": "area"})
    assert errors(client.post(at("add"), data)) == {"result": ["Say which values of the answer are shown."]}


def test_page_sends_back_what_it_shows(client: Client, orders: LookupApi) -> None:
    """LOOK-1: saving without a change changes nothing, whatever the items are."""
    form = client.get(at("change", orders)).context["form"]
    data: dict[str, Any] = {"name": orders.name, "url": orders.url, "signed": "on", "query": [], "result": []}
    for items, rows in (("query", form.query), ("result", form.result)):
        for row in rows:
            data[items].append(row.key)
            data |= {row.form[name].html_name: row.form[name].value() or "" for name in row.form.fields}
    assert client.post(at("change", orders), data).status_code == 302
    assert not AuditEntry.objects.filter(action="lookupapi.change").exists()
    data["name"] = "Claims"
    client.post(at("change", orders), data)
    orders.refresh_from_db()
    assert orders.name == "Claims"


# --- key, state, order ---


def test_key_is_hidden_until_it_is_asked_for(client: Client, orders: LookupApi) -> None:
    """LOOK-1, LOOK-7: that it was shown is in the audit log; a replaced one ends."""
    assert orders.secret not in client.get(at("change", orders)).content.decode()
    assert orders.secret in client.post(at("key", orders), headers={"hx-request": "true"}).content.decode()
    assert AuditEntry.objects.filter(action="lookupapi.showSecret").count() == 1
    shown = client.post(at("replace_key", orders)).content.decode()
    before = orders.secret
    orders.refresh_from_db()
    assert orders.secret != before
    assert orders.secret in shown


def test_lookup_is_switched_moved_and_deleted(client: Client, orders: LookupApi, shop: Site) -> None:
    """LOOK-1"""
    other = create_api(shop, draft_named(orders, "Claims"), actor=SYSTEM, now=NOON).api
    client.post(at("move", other), {"to": "up"})
    assert [api.name for api in LookupApi.objects.filter(site=shop)] == ["Claims", "Orders"]
    client.post(at("switch", orders), {"on": "0"})
    assert LookupApi.objects.get(pk=orders.pk).active is False
    client.post(at("switch", orders), {"on": "1"})
    assert LookupApi.objects.get(pk=orders.pk).active is True
    client.post(at("delete", orders))
    assert list(LookupApi.objects.filter(site=shop)) == [other]


# --- trying ---


@pytest.fixture
def minji(shop: Site) -> Contact:
    minji = ContactFactory(site=shop, name="Minji", member_id="minji")
    minji.profile.address = "1 Known street"
    minji.profile.save()
    return minji  # type: ignore[no-any-return]


def tried(client: Client, api: LookupApi, **data: str) -> HttpResponse:
    return client.post(at("try", api), data, headers={"hx-request": "true"})  # type: ignore[return-value]


def test_try_shows_values_time_and_what_would_be_written(
    client: Client, orders: LookupApi, minji: Contact, company: Callable[..., list[Call]]
) -> None:
    """LOOK-1, LOOK-6: and nothing is written but the call."""
    asked = company({"data": {"tier": "VVIP", "manager": "Kim", "address": "2 Other street", "unshown": "x"}})
    response = tried(client, orders, contact=str(minji.pk))
    assert [json.loads(call.body) for call in asked] == [{"memberId": "minji"}]  # of the person, for nobody typed it
    shown: Any = response.context["shown"]
    assert shown.took == "0.34 s"
    assert shown.values == [("Tier", "VVIP"), ("Manager", "Kim"), ("Address", "2 Other street")]
    lines = [(line.planned.field_label, line.now, line.text, line.words) for line in shown.lines]
    assert lines == [
        ("Manager", "", "Kim", "would be written"),
        ("Address", "1 Known street", "2 Other street", "stays as it is"),
    ]
    minji.refresh_from_db()
    assert minji.profile.values == {}
    call = LookupCall.objects.get(api=orders)
    assert (call.outcome, call.chat, call.operator_name) == ("ok", None, "Alice")


def test_typed_value_is_asked_with_and_a_missing_one_is_said_at_its_field(
    client: Client, orders: LookupApi, company: Callable[..., list[Call]]
) -> None:
    """LOOK-1"""
    asked = company({"data": {}})
    assert errors(tried(client, orders)) == {"value-0": ["This field is required."]}
    assert not asked
    assert "What would be written" not in tried(client, orders, **{"value-0": "haruto"}).content.decode()
    assert json.loads(asked[0].body) == {"memberId": "haruto"}


@pytest.mark.parametrize(
    ("plays", "sentence"),
    [
        ({"document": {"error": {"message": "Nobody."}}, "status": 400}, "There is no result."),
        ({"document": {}, "status": 500}, "crm.example has a fault of its own (500). Try again later."),
        ({"fails": "address_refused"}, "crm.example lies in a private network, which may not be called from here."),
    ],
)
def test_failed_try_says_why(
    plays: dict[str, Any], sentence: str, client: Client, orders: LookupApi, company: Callable[..., list[Call]]
) -> None:
    """LOOK-3, LOOK-7"""
    company(**plays)
    shown: Any = tried(client, orders, **{"value-0": "haruto"}).context["shown"]
    assert shown.outcome.sentence == sentence
    assert shown.values == []


def test_masked_administrator_tries_without_seeing(
    shop: Site, orders: LookupApi, minji: Contact, company: Callable[..., list[Call]]
) -> None:
    """SITE-4: neither what is known of the person nor what comes back."""
    eve = OperatorFactory(name="Eve", email="eve@example.com")
    MembershipFactory(site=shop, operator=eve, role=Role.ADMIN, sees_personal_data=False)
    company({"data": {"tier": "gold@example.com", "address": "2 Other street"}})
    shown = tried(client_of(eve), orders, contact=str(minji.pk)).content.decode()
    assert "What would be written to Minji" in shown
    assert "street" not in shown
    assert "gold@" not in shown


def test_people_of_another_site_cannot_be_chosen(
    client: Client, orders: LookupApi, elsewhere: Site, company: Callable[..., list[Call]]
) -> None:
    """SITE-2"""
    stranger = ContactFactory(site=elsewhere, name="Stranger", member_id="stranger")
    asked = company({"data": {}})
    assert errors(tried(client, orders, contact=str(stranger.pk)))
    assert not asked
    assert "Stranger" not in client.get(at("people", orders), {"q": "stranger"}).content.decode()


# --- calls ---


def test_calls_are_listed_with_their_sentence_and_chat(
    client: Client, orders: LookupApi, shop: Site, minji: Contact
) -> None:
    """LOOK-7"""
    room = room_of(minji)
    shared = {"site": shop, "api": orders, "operator_name": "Bob", "at": NOON, "milliseconds": 1500}
    LookupCall.objects.create(**shared, chat=room, automatic=True, outcome="ok")
    LookupCall.objects.create(**shared, automatic=False, outcome="fault", status=503)
    shown = client.get(at("calls", orders)).content.decode()
    for words in (f"#{room.number}", "by itself, for Bob", "1.50 s", "crm.example has a fault of its own (503)"):
        assert words in shown
    failed = client.get(at("calls", orders), {"failed": "1"}).content.decode()
    assert "by itself, for Bob" not in failed
    assert "(503)" in failed


def test_older_calls_stand_on_further_pages(
    client: Client, orders: LookupApi, shop: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """LOOK-7: each once, in few statements."""
    for number in range(PAGE + 3):
        LookupCall.objects.create(
            site=shop, api=orders, automatic=False, outcome="ok", at=NOON, operator_name=str(number)
        )
    with django_assert_max_num_queries(25):
        first = client.get(at("calls", orders))
    rest = client.get(f"{at('calls', orders)}?{first.context['older']}")
    names = [call.by for page in (first, rest) for call in page.context["calls"]]
    assert names == [str(number) for number in reversed(range(PAGE + 3))]
    assert client.get(at("calls", orders), {"from": "x"}).status_code == 404
