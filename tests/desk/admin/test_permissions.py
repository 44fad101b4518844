"""SITE-3: who gets what from the desk's own pages, as one table: method × address × person → status."""

import pytest
from django.test import Client
from django.urls import reverse

from desk.models import ApiKey, Membership, Operator, Site, Webhook
from tests.conftest import client_of
from tests.factories import OperatorFactory

OK, FOUND, BAD, DENIED, MISSING, NO_METHOD = 200, 302, 400, 403, 404, 405

PEOPLE = ["stranger", "alice", "bob", "victor", "charlie", "nobody", "root"]
# A stranger is sent to the sign-in page (302). Nobody has no site and gets the page that says so (403).
TABLE: dict[tuple[str, str], list[int]] = {
    ("GET", "index"): [FOUND, FOUND, FOUND, FOUND, FOUND, DENIED, FOUND],
    ("GET", "profile"): [FOUND, OK, OK, OK, OK, OK, OK],
    ("GET", "password_change"): [FOUND, OK, OK, OK, OK, OK, OK],
    ("GET", "components"): [FOUND, OK, OK, OK, OK, OK, OK],
    ("GET", "jobs"): [FOUND, OK, OK, OK, OK, DENIED, OK],
    ("GET", "jobs_tray"): [FOUND, OK, OK, OK, OK, DENIED, OK],
    ("GET", "palette"): [FOUND, OK, OK, OK, OK, DENIED, OK],
    ("GET", "counts"): [FOUND, OK, OK, OK, OK, DENIED, OK],
    ("GET", "site_list"): [FOUND, OK, OK, OK, OK, DENIED, OK],
    ("GET", "site_new"): [FOUND, DENIED, DENIED, DENIED, DENIED, DENIED, OK],
    ("POST", "site_new"): [FOUND, DENIED, DENIED, DENIED, DENIED, DENIED, OK],
    ("GET", "settings"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("POST", "settings"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "settings_plugin"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "rotate_plugin_key"): [FOUND, NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD, DENIED, NO_METHOD],
    ("POST", "rotate_plugin_key"): [FOUND, FOUND, DENIED, DENIED, FOUND, DENIED, FOUND],
    ("POST", "show_secrets"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("POST", "rotate_secret"): [FOUND, FOUND, DENIED, DENIED, FOUND, DENIED, FOUND],
    ("POST", "drop_secret"): [FOUND, FOUND, DENIED, DENIED, FOUND, DENIED, FOUND],
    ("POST", "preferences"): [FOUND, BAD, BAD, BAD, BAD, BAD, BAD],
    ("POST", "set_theme"): [FOUND, BAD, BAD, BAD, BAD, BAD, BAD],
    ("POST", "set_language"): [BAD, BAD, BAD, BAD, BAD, BAD, BAD],
    ("POST", "choose_site"): [FOUND, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING],
    ("GET", "desk_membership_changelist"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "desk_membership_add"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("POST", "desk_membership_add"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "desk_membership_change"): [FOUND, OK, DENIED, DENIED, MISSING, DENIED, OK],
    ("GET", "desk_membership_history"): [FOUND, OK, DENIED, DENIED, MISSING, DENIED, OK],
    ("GET", "desk_membership_delete"): [FOUND, FOUND, DENIED, DENIED, MISSING, DENIED, FOUND],
    ("POST", "desk_membership_delete"): [FOUND, FOUND, DENIED, DENIED, MISSING, DENIED, FOUND],
    ("POST", "desk_membership_reset"): [FOUND, FOUND, DENIED, DENIED, MISSING, DENIED, FOUND],
    ("GET", "desk_apikey_changelist"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "desk_apikey_add"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "desk_apikey_delete"): [FOUND, OK, DENIED, DENIED, MISSING, DENIED, OK],
    ("POST", "desk_apikey_delete"): [FOUND, FOUND, DENIED, DENIED, MISSING, DENIED, FOUND],
    ("GET", "desk_webhook_changelist"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "desk_webhook_add"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("POST", "desk_webhook_add"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "desk_webhook_change"): [FOUND, OK, DENIED, DENIED, MISSING, DENIED, OK],
    ("GET", "desk_webhook_history"): [FOUND, OK, DENIED, DENIED, MISSING, DENIED, OK],
    ("GET", "desk_webhook_deliveries"): [FOUND, OK, DENIED, DENIED, MISSING, DENIED, OK],
    ("POST", "desk_webhook_test"): [FOUND, FOUND, DENIED, DENIED, MISSING, DENIED, FOUND],
    ("POST", "desk_webhook_secret"): [FOUND, OK, DENIED, DENIED, MISSING, DENIED, OK],
    ("POST", "desk_webhook_switch"): [FOUND, FOUND, DENIED, DENIED, MISSING, DENIED, FOUND],
    ("GET", "desk_webhook_delete"): [FOUND, OK, DENIED, DENIED, MISSING, DENIED, OK],
    ("POST", "desk_webhook_delete"): [FOUND, FOUND, DENIED, DENIED, MISSING, DENIED, FOUND],
    ("GET", "desk_auditentry_changelist"): [FOUND, OK, DENIED, DENIED, OK, DENIED, OK],
    ("GET", "desk_auditentry_add"): [FOUND, DENIED, DENIED, DENIED, DENIED, DENIED, DENIED],
}
_OF_OBJECT = ("change", "delete", "history", "reset", "deliveries", "test", "secret", "switch")


@pytest.fixture
def addresses(shop: Site, bob: Operator) -> dict[str, list[int]]:
    """The objects that the addresses of the table are about: Bob's place on the team, a key of the shop."""
    membership = Membership.objects.get(operator=bob)
    key = ApiKey.objects.create(site=shop, name="sync", access_key="k", secret_digest="d")
    hook = Webhook.objects.create(site=shop, name="hook", url="https://hooks.example/", events=["message.created"])
    return {"desk_membership": [membership.pk], "desk_apikey": [key.pk], "desk_webhook": [hook.pk]}


@pytest.fixture
def clients(shop: Site, alice: Operator, bob: Operator, victor: Operator, charlie: Operator) -> dict[str, Client]:
    root = OperatorFactory(name="Root", email="root@example.com", is_superuser=True)
    nobody = OperatorFactory(name="Nobody", email="nobody@example.com")
    people = {"alice": alice, "bob": bob, "victor": victor, "charlie": charlie, "nobody": nobody, "root": root}
    clients = {name: client_of(operator) for name, operator in people.items()}
    clients["root"].post(reverse("admin:choose_site"), {"site": shop.pk})
    return {"stranger": Client(), **clients}


@pytest.mark.parametrize(("method", "name"), TABLE, ids=lambda value: value)
def test_the_table(method: str, name: str, clients: dict[str, Client], addresses: dict[str, list[int]]) -> None:
    """SITE-3."""
    stem, _, page = name.rpartition("_")
    path = reverse(f"admin:{name}", args=addresses[stem] if page in _OF_OBJECT and stem in addresses else [])
    expected = dict(zip(PEOPLE, TABLE[method, name], strict=True))
    # Those who may come last: what they do must not change what the others meet.
    order = sorted(PEOPLE, key=lambda person: expected[person] in {OK, FOUND})
    answers = {}
    for person in order:
        if expected[person] == FOUND and method == "POST" and page == "delete" and person == "root":
            expected.pop("root")  # Alice has removed it by then; what root may is the same rule
            continue
        answers[person] = clients[person].generic(method, path).status_code
    assert answers == expected
