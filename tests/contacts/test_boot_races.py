"""BOOT-12: many boots at the same moment, with real threads against the real database."""

import datetime
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from contacts.boot_request import BootRequest
from contacts.booting import Booted, boot
from contacts.events import SessionEnded, page_view, record_events
from contacts.models import Contact, Event, Identity, Kind, Visit
from contacts.visits import visitor_of
from desk.models import Site
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: list[Callable[[], Booted]]) -> list[Booted]:
    """Run all calls at the same moment, each on a connection of its own; the first exception is raised."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Booted]) -> Booted:
        try:
            start.wait(30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def boots(shop: Site, count: int, *, veil_id: str | None = None, member_id: str | None = None) -> list[Booted]:
    request = BootRequest(plugin_key=shop.plugin_key, veil_id=veil_id, member_id=member_id, page="/")
    return at_once([lambda: boot(request, now=timezone.now())] * count)


def test_fifty_first_boots_of_one_browser_make_one_contact(shop: Site) -> None:
    """BOOT-12: one new veil id."""
    booted = boots(shop, 50, veil_id="new-browser")
    assert len({one.contact.pk for one in booted}) == 1
    assert Contact.objects.count() == Identity.objects.count() == 1
    assert len({one.token for one in booted}) == Visit.objects.count() == 50
    assert Contact.objects.get().sessions_count == 50
    assert Event.objects.count() == 50


def test_fifty_first_boots_with_one_member_id_make_one_member(shop: Site) -> None:
    """BOOT-12: one new memberId on fifty browsers."""
    booted = boots(shop, 50, member_id="lucas")
    assert len({one.contact.pk for one in booted}) == 1
    member = Contact.objects.get()
    assert (member.kind, member.sessions_count, member.identities.count()) == (Kind.MEMBER, 50, 50)


def test_fifty_first_boots_of_one_browser_and_one_member_make_one_member(shop: Site) -> None:
    """BOOT-12: both new, both the same."""
    booted = boots(shop, 50, veil_id="new-browser", member_id="lucas")
    assert len({one.contact.pk for one in booted}) == 1
    assert Contact.objects.count() == Identity.objects.count() == 1


def test_one_known_stranger_signing_in_in_many_tabs_is_promoted_once(shop: Site) -> None:
    """BOOT-4, BOOT-12."""
    first = boot(BootRequest(plugin_key=shop.plugin_key), now=timezone.now())
    booted = boots(shop, 20, veil_id=first.identity.key, member_id="lucas")
    assert {one.contact.pk for one in booted} == {first.contact.pk}
    assert Contact.objects.count() == 1


def test_many_strangers_signing_in_as_one_member_are_all_unified(shop: Site) -> None:
    """BOOT-3, UNI-11: every merge is whole, whatever the order."""
    now = timezone.now()
    member = ContactFactory(site=shop, member_id="lucas", customer_number=9_000)
    strangers = [boot(BootRequest(plugin_key=shop.plugin_key, page="/before"), now=now) for _ in range(12)]
    requests = [
        BootRequest(plugin_key=shop.plugin_key, veil_id=one.identity.key, session=one.token, member_id="lucas")
        for one in strangers
    ]
    booted = at_once([lambda request=request: boot(request, now=now) for request in requests])  # type: ignore[misc]
    assert {one.contact.pk for one in booted} == {member.pk}
    assert Contact.objects.count() == 1
    member.refresh_from_db()
    assert member.sessions_count == Visit.objects.filter(contact=member).count() == 24
    assert Event.objects.filter(contact=member).count() == 12


def test_pages_viewed_while_the_visitor_is_unified_follow_to_the_member(shop: Site) -> None:
    """UNI-8: boots of other tabs and events go on during the merge, and none is lost or left behind."""
    now = timezone.now()
    ContactFactory(site=shop, member_id="lucas", customer_number=9_000)
    stranger = boot(BootRequest(plugin_key=shop.plugin_key, page="/"), now=now)
    common = {"plugin_key": shop.plugin_key, "veil_id": stranger.identity.key, "session": stranger.token}
    later = now + datetime.timedelta(minutes=6)

    def track() -> Booted:
        visitor = visitor_of(stranger.token, now=now)
        if visitor is not None:
            try:
                record_events(visitor, [page_view("/tracked")], now=now)
            except SessionEnded:
                return stranger
            tracked.append(1)
        return stranger

    tracked: list[int] = []
    tabs = [lambda: boot(BootRequest(**common, page="/tab"), now=later)] * 8
    sign_in = [lambda: boot(BootRequest(**common, member_id="lucas"), now=now)] * 2
    at_once([*tabs, *sign_in, *[track] * 6])
    assert Event.objects.filter(name="PageView", property={"page": "/tab"}).count() == 8
    assert Event.objects.filter(property={"page": "/tracked"}).count() == len(tracked)
    assert not Event.objects.exclude(contact__in=Contact.objects.all()).exists()
    # Tabs that booted after the sign-in without a memberId found a member's browser without session: strangers (BOOT-6).
    assert Identity.objects.get(key=stranger.identity.key).contact.member_id == "lucas"


def test_numbers_are_never_given_twice(shop: Site) -> None:
    """Customer numbers: issued once per contact and site."""
    at_once([lambda: boot(BootRequest(plugin_key=shop.plugin_key), now=timezone.now())] * 30)
    numbers = list(Contact.objects.values_list("customer_number", flat=True))
    assert sorted(numbers) == sorted(set(numbers))
    assert len(numbers) == 30
