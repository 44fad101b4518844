"""CHAT-10: who is there to be given chats."""

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from chats.availability import available_agents, set_away, state_of, with_state
from chats.distributing import choose
from chats.errors import ChatRefused
from chats.handling import assign, close
from chats.models import Availability
from chats.teams import create_team, workers_of
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Membership, Operator, Role, Site
from desk.teams import remove_from_team
from tests.chats.agents import agent_of, gives, had_by, is_away, opened, signed_in
from tests.chats.people import HOUR, NOON, room_of
from tests.conftest import client_of
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory


@pytest.fixture
def anna(shop: Site) -> Operator:
    return agent_of(shop, "Anna")


def by(operator: Operator) -> Actor:
    return Actor.of_operator(operator)


def test_somebody_is_away_until_they_are_back(shop: Site, anna: Operator) -> None:
    """CHAT-10: told in the log, once."""
    assert state_of(shop, anna) == "available"
    assert not set_away(shop, anna, False, actor=by(anna), now=NOON)
    assert set_away(shop, anna, True, actor=by(anna), now=NOON)
    assert not set_away(shop, anna, True, actor=by(anna), now=NOON + HOUR)
    assert state_of(shop, anna) == "away"
    assert Availability.objects.get().since == NOON
    assert set_away(shop, anna, False, actor=SYSTEM, now=NOON + HOUR)
    assert state_of(shop, anna) == "available"
    actions = AuditEntry.objects.filter(site=shop).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["operator.away", "operator.back"]


def test_being_away_is_for_one_site(shop: Site, elsewhere: Site, anna: Operator) -> None:
    """SITE-2"""
    MembershipFactory(site=elsewhere, operator=anna)
    set_away(shop, anna, True, actor=by(anna), now=NOON)
    assert (state_of(shop, anna), state_of(elsewhere, anna)) == ("away", "available")


def test_only_who_works_with_chats_of_the_site_is_away_there(shop: Site, victor: Operator, charlie: Operator) -> None:
    """SITE-2, SITE-3"""
    for somebody in (victor, charlie):
        with pytest.raises(ChatRefused, match=somebody.name):
            set_away(shop, somebody, True, actor=SYSTEM, now=NOON)
    assert not Availability.objects.exists()


def test_who_signs_out_is_there_again_by_signing_in(shop: Site, elsewhere: Site, anna: Operator) -> None:
    """CHAT-10: on every site where they work with chats."""
    MembershipFactory(site=elsewhere, operator=anna, role=Role.VIEWER)
    client = client_of(anna)
    assert state_of(shop, anna) == "available"
    client.logout()
    assert state_of(shop, anna) == "signedOut"
    assert not Availability.objects.filter(site=elsewhere).exists()
    assert list(available_agents(shop, None)) == []
    client_of(anna)
    assert list(available_agents(shop, None)) == [anna]


def test_who_is_away_stays_away_over_signing_out_and_in(shop: Site, anna: Operator) -> None:
    """CHAT-10: only being signed out is ended by signing in."""
    client = client_of(anna)
    set_away(shop, anna, True, actor=by(anna), now=NOON)
    client.logout()
    client_of(anna)
    assert state_of(shop, anna) == "away"
    assert list(available_agents(shop, None)) == []


def test_who_signed_out_elsewhere_says_themselves_that_they_are_there(
    shop: Site, alice: Operator, anna: Operator
) -> None:
    """CHAT-10: signed out on the phone, still at the desk; nobody else can say that for them."""
    is_away(shop, anna, "signedOut")
    assert not set_away(shop, anna, False, actor=by(alice), now=NOON)
    assert not set_away(shop, anna, False, actor=SYSTEM, now=NOON)
    assert state_of(shop, anna) == "signedOut"
    assert set_away(shop, anna, False, actor=by(anna), now=NOON)
    assert state_of(shop, anna) == "available"


def test_available_are_agents_who_came_and_neither_went_nor_are_away(
    shop: Site, alice: Operator, anna: Operator, victor: Operator, charlie: Operator, django_assert_num_queries: Any
) -> None:
    """CHAT-10, SITE-3: administrators too; of a team, who is in it; one statement."""
    signed_in(alice, victor, charlie)
    agent_of(shop, "Away"), agent_of(shop, "Gone")
    for name, state in (("Away", "away"), ("Gone", "signedOut")):
        is_away(shop, Operator.objects.get(name=name), state)
    left = agent_of(shop, "Left")
    left.is_active = False
    left.save()
    MembershipFactory(site=shop, operator=OperatorFactory(name="Newcomer"))
    team = create_team(shop, "Sales", [anna, Operator.objects.get(name="Away")], actor=SYSTEM)
    with django_assert_num_queries(1):
        assert list(available_agents(shop, None)) == [alice, anna]
    with django_assert_num_queries(1):
        assert list(available_agents(shop, team)) == [anna]


def test_agents_are_listed_with_state_and_open_chats_in_one_statement(
    shop: Site, elsewhere: Site, alice: Operator, anna: Operator, django_assert_num_queries: Any
) -> None:
    """CHAT-10: closed chats and those of other sites are not counted."""
    MembershipFactory(site=elsewhere, operator=anna)
    for site in (shop, shop, elsewhere):
        assign(room_of(ContactFactory(site=site)), anna, actor=SYSTEM, now=NOON)
    closed = room_of(ContactFactory(site=shop))
    assign(closed, anna, actor=SYSTEM, now=NOON)
    close(closed, actor=SYSTEM, now=NOON)
    set_away(shop, anna, True, actor=by(anna), now=NOON)
    with django_assert_num_queries(1):
        told: list[Any] = list(with_state(shop, workers_of(shop)))
    assert [(str(one), one.availability, one.since, one.open_chats) for one in told] == [
        ("Alice", "signedOut", None, 0),
        ("Anna", "away", NOON, 2),
    ]


if connection.vendor == "postgresql":  # where a write waits for a row and not for the whole database

    @pytest.mark.django_db(transaction=True)
    def test_who_goes_away_waits_for_who_is_just_choosing(shop: Site, anna: Operator) -> None:
        """CHAT-10: what is being given to them is theirs before they are away, so it is handed over with the rest."""
        gives(shop)
        chosen, done = threading.Event(), threading.Event()

        def choosing() -> None:
            try:
                with transaction.atomic():
                    assert choose(shop, None, now=NOON).operator == anna
                    chosen.set()
                    done.wait(60)
            finally:
                connection.close()

        thread = threading.Thread(target=choosing)
        thread.start()
        try:
            assert chosen.wait(60)
            with transaction.atomic():
                connection.cursor().execute("SET LOCAL lock_timeout = '100ms'")
                with pytest.raises(OperationalError, match="lock timeout"):
                    set_away(shop, anna, True, actor=by(anna), now=NOON)
        finally:
            done.set()
            thread.join()
        assert set_away(shop, anna, True, actor=by(anna), now=NOON)
        assert list(available_agents(shop, None)) == []


@pytest.mark.parametrize(("when_away", "after"), [("keep", {"Anna": 1}), ("handOver", {"Ben": 1})])
def test_who_signs_out_keeps_or_hands_over_their_chats(
    shop: Site, anna: Operator, when_away: str, after: dict[str, int], django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-10: as the site has set."""
    gives(shop, when_away=when_away)
    opened(shop)
    agent_of(shop, "Ben")
    client = client_of(anna)
    with django_capture_on_commit_callbacks(execute=True):
        client.logout()
    assert had_by(shop) == after


def test_who_leaves_the_site_hands_over_and_is_forgotten(
    shop: Site, alice: Operator, anna: Operator, django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-10: who comes back one day begins anew."""
    gives(shop, when_away="handOver")
    opened(shop)
    set_away(shop, anna, True, actor=by(anna), now=NOON)
    signed_in(alice)
    with django_capture_on_commit_callbacks(execute=True):
        remove_from_team(Membership.objects.get(operator=anna), actor=SYSTEM)
    assert had_by(shop) == {"Alice": 1}
    assert not Availability.objects.filter(operator=anna).exists()
