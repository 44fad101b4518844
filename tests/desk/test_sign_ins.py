"""SITE-4: sign-ins are in the audit log of every site that the operator works for, and of no other."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from desk.models import AuditEntry, Operator, Role, Site
from tests.conftest import client_of
from tests.factories import MembershipFactory, OperatorFactory

PASSWORD = "a long password for tests"
HERE = "192.0.2.31"


@pytest.fixture(autouse=True)
def _nothing_was_said_yet(settings: Any, request: Any) -> None:
    """A memory of its own, whichever cache the tests run with."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": request.node.name}}


@pytest.fixture
def ann(shop: Site, elsewhere: Site) -> Operator:
    """Works for both sites."""
    ann = OperatorFactory(name="Ann", email="ann@example.com")
    ann.set_password(PASSWORD)
    ann.save()
    for site in (shop, elsewhere):
        MembershipFactory(site=site, operator=ann, role=Role.AGENT)
    return ann


def _try(client: Client, email: str, password: str) -> int:
    data = {"username": email, "password": password, "next": "/desk/"}
    return client.post(reverse("admin:login"), data, REMOTE_ADDR=HERE).status_code


def _told(site: Site | None) -> list[tuple[str, str, str | None]]:
    return list(AuditEntry.objects.filter(site=site).order_by("pk").values_list("action", "actor", "address"))


def test_coming_and_going(ann: Operator, shop: Site, elsewhere: Site) -> None:
    client = Client()
    _try(client, "ann@example.com", "wrong")
    _try(client, "Ann@example.com", PASSWORD)
    client.post(reverse("admin:logout"), REMOTE_ADDR=HERE)
    expected = [(f"operator.{verb}", "Ann", HERE) for verb in ("signInFailed", "signIn", "signOut")]
    assert _told(shop) == _told(elsewhere) == expected
    assert _told(None) == []


def test_a_lock_out_is_said_once(ann: Operator, shop: Site) -> None:
    """What is tried while it lasts is not told one by one."""
    client = Client()
    for _ in range(15):
        _try(client, "ann@example.com", "wrong")
    actions = [action for action, _actor, _address in _told(shop)]
    assert actions == ["operator.signInFailed"] * 9 + ["operator.lockOut"]


def test_an_unknown_address_is_not_kept(shop: Site, ann: Operator) -> None:
    """It may be a password in the wrong place; and many of them are one entry, of no site."""
    for typed in ("nobody@example.com", "hunter2 my secret", "other@example.com"):
        _try(Client(), typed, "wrong")
    assert _told(None) == [("operator.signInFailed", "", HERE)]
    assert _told(shop) == []
    assert "hunter2" not in str(list(AuditEntry.objects.values_list())) + str(AuditEntry.objects.values())


def test_a_new_password(ann: Operator, shop: Site) -> None:
    client = client_of(ann)
    again = "another long password"
    data = {"old_password": PASSWORD, "new_password1": again, "new_password2": "mistyped"}
    client.post(reverse("admin:password_change"), data)
    assert "operator.changePassword" not in [action for action, *_rest in _told(shop)]
    assert client.post(reverse("admin:password_change"), {**data, "new_password2": again}).status_code == 302
    assert [action for action, *_rest in _told(shop)][-1] == "operator.changePassword"
    assert again not in str(list(AuditEntry.objects.values_list()))


def test_who_is_on_no_team_is_an_entry_of_the_installation(db: None, shop: Site) -> None:
    client_of(OperatorFactory(name="Root", is_superuser=True))
    assert [(action, actor) for action, actor, _address in _told(None)] == [("operator.signIn", "Root")]
    assert _told(shop) == []
