"""RET-7: changing the policy shows first how many would go, asks, and saves only when that was seen."""

import copy
import datetime
import html
import re
from collections.abc import Mapping
from typing import cast

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.holds import place_hold
from contacts.models import Contact, Kind
from contacts.policy_effects import effect_of_policy
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Site
from desk.models.site import default_junk_values
from desk.setting_effects import EffectRow, Figure
from tests.conftest import client_of
from tests.factories import ContactFactory

DAY = datetime.timedelta(days=1)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def people(shop: Site) -> None:
    """Two members and a lead, last here 40 days ago, one more member who is held."""
    at = timezone.now() - 40 * DAY
    for name in ("m1", "m2", "held"):
        contact: Contact = ContactFactory(site=shop, member_id=name, created_at=at)
    place_hold(contact, reason="dispute", until=timezone.now().date() + 60 * DAY, actor=SYSTEM, now=timezone.now())
    ContactFactory(site=shop, created_at=at)


def _settings(**changes: object) -> dict[str, object]:
    form = {
        "name": "Shop",
        "language": "ko",
        "time_zone": "Asia/Seoul",
        "phone_country": "KR",
        "retention_policy": "kr",
        "junk_values": "\n".join(default_junk_values()),
    }
    return {**form, **changes}


def _post(client: Client, values: Mapping[str, object]) -> HttpResponse:
    return cast("HttpResponse", client.post(reverse("admin:settings"), values))


def _hidden(page: HttpResponse) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page.content.decode())}


@pytest.mark.usefixtures("people")
def test_the_numbers_are_shown_and_only_then_it_is_saved(client: Client, shop: Site) -> None:
    """RET-7: whoever is held is not among them; what the page carries along saves the whole form."""
    asked = _post(client, _settings(name="New name", retention_policy="custom", retention_days_member="30"))
    assert asked.status_code == 200
    assert "2 people would be deleted at the next sweep" in asked.content.decode()
    assert Site.objects.get(pk=shop.pk) == shop
    assert (shop.retention_policy, AuditEntry.objects.filter(action="site.change").exists()) == ("kr", False)

    assert _post(client, _hidden(asked)).status_code == 302
    shop.refresh_from_db()
    assert (shop.name, shop.retention_policy, shop.retention_days_member) == ("New name", "custom", 30)
    assert shop.junk_values == default_junk_values()


@pytest.mark.usefixtures("people")
def test_going_back_shows_the_form_as_it_was_filled_in(client: Client, shop: Site) -> None:
    """RET-7: nothing is saved."""
    asked = _post(client, _settings(retention_policy="custom", retention_days_lead="31"))
    form = _post(client, {**_hidden(asked), "change-again": "1"}).content.decode()
    assert 'name="retention_days_lead" value="31"' in form
    assert Site.objects.get(pk=shop.pk).retention_policy == "kr"


@pytest.mark.usefixtures("people")
def test_it_asks_again_when_more_would_go_than_were_seen(client: Client, shop: Site) -> None:
    """RET-7: the confirmation is one of numbers; fewer than were seen need no second look."""
    hidden = _hidden(_post(client, _settings(retention_policy="custom", retention_days_member="30")))
    for name in ("late1", "late2"):
        ContactFactory(site=shop, member_id=name, created_at=timezone.now() - 35 * DAY)
    again = _post(client, hidden)
    assert "4 people would be deleted" in again.content.decode()
    assert "have grown" in again.content.decode()
    shop.contacts.get(member_id="late1").delete()
    assert _post(client, _hidden(again)).status_code == 302


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Other name"},
        {"retention_days_member": "1"},
        {"retention_policy": "jp"},
        {"retention_policy": "custom"},
        {"retention_policy": "custom", "retention_days_member": "400"},
    ],
    ids=["no policy", "days without own policy", "nobody yet", "never", "nobody soon"],
)
@pytest.mark.usefixtures("people")
def test_nobody_is_asked_when_nobody_more_would_go(changes: dict[str, object], client: Client, shop: Site) -> None:
    """RET-7: a question that is asked for nothing is not read the next time."""
    assert _post(client, _settings(**changes)).status_code == 302


@pytest.mark.usefixtures("people")
def test_who_would_go_within_the_month_is_asked_about_too(client: Client) -> None:
    """RET-7: not tonight, but in twenty days."""
    asked = _post(client, _settings(retention_policy="custom", retention_days_lead="60")).content.decode()
    assert "Nobody goes at the next sweep" in asked
    assert "Save all the same" in asked


def test_a_time_zone_moves_days_and_asks(shop: Site) -> None:
    """RET-7: where it is tomorrow already, the ninetieth day has come."""
    now = datetime.datetime(2026, 11, 22, 16, 30, tzinfo=datetime.UTC)
    ContactFactory(site=shop, kind=Kind.ANONYMOUS, created_at=datetime.datetime(2026, 8, 25, 12, tzinfo=datetime.UTC))
    honolulu, seoul = copy.copy(shop), shop
    honolulu.time_zone = "Pacific/Honolulu"
    effect = effect_of_policy(honolulu, seoul, now)
    assert effect is not None
    assert effect.rows == (EffectRow("Anonymous visitors", (Figure(0, 1), Figure(1, 1))),)
    assert effect_of_policy(seoul, honolulu, now) is None


@pytest.mark.parametrize(
    ("days", "told"), [("0", "at least 1 day"), ("36501", "At most 36500 days"), ("-3", "greater than or equal")]
)
def test_days_that_are_none_are_refused_on_the_form(days: str, told: str, client: Client, shop: Site) -> None:
    """RET-3: with a word at the field, before anything is asked or saved."""
    page = _post(client, _settings(retention_policy="custom", retention_days_lead=days)).content.decode()
    assert told in page
    assert Site.objects.get(pk=shop.pk).retention_policy == "kr"


def test_numbers_that_are_none_cover_nothing(client: Client, people: None) -> None:
    values = _settings(retention_policy="custom", retention_days_member="30")
    for seen in ("", "9", "a,b,c,d", "-1,2,3,4", "²,9,9,9"):
        assert _post(client, {**values, "seen-retention": seen}).status_code == 200
