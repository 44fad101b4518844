"""UNI-2, UNI-3: what a visitor types or a page tells moves nothing of anybody else, and its answer tells nothing.

Each attack is made twice: on a site that has the person, and on one that knows nobody. Whoever attacks sees the same,
but for the names that are drawn by lot.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from contacts.details import change_details
from contacts.models import Contact, Identity, Merge, Source
from contacts.suggesting import refresh_suggestions
from desk.actors import SYSTEM
from desk.models import Site
from tests.contacts.api.conftest import Page
from tests.contacts.browser import NOON
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

pytestmark = pytest.mark.django_db

EMAIL, PHONE = "kim@shop.example", "010-5555-1234"


@pytest.fixture
def member(shop: Site) -> Contact:
    """Kim, with something in every table that a visitor may have."""
    page = Page(shop)
    page.boot(memberId="kim", profile={"name": "Kim", "size": 7}, page="/private")
    kim = Contact.objects.get(site=shop)
    kim.site = shop
    told = {"email": EMAIL, "mobileNumber": PHONE, "memo": "secret"}
    kim = change_details(kim, told, source=Source.OPERATOR, source_label="Bob", actor=SYSTEM, now=NOON)
    ContactTagFactory(site=shop, contact=kim, tag=TagFactory(site=shop, name="VIP"))
    return kim


def rows_of(contact: Contact) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that belongs to the contact, and its own."""
    rows = {"contact": list(Contact.objects.filter(pk=contact.pk).values_list())}
    for relation in Contact._meta.related_objects:
        model: type[Model] = relation.related_model  # type: ignore[assignment]
        if model._meta.model_name not in {"pendingmerge", "mergesuggestion"}:  # what the desk is told, not Kim's
            label = f"{model._meta.label}.{relation.field.name}"
            rows[label] = list(model._base_manager.filter(**{relation.field.name: contact.pk}).values_list())
    return rows


def anonymised(page: Page, answer: tuple[int, Any]) -> tuple[int, str, list[str]]:
    """Status, body and names of the headers, without what is drawn by lot."""
    status, body = answer
    text = json.dumps(body, sort_keys=True)
    drawn = [page.veil_id, page.token, page.site.name]
    if isinstance(body, dict):
        user = body.get("user", body)
        drawn += [user.get("id"), (body.get("session") or {}).get("expiresAt")]
    for secret in filter(None, drawn):
        text = text.replace(json.dumps(secret)[1:-1], "*")
    return status, text, sorted(page.answer.headers)


def attack(site: Site, steps: list[Callable[[Page], tuple[int, Any]]]) -> list[tuple[int, str, list[str]]]:
    page = Page(site)
    return [anonymised(page, step(page)) for step in steps]


def boot(**told: Any) -> Callable[[Page], tuple[int, Any]]:
    def call(page: Page) -> tuple[int, Any]:
        answer = page.boot(**told)
        return page.answer.status_code, answer

    return call


def call(method: str, path: str, body: Any = None) -> Callable[[Page], tuple[int, Any]]:
    return lambda page: page.call(method, path, body)


ATTACKS = {
    "the follow-up form with the e-mail": [boot(), call("post", "me/contact", {"email": EMAIL})],
    "the follow-up form with the phone": [boot(), call("post", "me/contact", {"mobileNumber": PHONE})],
    "the form with everything known of Kim": [
        boot(),
        call("post", "me/contact", {"email": EMAIL.upper(), "mobileNumber": "+82 10 5555 1234", "name": "Kim"}),
    ],
    "a page that tells the e-mail at boot": [boot(profile={"email": EMAIL, "mobileNumber": PHONE})],
    "a page that tells it once": [boot(profileOnce={"email": EMAIL})],
    "updateUser": [boot(), call("patch", "me", {"profile": {"email": EMAIL, "mobileNumber": PHONE}})],
    "updateUser with a memberId": [boot(), call("patch", "me", {"profile": {"memberId": "kim"}})],
    "the memberId as a detail at boot": [
        lambda page: page.call("post", "boot", {"pluginKey": page.site.plugin_key, "profile": {"memberId": "kim"}})
    ],
    "the memberId as a veil id": [boot(veilId="kim"), call("get", "me")],
    "the form again and again": [boot(), *[call("post", "me/contact", {"email": EMAIL})] * 3, call("get", "me")],
    "the form, then a new visit": [boot(), call("post", "me/contact", {"email": EMAIL}), boot(), call("get", "me")],
    "the form, then signing up as somebody new": [
        boot(),
        call("post", "me/contact", {"email": EMAIL}),
        boot(memberId="mallory"),
        call("get", "me"),
    ],
}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_answer_is_that_for_an_unknown_value(shop: Site, elsewhere: Site, member: Contact, name: str) -> None:
    """UNI-3: status, body and headers, also after the search in the background and on a second try."""
    known, unknown = attack(shop, ATTACKS[name]), attack(elsewhere, ATTACKS[name])
    assert known == unknown
    for site in (shop, elsewhere):
        refresh_suggestions(site, NOON)
    assert attack(shop, ATTACKS[name]) == attack(elsewhere, ATTACKS[name])


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_of_the_member_moves(shop: Site, member: Contact, name: str) -> None:
    """UNI-2, UNI-3: row for row, in all tables, also after the search in the background."""
    before = rows_of(member)
    attack(shop, ATTACKS[name])
    refresh_suggestions(shop, NOON)
    attack(shop, ATTACKS[name])
    assert rows_of(member) == before
    assert not Merge.objects.filter(survivor=member).exists()


@pytest.mark.parametrize("name", ATTACKS)
def test_the_statements_are_those_for_an_unknown_value(shop: Site, elsewhere: Site, member: Contact, name: str) -> None:
    """UNI-3: the time it takes tells nothing, because nobody is looked up."""

    def statements(site: Site) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            attack(site, ATTACKS[name])
        return [re.sub(r"'(?:[^']|'')*'|\d+", "?", query["sql"]) for query in captured.captured_queries]

    assert statements(shop) == statements(elsewhere)


def test_what_was_typed_in_one_browser_opens_nothing_in_another(shop: Site, member: Contact) -> None:
    """UNI-3, BOOT-3: two browsers; only a memberId brings either to Kim, and only that one."""
    first, second = Page(shop), Page(shop)
    ids = [page.boot()["user"]["id"] for page in (first, second)]
    for page in (first, second):
        page.call("post", "me/contact", {"email": EMAIL, "mobileNumber": PHONE})
    refresh_suggestions(shop, NOON)
    assert [page.call("get", "me")[1]["id"] for page in (first, second)] == ids
    assert first.boot(memberId="kim")["user"]["id"] == str(member.pk)
    assert second.boot()["user"]["id"] == ids[1]
    assert second.call("get", "me")[1]["member"] is False


def test_a_member_id_alias_is_proven_as_any_member_id(shop: Site, member: Contact) -> None:
    """BOOT-2, UNI-6: the memberId of somebody who was absorbed opens nothing without its own hash."""
    member.aliases.create(site=shop, type="memberId", value="old-kim")
    shop.member_hash_mode = "required"
    shop.save()
    before = rows_of(member)
    told = {"pluginKey": shop.plugin_key, "memberId": "old-kim"}
    answers = [Page(shop).call("post", "boot", {**told, "memberHash": proof}) for proof in (None, "00" * 32)]
    assert [(status, answer["error"]["code"]) for status, answer in answers] == [
        (403, "member_hash_required"),
        (403, "member_hash_invalid"),
    ]
    assert rows_of(member) == before


def test_what_an_alias_is_told_about_is_not_told_by_the_answer(shop: Site, elsewhere: Site, member: Contact) -> None:
    """BOOT-2: refused alike whether the memberId exists, is an alias, or nobody's."""
    member.aliases.create(site=shop, type="memberId", value="old-kim")
    shop.member_hash_mode = "required"
    shop.save()
    answers = [
        Page(shop).call("post", "boot", {"pluginKey": shop.plugin_key, "memberId": name, "memberHash": "00" * 32})
        for name in ("kim", "old-kim", "nobody", "undefined")
    ]
    assert all(answer == answers[0] for answer in answers)


def test_a_full_member_is_not_opened_by_a_51st_browser(shop: Site, member: Contact) -> None:
    """BOOT-11: the visitor is served as somebody of their own, again and again, and nothing freezes."""
    Identity.objects.bulk_create(
        Identity(site=shop, contact=member, channel="web", key=f"n{n}", created_at=NOON) for n in range(49)
    )
    page = Page(shop)
    stranger = page.boot()["user"]["id"]
    for _ in range(25):
        user = page.boot(memberId="kim")["user"]
        assert (user["id"], user["member"], user["memberId"]) == (stranger, False, None)
    assert not Merge.objects.exists()


def test_a_linked_browser_reads_nothing_of_its_member(shop: Site, member: Contact) -> None:
    """UNI-3: pending changes nothing for the visitor; nobody gets a history because an operator typed a number."""
    page = Page(shop)
    user = page.boot()["user"]
    lead = Contact.objects.get(pk=int(user["id"]))
    change_details(lead, {"email": EMAIL}, source=Source.OPERATOR, source_label="", actor=SYSTEM, now=NOON)
    assert lead.pending_merges.get().member == member
    status, answer = page.call("get", "me")
    assert (status, answer["id"], answer["memberId"], answer["profile"], answer["tags"]) == (
        200,
        user["id"],
        None,
        {},
        [],
    )


def test_an_operator_s_lookalike_lead_keeps_its_own_page(shop: Site, member: Contact) -> None:
    """UNI-4: a typed value that an operator merely re-types is an operator's word, and only then."""
    lead = ContactFactory(site=shop)
    change_details(lead, {"email": EMAIL}, source=Source.FORM, source_label="", actor=SYSTEM, now=NOON)
    assert Contact.objects.filter(pk=lead.pk).exists()
    change_details(lead, {"email": EMAIL}, source=Source.OPERATOR, source_label="", actor=SYSTEM, now=NOON)
    assert not Contact.objects.filter(pk=lead.pk).exists()
