"""BOOT-8, BOOT-9: how long a visit and a veil id live, and what a visit writes."""

import datetime

import pytest

from contacts.models import Contact, Visit
from desk.models import Site
from tests.contacts.browser import DAY, MINUTE, Browser

pytestmark = pytest.mark.django_db


# --- BOOT-8: sessions ---------------------------------------------------------------------------------------


def test_a_session_slides_with_every_boot(shop: Site) -> None:
    """BOOT-8."""
    browser = Browser(shop)
    token = browser.boot().token
    for _ in range(4):
        booted = browser.wait(20 * MINUTE).boot()
    assert booted.token == token
    assert booted.contact.sessions_count == 1
    assert booted.visit.expires_at == browser.now + 30 * MINUTE


def test_sessions_are_counted_not_boots(shop: Site) -> None:
    """BOOT-8."""
    browser = Browser(shop)
    for _ in range(3):
        browser.boot()
        browser.boot()
        browser.wait(31 * MINUTE)
    contact = Contact.objects.get()
    assert contact.sessions_count == 3
    assert Visit.objects.count() == 3


def test_a_session_ends_exactly_thirty_minutes_after_the_last_activity(shop: Site) -> None:
    """BOOT-8: at the very moment it is over."""
    browser = Browser(shop)
    token = browser.boot().token
    assert browser.wait(30 * MINUTE).boot().token != token


def test_the_token_itself_is_not_stored(shop: Site) -> None:
    """BOOT-8: opaque and unguessable; a stolen database opens no session."""
    token = Browser(shop).boot().token
    digest = Visit.objects.get().token_digest
    assert len(token) >= 43  # 256 bits in base64
    assert token != digest
    assert len(digest or "") == 64


# --- BOOT-9: the life of a veil id --------------------------------------------------------------------------


def test_a_veil_id_lives_a_year_from_its_last_boot(shop: Site) -> None:
    """BOOT-9."""
    browser = Browser(shop)
    first = browser.boot()
    browser.wait(300 * DAY).boot()
    assert browser.wait(364 * DAY).boot().contact.pk == first.contact.pk


def test_an_older_veil_id_is_unknown(shop: Site) -> None:
    """BOOT-9: a new contact with a new veil id."""
    browser = Browser(shop)
    first = browser.boot()
    second = browser.wait(365 * DAY).boot()
    assert second.contact.pk != first.contact.pk
    assert second.identity.key != first.identity.key


def test_a_year_is_counted_from_the_hour_of_the_last_boot(shop: Site) -> None:
    """BOOT-9: the day of a boot is noted once a day, and still the later boot of that day counts."""
    browser = Browser(shop)
    first = browser.boot()
    browser.wait(datetime.timedelta(hours=8)).boot()
    assert browser.wait(365 * DAY - datetime.timedelta(hours=4)).boot().contact.pk == first.contact.pk


def test_a_member_id_on_an_outlived_veil_id_gets_a_new_identity(shop: Site) -> None:
    """BOOT-9, BOOT-3: there is no D."""
    browser = Browser(shop)
    old = browser.boot("alice")
    new = browser.wait(366 * DAY).boot("alice")
    assert new.contact.pk == old.contact.pk
    assert new.identity.pk != old.identity.pk
