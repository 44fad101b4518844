"""Subject access: a whole life, and nobody else's."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from contacts.details import change_details
from contacts.events import page_view, record_events
from contacts.holds import place_hold
from contacts.merging import merge
from contacts.models import Contact, ContactImport, Event, ImportRow, Kind, Source
from contacts.undoing import undo_merge
from contacts.visits import visitor_of
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site, Webhook, WebhookDelivery
from tests.contacts.browser import DAY, NOON, Browser
from tests.contacts.subject_access.opened import NOW, told
from tests.contacts.test_erasing import a_life
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


def values_of(rows: list[dict[str, Any]], key: str) -> list[Any]:
    return [row[key] for row in rows]


def test_a_whole_life_is_told(shop: Site, alice: Operator) -> None:
    """Details with their sources, accounts, what was ever known, visits, events, tags, unifications and old names."""
    member = a_life(shop, Actor.of_operator(alice))
    data = told(member).data
    profile = {row["field"]: row for row in data["profile"]}
    assert profile["memberId"]["value"] == "alicia-2"
    assert (profile["address"]["value"], profile["address"]["source"]) == ("alicia 1", "operator")
    assert profile["address"]["since"] == "2026-11-20T12:00:00Z"
    assert profile["profile.size"]["value"] == "alicia L"
    assert profile["utm"]["value"]["source"] == "alicia"
    assert data["marketing"] == {"unsubscribeEmail": False, "unsubscribeTexting": False}
    assert {"alicia@example.com", "alicia.lead@example.com"} <= set(values_of(data["knownValues"], "value"))
    assert values_of(data["visits"], "page") == ["/alicia", "/alicia/2"]
    assert "/alicia/3" in str(data["events"])
    assert values_of(data["identities"], "channel") == ["web"]
    assert len(data["tags"]) == 1
    (joined,) = (row for row in data["merges"] if row["trigger"] == "operator")
    assert (joined["customerNumber"], joined["details"]["name"]) == ("9001", "alicia as a lead")
    assert "9001" in values_of(data["aliases"], "value")
    assert {"contact.change", "contact.merge"} <= set(values_of(data["changes"], "action"))


def test_the_page_says_the_same_in_the_language_asked_for(shop: Site, alice: Operator) -> None:
    """L10N-1: what people read and what programs read hold the same."""
    member = a_life(shop, Actor.of_operator(alice))
    english, korean = told(member), told(member, language="ko")
    for text in ("alicia.lead@example.com", "/alicia/3", "alicia as a lead", "9001"):
        assert text in english.page
        assert text in korean.page
    assert '<html lang="ko">' in korean.page
    with translation.override("ko"):
        assert f">{Kind.MEMBER.label}</td>" in korean.page
    assert korean.data | {"about": None} == english.data | {"about": None}


def test_operators_are_not_in_it(shop: Site, alice: Operator) -> None:
    """What was done and when, not by whom."""
    member = a_life(shop, Actor.of_operator(alice, "198.51.100.7"))
    opened = told(member)
    for text in ("Alice", "alice@example.com", "198.51.100.7"):
        assert text not in opened.text
        assert text not in opened.page


def test_when_and_why_the_person_will_be_deleted_is_told(shop: Site) -> None:
    """RET-5: by the policy of the site, and not before the last hold is over."""
    contact = ContactFactory(site=shop, last_touch_at=NOW, created_at=NOW)
    expected = {"policy": "kr", "rule": "threeYears", "lastTouchOn": "2026-11-22", "heldUntil": None}
    assert told(contact).data["retention"] == expected | {"expiresOn": "2029-11-22"}
    place_hold(contact, reason="dispute", until=datetime.date(2030, 1, 31), actor=SYSTEM, now=NOW)
    data = told(contact).data
    assert data["retention"]["expiresOn"] == "2030-02-01"
    assert data["holds"] == [
        {"createdAt": "2026-11-22T03:00:00Z", "until": "2030-01-31", "reason": "dispute", "endedAt": None}
    ]


def test_files_and_recipients_are_told(shop: Site) -> None:
    """What an uploaded file said of the person, under earlier ids too; to whom something was sent, without secrets."""
    member, lead = ContactFactory(site=shop, member_id="kim"), ContactFactory(site=shop)
    made = ContactImport.objects.create(
        site=shop,
        name="people.csv",
        size=1,
        sha256="x",
        stored_as="x",
        import_tag="autumn",
        actor="Bob",
        created_at=NOW,
    )
    values = {"email": ["kim@example.com", "kim@example.com"], "memo": "from the fair"}
    ImportRow.objects.create(
        site=shop, contact_import=made, line=7, person=1, values=values, verdict="created", contact_id=lead.pk
    )
    hook = Webhook.objects.create(site=shop, name="Warehouse", url="https://hook.example/secret", secret="s3cret")
    WebhookDelivery.objects.create(
        site=shop, webhook=hook, event="contact.updated", subject=member.pk, body="{}", next_try_at=NOW, created_at=NOW
    )
    merge(member, lead, actor=SYSTEM, trigger="operator", now=NOW)
    opened = told(member)
    (row,) = opened.data["imports"]
    assert (row["importTag"], row["line"], row["verdict"]) == ("autumn", 7, "created")
    assert row["values"] == {"email": "kim@example.com", "memo": "from the fair"}
    assert values_of(opened.data["passedOn"], "recipient") == ["Warehouse"]
    for secret in ("hook.example", "s3cret", "people.csv"):
        assert secret not in opened.text + opened.page


def test_who_was_parted_again_is_not_told(shop: Site) -> None:
    """UNI-10: nothing of the other person: neither who it was nor what that browser did in the meantime."""
    member = ContactFactory(site=shop, member_id="kim", name="Kim")
    browser = Browser(shop)
    other = browser.boot(page="/other", profile={"name": "Otherwise"}).contact
    change_details(
        other,
        {"email": "otherwise@example.com", "profile.hobby": "otherwise chess"},
        source=Source.OPERATOR,
        source_label="",
        actor=SYSTEM,
        now=NOON,
    )
    Contact.objects.filter(pk=other.pk).update(customer_number=4_711)
    other.refresh_from_db()
    done = merge(member, other, actor=SYSTEM, trigger="operator", now=NOON + DAY)
    browser.wait(2 * DAY).boot("kim", page="/other/secret")
    visitor = visitor_of(browser.session or "", now=browser.now)
    assert visitor is not None
    record_events(visitor, [page_view("/other/secret/2")], now=browser.now)
    member.refresh_from_db()
    change_details(
        member,
        {"email": "", "memo": "hello"},
        source=Source.OPERATOR,
        source_label="",
        actor=SYSTEM,
        now=NOON + 2 * DAY,
    )
    undo_merge(done, actor=SYSTEM, now=NOON + 3 * DAY)
    opened = told(member)
    assert Contact.objects.filter(pk=other.pk, customer_number=4_711).exists()
    for text in ("therwise", "/other", "chess", "4711", str(other.pk)):
        assert text not in opened.text, text
        assert text not in opened.page, text
    (row,) = opened.data["merges"]
    assert row["undoneAt"] == "2026-11-23T12:00:00Z"


def test_suggestions_do_not_tell_of_somebody_else(shop: Site) -> None:
    """UNI-12: that another person has the same phone is that person's matter."""
    first = ContactFactory(site=shop, name="Kim")
    ContactFactory(site=shop, name="Secretly the same", mobile_number="+821055550000")
    opened = told(first)
    assert "Secretly" not in opened.text + opened.page


def test_hostile_texts_are_text(shop: Site) -> None:
    """Nothing that a visitor types becomes markup, or an address that leads anywhere."""
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202ecod.exe"
    contact = ContactFactory(site=shop, name=hostile[:100], memo=hostile, values={hostile[:40]: hostile})
    Event.objects.create(site=shop, contact=contact, name="<b>", at=NOW, property={"</td><script>": ["<i>", hostile]})
    opened = told(contact)
    for tag in ("<script", "<img", "<b></td>", "<i>", "javascript:"):
        assert tag not in opened.page, tag
    assert "default-src &#x27;none&#x27;" in opened.page
    assert opened.data["events"][0]["property"]["</td><script>"][1] == hostile


def test_the_number_of_statements_does_not_grow(shop: Site) -> None:
    """10,000 events cost as many statements as ten."""
    contact = ContactFactory(site=shop)

    def add(count: int) -> int:
        Event.objects.bulk_create(
            Event(site=shop, contact=contact, name="Order", at=NOW, property={"amount": n}) for n in range(count)
        )
        with CaptureQueriesContext(connection) as asked:
            told(contact)
        return len(asked)

    few, many = add(10), add(2_000)
    assert many == few < 45
