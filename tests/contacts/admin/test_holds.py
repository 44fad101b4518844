"""RET-5: the line on a person's page and the form of a hold."""

import datetime
import json

import pytest
from django.test import Client
from django.utils import timezone

from contacts.holds import place_hold
from contacts.merging import merge
from contacts.models import Contact, Hold
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory

DAY = datetime.timedelta(days=1)


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim")


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def url(contact: Contact, rest: str = "hold/") -> str:
    return f"/desk/contacts/contact/{contact.pk}/{rest}"


def today_at(site: Site) -> datetime.date:
    return timezone.now().astimezone(site.zone).date()


def test_the_page_says_until_when_and_offers_a_hold(desk: Client, kim: Contact) -> None:
    """RET-5"""
    html = desk.get(url(kim, "change/")).content.decode()
    assert "last contact was a visit on" in html
    assert f'href="{url(kim)}"' in html


def test_a_hold_is_placed_and_the_page_tells_it(desk: Client, kim: Contact, shop: Site) -> None:
    """RET-5, SITE-4: without a script by a page, in the audit log with its reason."""
    assert "Last day of the hold" in desk.get(url(kim)).content.decode()
    answer = desk.post(url(kim), {"reason": "a dispute", "length": "30d", "until": "nonsense"})
    assert (answer.status_code, answer["location"]) == (302, url(kim, "change/"))
    hold = Hold.objects.get(contact=kim)
    assert (hold.until, hold.actor) == (today_at(shop) + 30 * DAY, "Bob")
    html = desk.get(url(kim, "change/")).content.decode()
    assert "a dispute" in html
    assert url(kim, f"hold/{hold.pk}/end/") in html
    entry = AuditEntry.objects.get(action="contact.hold")
    assert (entry.actor, entry.reason, entry.target_id) == ("Bob", "a dispute", str(kim.pk))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"reason": " ", "length": "30d"}, "Say why this person is to be kept."),
        ({"reason": "x", "length": "other"}, "Choose the last day of the hold."),
        ({"reason": "x", "length": "other", "until": "2020-01-01"}, "This day is over."),
        ({"reason": "x", "length": "other", "until": "9998-01-01"}, "At most ten years from now."),
        ({"reason": "x", "length": "other", "until": "tomorrow"}, "Enter a valid date."),
        ({"reason": "x", "length": "for ever"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(desk: Client, kim: Contact, sent: dict[str, str], words: str) -> None:
    """RET-5: and nobody is held."""
    for headers in ({}, {"hx-request": "true"}):
        answer = desk.post(url(kim), sent, headers=headers)
        assert words in answer.content.decode()
        assert answer.status_code == (200 if headers else 400)
    assert not Hold.objects.exists()


def test_the_dialog_closes_and_the_line_is_told_anew(desk: Client, kim: Contact) -> None:
    """RET-5: by htmx."""
    sent = {"reason": "x", "length": "1y"}
    answer = desk.post(url(kim), sent, headers={"hx-request": "true"})
    assert answer.status_code == 204
    assert {"retention-changed", "timeline-changed", "toast"} == set(json.loads(answer["hx-trigger"]))
    assert "End hold" in desk.get(url(kim, "retention/")).content.decode()


def test_a_hold_is_ended_once(desk: Client, kim: Contact, shop: Site) -> None:
    """RET-5: and not from the page of somebody else."""
    hold = place_hold(kim, reason="x", until=today_at(shop), actor=SYSTEM, now=timezone.now())
    lee = ContactFactory(site=shop)
    assert desk.post(url(lee, f"hold/{hold.pk}/end/")).status_code == 404
    for words in ("The hold is ended.", "This hold had been ended already."):
        answer = desk.post(url(kim, f"hold/{hold.pk}/end/"), headers={"hx-request": "true"})
        assert words in answer["hx-trigger"]
        assert "End hold" not in answer.content.decode()
    hold.refresh_from_db()
    assert hold.ended_by == "Bob"
    assert AuditEntry.objects.filter(action="contact.endHold").count() == 1


def test_who_may_only_read_holds_nobody(victor: Operator, kim: Contact, shop: Site) -> None:
    """SITE-3: but reads why somebody is held."""
    hold = place_hold(kim, reason="a dispute", until=today_at(shop), actor=SYSTEM, now=timezone.now())
    client = client_of(victor)
    html = client.get(url(kim, "change/")).content.decode()
    assert "a dispute" in html
    assert "End hold" not in html
    assert client.get(url(kim)).status_code == 403
    assert client.post(url(kim), {"reason": "x", "length": "1y"}).status_code == 403
    assert client.post(url(kim, f"hold/{hold.pk}/end/")).status_code == 403


def test_nobody_is_held_under_an_old_name(desk: Client, kim: Contact, shop: Site) -> None:
    """UNI-8: the form of the survivor is shown first."""
    lee = ContactFactory(site=shop)
    merge(kim, lee, actor=SYSTEM, trigger="operator", now=timezone.now())
    answer = desk.post(url(lee), {"reason": "x", "length": "1y"})
    assert (answer.status_code, answer["location"]) == (302, url(kim))
    assert not Hold.objects.exists()
