"""LOOK-1, LOOK-2: setting up lookups."""

import dataclasses
import datetime

import pytest

from chats.lookups.drafts import check_draft
from chats.lookups.settings import (
    MAX_APIS,
    ApiDraft,
    LookupRefused,
    QueryDraft,
    ResultDraft,
    api_of,
    apis_of,
    change_api,
    create_api,
    delete_api,
    draft_of,
    move,
    replace_secret,
    switch,
)
from chats.models import LookupApi, LookupQueryItem
from contacts.models import ProfileField
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tests.chats.lookups.company import GRADE, PHONE, api_at, draft
from tests.chats.people import NOON

LATER = NOON + datetime.timedelta(minutes=1)
NATION = QueryDraft(
    "Nation",
    "nation",
    control="dropDown",
    default="korea",
    options=[{"value": "korea", "label": "Korea"}, {"value": "japan", "label": "Japan"}],
)


def names(site: Site) -> list[str]:
    return [api.name for api in apis_of(site)]


def refused(site: Site, wanted: ApiDraft) -> tuple[str, str]:
    with pytest.raises(LookupRefused) as caught:
        create_api(site, wanted, actor=SYSTEM, now=NOON)
    assert caught.value.message
    return caught.value.code, caught.value.path


def test_a_lookup_is_kept_as_it_was_drafted(shop: Site, elsewhere: Site) -> None:
    """LOOK-1, LOOK-2, SITE-2"""
    ProfileField.objects.create(site=shop, key="tier", type="text")
    wanted = draft(query=[PHONE, NATION], results=[GRADE, ResultDraft("Tier", "tier", "profile.tier")])
    new = create_api(shop, wanted, actor=SYSTEM, now=NOON)
    api = api_of(shop, new.api.pk)
    assert api is not None
    assert api_of(elsewhere, api.pk) is None
    assert draft_of(api) == check_draft(wanted)
    assert len(new.secret) == 32
    assert LookupApi.objects.get().secret == new.secret


def test_the_key_is_sealed_and_replaced(shop: Site) -> None:
    """LOOK-1, LOOK-7: nobody who reads the table reads the key, and the log does not tell it."""
    new = create_api(shop, draft(), actor=SYSTEM, now=NOON)
    stored = LookupApi.objects.extra(select={"raw": "secret"}).values_list("raw", flat=True).get()
    assert new.secret not in stored
    secret = replace_secret(new.api, actor=SYSTEM)
    assert secret != new.secret
    assert LookupApi.objects.get().secret == secret
    assert not any(secret in str(entry.details) for entry in AuditEntry.objects.all())


def test_a_change_is_noted_by_its_fields_and_asks_anew(shop: Site) -> None:
    """LOOK-1, LOOK-7"""
    api = api_at(shop)
    assert not change_api(api, draft(), actor=SYSTEM, now=LATER)
    assert change_api(api, draft("https://shop.test/?key=1", query=[PHONE, NATION]), actor=SYSTEM, now=LATER)
    fresh = api_of(shop, api.pk)
    assert fresh is not None
    assert [item.variable for item in fresh.query_items.all()] == ["phone", "nation"]
    assert fresh.changed_at == LATER
    entry = AuditEntry.objects.get(action="lookupapi.change")
    assert entry.details == {"name": "Orders", "fields": ["url", "query_items"]}


def test_lookups_are_moved_switched_and_deleted(shop: Site, alice: Operator) -> None:
    """LOOK-1"""
    actor = Actor.of_operator(alice)
    one, two, three = (api_at(shop, name=name) for name in "123")
    assert move(three, up=True, actor=actor)
    assert not move(one, up=True, actor=actor)
    assert names(shop) == ["1", "3", "2"]
    assert switch(two, False, actor=actor, now=LATER)
    assert not switch(two, False, actor=actor, now=LATER)
    assert [api.name for api in apis_of(shop, active_only=True)] == ["1", "3"]
    assert delete_api(one, actor=actor)
    assert not delete_api(one, actor=actor)
    assert LookupQueryItem.objects.filter(api=one.pk).count() == 0
    with pytest.raises(LookupRefused):
        change_api(one, draft(name="x"), actor=actor, now=LATER)
    with pytest.raises(LookupRefused):
        replace_secret(one, actor=actor)


def test_a_name_is_taken_once_and_a_site_has_enough(shop: Site, elsewhere: Site) -> None:
    """LOOK-1"""
    one = api_at(shop)
    api_at(elsewhere)
    assert refused(shop, draft(name="ORDERS")) == ("name_taken", "name")
    assert change_api(one, draft(name="orders"), actor=SYSTEM, now=NOON)
    for number in range(MAX_APIS - 1):
        api_at(shop, name=str(number))
    assert refused(shop, draft(name="more")) == ("apis_full", "name")


def test_the_list_costs_the_same_for_any_number(shop: Site, django_assert_num_queries: object) -> None:
    """LOOK-1: lookups, what they ask, what they show; no key is read."""
    for number in range(3):
        api_at(shop, name=str(number))
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert all(draft_of(api) for api in apis_of(shop))


QUERY = [
    (dataclasses.replace(PHONE, label=" "), "label", "label"),
    (dataclasses.replace(PHONE, kind="other"), "kind", "kind"),
    (dataclasses.replace(PHONE, variable="shoeSize"), "field_of_chat", "variable"),
    (dataclasses.replace(PHONE, variable="parameters."), "field_of_chat", "variable"),
    (dataclasses.replace(PHONE, channels=["web", "fax"]), "channel", "channels"),
    (dataclasses.replace(PHONE, max_length=0), "max_length", "max_length"),
    (dataclasses.replace(NATION, variable="1st"), "variable", "variable"),
    (dataclasses.replace(NATION, variable="나라"), "variable", "variable"),
    (dataclasses.replace(NATION, control="slider"), "kind", "control"),
    (dataclasses.replace(NATION, default="china"), "default_unknown", "default"),
    (dataclasses.replace(NATION, control="text", default="x" * 101), "default_too_long", "default"),
    (dataclasses.replace(NATION, options=[]), "options_none", "options"),
    (dataclasses.replace(NATION, options=[{"value": " "}]), "option", "options.0"),
    (dataclasses.replace(NATION, options=[{"value": "korea"}, {"value": "korea"}]), "option_twice", "options.1"),
    (dataclasses.replace(NATION, max_length=3), "option_too_long", "options.0"),
]


@pytest.mark.parametrize(("item", "code", "path"), QUERY)
def test_what_cannot_be_asked_names_its_place(item: QueryDraft, code: str, path: str, shop: Site) -> None:
    """LOOK-2"""
    assert refused(shop, draft(query=[QueryDraft("Free", "free"), item])) == (code, f"query_items.1.{path}")


@pytest.mark.parametrize(
    ("results", "code", "path"),
    [
        ([], "results_none", ""),
        ([ResultDraft("", "grade")], "label", ".0.label"),
        ([GRADE, ResultDraft("Points", " ")], "data_name", ".1.data_name"),
        ([GRADE, ResultDraft("Again", "grade")], "data_name_twice", ".1.data_name"),
        ([ResultDraft("Born", "born", "birthDate")], "field", ".0.field"),
        ([ResultDraft("Age", "age", "profile.age")], "field", ".0.field"),
        ([ResultDraft("New", "new", "profile.unheardOf")], "field", ".0.field"),
        ([ResultDraft("A", "a", "name"), ResultDraft("B", "b", "name")], "field_twice", ".1.field"),
    ],
)
def test_what_cannot_be_shown_or_kept_names_its_place(
    results: list[ResultDraft], code: str, path: str, shop: Site
) -> None:
    """LOOK-2, LOOK-6: only text fields that there are."""
    ProfileField.objects.create(site=shop, key="age", type="number")
    assert refused(shop, draft(results=results)) == (code, f"result_items{path}")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example/", "https_needed"),
        ("https://127.0.0.1/", "address_refused"),
        ("https://[::ffff:127.0.0.1]/", "address_refused"),
        ("https://2130706433/", "address_refused"),
        ("https://alice:pw@shop.example/", "url_user"),
        ("shop.example", "url_invalid"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_when_it_is_set(url: str, code: str, shop: Site) -> None:
    """LOOK-7"""
    assert refused(shop, draft(url)) == (code, "url")


def test_a_variable_is_sent_once(shop: Site) -> None:
    """LOOK-2: also when one is filled in and the other comes from the chat."""
    twice = draft(query=[PHONE, QueryDraft("Typed", "phone")])
    assert refused(shop, twice) == ("variable_twice", "query_items.1.variable")
