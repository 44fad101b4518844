"""BOOT-13, BOOT-14: what a boot tells about the visitor, and what the page is told back."""

import pytest

from contacts.models import Contact, Event, Visit
from desk.models import Site
from tests.contacts.browser import MINUTE, NOON, Browser

pytestmark = pytest.mark.django_db


# --- BOOT-13: what a boot tells -----------------------------------------------------------------------------


def test_profiles_merge_key_by_key(shop: Site) -> None:
    """BOOT-13."""
    browser = Browser(shop)
    browser.boot(profile={"size": 1, "colour": "red"})
    assert browser.boot(profile={"size": 2}).contact.profile.values == {"size": 2, "colour": "red"}


def test_null_clears_a_value(shop: Site) -> None:
    """BOOT-13: custom values and the person's own."""
    browser = Browser(shop)
    browser.boot(profile={"size": 1, "name": "Kim"})
    contact = browser.boot(profile={"size": None, "name": None}).contact
    assert (contact.profile.values, contact.name) == ({}, "")


def test_profile_once_writes_only_where_there_is_no_value(shop: Site) -> None:
    """BOOT-13: 0 and false are values (FIL-4)."""
    browser = Browser(shop)
    browser.boot(profile={"count": 0, "flag": False, "empty": "", "name": "Kim"})
    once = {"count": 9, "flag": True, "empty": "now", "new": "x", "name": "Lee"}
    contact = browser.boot(profile_once=once).contact
    assert contact.profile.values == {"count": 0, "flag": False, "empty": "now", "new": "x"}
    assert contact.name == "Kim"


def test_profile_goes_before_profile_once(shop: Site) -> None:
    """BOOT-13."""
    contact = Browser(shop).boot(profile={"a": 1}, profile_once={"a": 2, "b": 3}).contact
    assert contact.profile.values == {"a": 1, "b": 3}


def test_referrer_and_utm_are_written_once(shop: Site) -> None:
    """BOOT-13: by the first boot that knows them."""
    browser = Browser(shop)
    browser.boot()
    browser.boot(referrer="https://search.example", utm={"source": "ad"})
    profile = browser.boot(referrer="https://other.example", utm={"source": "mail"}).contact.profile
    profile.refresh_from_db()
    assert (profile.referrer, profile.utm) == ("https://search.example", {"source": "ad"})


def test_each_visit_keeps_how_it_began(shop: Site) -> None:
    """LIST-5: the timeline tells page, referrer and campaign of each visit."""
    browser = Browser(shop)
    browser.boot(page="/first", referrer="https://a.example", utm={"source": "ad"})
    browser.wait(31 * MINUTE).boot(page="/second")
    first, second = Visit.objects.order_by("started_at")
    assert (first.page, first.referrer, first.utm) == ("/first", "https://a.example", {"source": "ad"})
    assert (second.page, second.referrer) == ("/second", "")


def test_language_is_taken_for_a_new_contact_only(shop: Site) -> None:
    """BOOT-13."""
    browser = Browser(shop)
    browser.boot(language="ja")
    assert browser.boot(language="en").contact.language == "ja"


def test_an_opt_out_can_be_switched_on_but_not_off(shop: Site) -> None:
    """BOOT-13."""
    browser = Browser(shop)
    browser.boot(unsubscribe_email=True)
    contact = browser.boot(unsubscribe_email=False, unsubscribe_texting=True).contact
    assert (contact.unsubscribe_email, contact.unsubscribe_texting) == (True, True)


def test_a_page_view_is_an_event(shop: Site) -> None:
    """KIND-5: collected from the first page on."""
    booted = Browser(shop).boot(page="/cart")
    event = Event.objects.get()
    assert (event.name, event.property, event.contact_id) == ("PageView", {"page": "/cart"}, booted.contact.pk)


def test_a_very_long_address_is_kept_by_its_beginning(shop: Site) -> None:
    """A site cannot help how long its addresses are."""
    booted = Browser(shop).boot(page="/" + "x" * 5_000)
    assert len(booted.visit.page) == 1_000


def test_the_browser_is_told_by_its_user_agent(shop: Site) -> None:
    """FIL-2: ``web.*``."""
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Mobile Safari/604.1"
    contact = Browser(shop).boot(user_agent=agent).contact
    assert (contact.web_browser, contact.web_os, contact.web_device) == ("Safari", "iOS", "mobile")


# --- BOOT-14 and the rest -----------------------------------------------------------------------------------


def test_a_blocked_contact_boots_as_usual(shop: Site) -> None:
    """BOOT-14."""
    browser = Browser(shop)
    first = browser.boot()
    Contact.objects.filter(pk=first.contact.pk).update(blocked=True)
    again = browser.boot()
    assert again.contact.pk == first.contact.pk
    assert again.contact.blocked


def test_last_seen_is_written_at_most_every_five_minutes(shop: Site) -> None:
    """speed.md, "Boot and touch": a busy visitor is not an update per page."""
    browser = Browser(shop)
    browser.boot()
    browser.wait(4 * MINUTE).boot()
    assert Contact.objects.get().last_seen_at == NOON
    browser.wait(MINUTE).boot()
    assert Contact.objects.get().last_seen_at == NOON + 5 * MINUTE


def test_a_new_day_is_always_noted(shop: Site) -> None:
    """``last_seen_on`` is the day of ``last_seen_at``, whatever the five minutes say."""
    browser = Browser(shop, now=NOON.replace(hour=23, minute=59))
    browser.boot()
    browser.wait(2 * MINUTE).boot()
    contact = Contact.objects.get()
    assert contact.last_seen_at is not None
    assert contact.last_seen_on == contact.last_seen_at.date() == browser.now.date()


def test_a_boot_carries_the_tags(shop: Site) -> None:
    """api.md: ``user.tags``, told by tags through contacts.visitor_facts."""
    assert Browser(shop).boot().tags == []
