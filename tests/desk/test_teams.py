"""SITE-3: whom a site lets in, and that nothing about other sites is told or given away by it."""

import datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from desk import teams
from desk.actors import Actor
from desk.models import AuditEntry, Membership, Operator, Role, Site
from tests.conftest import client_of
from tests.factories import MembershipFactory, OperatorFactory


def _invite(site: Site, email: str, by: Operator, **fields: object) -> teams.Invited:
    values: dict = {"name": "Newcomer", "role": Role.AGENT, "sees_personal_data": True, "language": "ko"} | fields
    return teams.invite(site, email=email, **values, actor=Actor.of_operator(by, "203.0.113.9"))


def test_an_unknown_address_gets_an_account_that_waits_for_a_password(shop: Site, alice: Operator) -> None:
    """SITE-3: the account cannot sign in before the welcome link was used."""
    invited = _invite(shop, " New@Example.com ", alice)
    operator = invited.membership.operator
    assert (operator.email, operator.language, operator.has_usable_password()) == ("new@example.com", "ko", False)
    assert teams.welcomed(invited.token) == operator


def test_the_invitation_is_in_the_audit_log(shop: Site, alice: Operator) -> None:
    _invite(shop, "new@example.com", alice)
    entry = AuditEntry.objects.get(action="membership.create")
    assert (entry.site, entry.operator, entry.address) == (shop, alice, "203.0.113.9")


def test_an_address_known_elsewhere_is_attached_and_keeps_its_name(
    shop: Site, alice: Operator, charlie: Operator
) -> None:
    """SITE-2: no second account, and Charlie's own name stays."""
    invited = _invite(shop, "CHARLIE@example.com", alice, name="Somebody")
    charlie.refresh_from_db()
    assert invited.membership.operator == charlie
    assert charlie.name == "Charlie"


def test_a_welcome_link_for_somebody_with_a_password_opens_nothing(
    shop: Site, alice: Operator, charlie: Operator
) -> None:
    """SITE-2: an administrator cannot take over an account that works for another site."""
    charlie.set_password("a long password")
    charlie.save()
    assert teams.welcomed(_invite(shop, charlie.email, alice).token) is None


def test_an_unused_account_of_another_site_is_not_opened_by_this_sites_link(
    shop: Site, elsewhere: Site, alice: Operator, charlie: Operator
) -> None:
    """SITE-2: nor is it opened by the other site's link once it is on this team as well."""
    there = _invite(elsewhere, "new@example.com", charlie)
    here = _invite(shop, "new@example.com", alice)
    assert teams.welcomed(here.token) is None
    assert teams.welcomed(there.token) is None


def test_who_administers_both_sites_may_invite_to_both(shop: Site, elsewhere: Site, alice: Operator) -> None:
    MembershipFactory(site=elsewhere, operator=alice, role=Role.ADMIN)
    _invite(elsewhere, "new@example.com", alice)
    assert teams.welcomed(_invite(shop, "new@example.com", alice).token) is not None


def test_a_welcome_link_works_once(shop: Site, alice: Operator) -> None:
    invited = _invite(shop, "new@example.com", alice)
    operator = teams.welcomed(invited.token)
    assert operator is not None
    teams.set_first_password(operator, "a long password", name="Nari", actor=Actor.of_operator(operator))
    assert teams.welcomed(invited.token) is None
    operator.refresh_from_db()
    assert operator.check_password("a long password")
    assert operator.name == "Nari"


def test_a_welcome_link_ends_after_a_week(shop: Site, alice: Operator) -> None:
    invited = _invite(shop, "new@example.com", alice)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=7, minutes=1), tick=False):
        assert teams.welcomed(invited.token) is None


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "0-0-0"])
def test_a_made_up_link_opens_nothing(token: str, db: None) -> None:
    assert teams.welcomed(token) is None


def test_nobody_is_added_twice(shop: Site, alice: Operator, bob: Operator) -> None:
    with pytest.raises(teams.TeamRefused) as refused:
        _invite(shop, bob.email, alice)
    assert refused.value.code == "alreadyMember"


@pytest.mark.parametrize(("field", "value"), [("email", "no address"), ("role", "emperor")])
def test_a_bad_invitation_says_which_field(field: str, value: str, shop: Site, alice: Operator) -> None:
    with pytest.raises(ValidationError) as error:
        _invite(shop, **({"email": "new@example.com", "by": alice} | {field: value}))
    assert list(error.value.message_dict) == [field]
    assert Membership.objects.count() == 1


def test_the_last_administrator_stays(shop: Site, alice: Operator) -> None:
    """SITE-3: neither demoted nor removed; an administrator who may not sign in does not count."""
    MembershipFactory(site=shop, operator=OperatorFactory(is_active=False), role=Role.ADMIN)
    last = Membership.objects.get(operator=alice)
    actor = Actor.of_operator(alice)
    with pytest.raises(teams.TeamRefused):
        teams.change_membership(last, role=Role.VIEWER, sees_personal_data=True, actor=actor)
    with pytest.raises(teams.TeamRefused):
        teams.remove_from_team(last, actor=actor)
    last.refresh_from_db()
    assert last.role == Role.ADMIN


def test_a_change_of_role_is_recorded_with_before_and_after(shop: Site, alice: Operator, bob: Operator) -> None:
    membership = Membership.objects.get(operator=bob)
    changed = teams.change_membership(
        membership, role=Role.VIEWER, sees_personal_data=True, actor=Actor.of_operator(alice)
    )
    assert changed == ["role"]
    entry = AuditEntry.objects.get(action="membership.change")
    assert entry.details == {"name": "Bob", "role": {"from": "agent", "to": "viewer"}}


def test_who_is_taken_off_the_team_keeps_the_account(shop: Site, alice: Operator, bob: Operator) -> None:
    teams.remove_from_team(Membership.objects.get(operator=bob), actor=Actor.of_operator(alice))
    assert Operator.objects.filter(pk=bob.pk).exists()
    assert not shop.memberships.filter(operator=bob).exists()


def test_having_come_counts_from_the_day_of_the_invitation(shop: Site, alice: Operator, charlie: Operator) -> None:
    """SITE-2: an earlier sign-in elsewhere does not show."""
    charlie.last_login = timezone.now() - datetime.timedelta(days=1)
    charlie.save()
    membership = _invite(shop, charlie.email, alice).membership
    assert not teams.has_come(membership)
    membership.operator.last_login = timezone.now() + datetime.timedelta(seconds=1)
    assert teams.has_come(membership)


def test_a_reset_ends_the_password_and_opens_by_a_new_link(shop: Site, alice: Operator, bob: Operator) -> None:
    """SITE-3: for somebody who lost the password; signed in nowhere any more."""
    bob.set_password("a long password")
    bob.save()
    client = client_of(bob)
    membership = Membership.objects.get(operator=bob)
    teams.reset_sign_in(membership, actor=Actor.of_operator(alice))
    assert client.get("/desk/profile/").status_code == 302
    membership.refresh_from_db()
    assert teams.welcomed(teams.welcome_token(membership, actor=Actor.of_operator(alice))) == bob


def test_an_account_that_works_elsewhere_is_not_reset_from_here(shop: Site, alice: Operator, charlie: Operator) -> None:
    """SITE-2: a colleague on one site must not get into another one by it."""
    membership = MembershipFactory(site=shop, operator=charlie)
    with pytest.raises(teams.TeamRefused) as refused:
        teams.reset_sign_in(membership, actor=Actor.of_operator(alice))
    assert refused.value.code == "notYours"


def test_nobody_resets_whoever_runs_the_desk(shop: Site, alice: Operator) -> None:
    membership = MembershipFactory(site=shop, operator=OperatorFactory(is_superuser=True))
    with pytest.raises(teams.TeamRefused):
        teams.reset_sign_in(membership, actor=Actor.of_operator(alice))
