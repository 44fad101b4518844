"""BOOT-8: sessions after the boot."""

from typing import Any

import pytest
import time_machine

from contacts.models import Contact, Visit
from contacts.tasks import end_visits
from contacts.visits import end_expired_sessions, end_session, visitor_of
from desk.models import Site
from tests.contacts.browser import MINUTE, NOON, Browser

pytestmark = pytest.mark.django_db


def test_a_session_names_its_visitor(shop: Site) -> None:
    """BOOT-8."""
    booted = Browser(shop).boot()
    visitor = visitor_of(booted.token, now=NOON)
    assert visitor is not None
    assert (visitor.contact, visitor.identity, visitor.site) == (booted.contact, booted.identity, shop)


@pytest.mark.parametrize("token", ["", "unknown", "\ud800", "x" * 10_000])
def test_an_unknown_token_names_nobody(shop: Site, token: str) -> None:
    """BOOT-8."""
    Browser(shop).boot()
    assert visitor_of(token, now=NOON) is None


def test_a_session_slides_with_activity_and_ends_without(shop: Site) -> None:
    """BOOT-8: 30 minutes after the last call."""
    token = Browser(shop).boot().token
    assert visitor_of(token, now=NOON + 29 * MINUTE) is not None
    assert visitor_of(token, now=NOON + 58 * MINUTE) is not None
    assert visitor_of(token, now=NOON + 88 * MINUTE) is None


def test_activity_counts_as_last_seen_every_five_minutes(shop: Site) -> None:
    """RET-1."""
    token = Browser(shop).boot().token
    visitor_of(token, now=NOON + 4 * MINUTE)
    assert Contact.objects.get().last_seen_at == NOON
    visitor_of(token, now=NOON + 5 * MINUTE)
    assert Contact.objects.get().last_seen_at == NOON + 5 * MINUTE


def test_a_call_costs_two_statements(shop: Site, django_assert_num_queries: Any) -> None:
    """SELECT visit + site + identity + contact + profile; UPDATE visit."""
    token = Browser(shop).boot().token
    with django_assert_num_queries(2):
        visitor = visitor_of(token, now=NOON)
        assert visitor is not None
        assert visitor.contact.profile.values == {}
        assert visitor.contact.site == shop


def test_an_ended_session_is_worthless(shop: Site) -> None:
    """BOOT-7."""
    booted = Browser(shop).boot()
    end_session(booted.visit)
    assert visitor_of(booted.token, now=NOON) is None


def test_tokens_of_expired_sessions_are_forgotten(shop: Site, elsewhere: Site) -> None:
    """The token index holds open sessions only."""
    old, fresh = Browser(shop), Browser(elsewhere)
    old.boot()
    fresh.wait(20 * MINUTE).boot()
    assert end_expired_sessions(now=NOON + 30 * MINUTE) == 1
    assert list(Visit.objects.filter(token_digest=None).values_list("site__code", flat=True)) == ["SHOP"]
    assert end_expired_sessions(now=NOON + 30 * MINUTE) == 0


def test_many_expired_sessions_go_in_batches(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch is a statement of its own."""
    monkeypatch.setattr("contacts.visits._BATCH", 2)
    for _ in range(5):
        Browser(shop).boot()
    assert end_expired_sessions(now=NOON + 30 * MINUTE) == 5


def test_the_task_does_what_beat_asks_every_ten_minutes(shop: Site) -> None:
    """``contacts.end_visits``."""
    Browser(shop).boot()
    with time_machine.travel(NOON + 31 * MINUTE, tick=False):
        end_visits()
    assert Visit.objects.get().token_digest is None
