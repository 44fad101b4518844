"""SITE-4: the page of the audit log: found by everything that stands in it, masked, of one site, and as a file."""

import ast
import datetime
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from desk.actors import SYSTEM, Actor
from desk.admin.audit_words import has_words
from desk.audit import record
from desk.models import AuditEntry, Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory

LIST = reverse("admin:desk_auditentry_changelist")
EXPORT = reverse("admin:desk_auditentry_export")
NOON = datetime.datetime(2026, 5, 4, 3, tzinfo=datetime.UTC)  # in Seoul


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim", customer_number=7, email="kim@example.com")


@pytest.fixture
def log(shop: Site, alice: Operator, bob: Operator, kim: Contact) -> None:
    """A merge by Alice, an export by Bob the day after, a change by a program, the day after that."""
    by_alice, by_bob = Actor.of_operator(alice, "192.0.2.7"), Actor.of_operator(bob, "192.0.2.8")
    day = datetime.timedelta(days=1)
    record("contact.merge", actor=by_alice, site=shop, target=kim, now=NOON)
    record("contact.export", actor=by_bob, site=shop, reason="Spring letter", details={"contacts": 5}, now=NOON + day)
    changes = {"changes": {"email": ["old@example.com", "kim@example.com"], "name": ["Gim", "Kim"]}}
    record("contact.change", actor=Actor("api", "Sync"), site=shop, target=kim, details=changes, now=NOON + 2 * day)


@pytest.fixture
def desk(alice: Operator, log: None) -> Client:
    return client_of(alice)


def found(client: Client, **query: Any) -> list[str]:
    """The reasons and actions on the page, as the words that tell the three apart."""
    page = client.get(LIST, query).content.decode()
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [word for word in ("merged", "exported", "changed") if f": {word}<" in rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["merged", "exported", "changed"]),
        ({"q": "spring"}, ["exported"]),
        ({"q": "sync"}, ["changed"]),
        ({"q": "MERGED"}, ["merged"]),
        ({"q": "192.0.2.8"}, ["exported"]),
        ({"what": "exported"}, ["exported"]),
        ({"what": "contact.merge"}, ["merged"]),
        ({"who": "none"}, ["changed"]),
        ({"from": "2026-05-05", "to": "2026-05-05"}, ["exported"]),
        ({"to": "2026-05-04"}, ["merged"]),
        ({"person": "7"}, ["merged", "changed"]),
        ({"person": "8"}, []),
        ({"person": "7", "what": "merged"}, ["merged"]),
    ],
    ids=str,
)
def test_the_log_is_found_by(desk: Client, query: dict[str, str], expected: list[str]) -> None:
    assert found(desk, **query) == expected


def test_by_operator(desk: Client, bob: Operator) -> None:
    assert found(desk, who=bob.pk) == ["exported"]


@pytest.mark.parametrize(
    "query",
    [
        {"x": "1"},
        {"what": "nonsense"},
        {"who": "bob"},
        {"from": "2026-13-01"},
        {"after": "7"},
        {"where": "installation"},
    ],
    ids=str,
)
def test_what_is_not_understood_is_refused(desk: Client, query: dict[str, str]) -> None:
    """FIL-11"""
    response = desk.get(LIST, query)
    assert response.status_code == 400
    assert "merged" not in response.content.decode()


def test_pages_go_on_where_the_last_one_ended(shop: Site, alice: Operator) -> None:
    """Also where many entries have one time."""
    for n in range(230):
        record("site.change", actor=SYSTEM, site=shop, reason=f"r{n:03}", now=NOON)
    client, address, seen = client_of(alice), LIST + "?q=r", []
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r">(r\d{3})<", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = LIST + following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"r{n:03}" for n in reversed(range(230))]


def test_changes_are_masked_for_who_may_not_see_them(shop: Site, log: None, kim: Contact) -> None:
    """On the page, in the file and in the history of the person."""
    eve = OperatorFactory(name="Eve")
    MembershipFactory(site=shop, operator=eve, role="admin", sees_personal_data=False)
    client = client_of(eve)
    file = b"".join(client.post(EXPORT, {"reason": "check"}).streaming_content).decode()
    history = client.get(reverse("admin:contacts_contact_history", args=[kim.pk])).content.decode()
    for text in (client.get(LIST).content.decode(), file, history):
        assert "Gim → Kim" in text
        assert "old@example.com" not in text
        assert "kim@example.com" not in text


def test_the_installation_is_read_by_who_runs_it(shop: Site, desk: Client) -> None:
    """SITE-2: what belongs to no site is on no site's page."""
    record("operator.signInFailed", actor=Actor("system", "", None, "203.0.113.9"), site=None)
    root = client_of(OperatorFactory(name="Root", is_superuser=True))
    assert "203.0.113.9" not in desk.get(LIST).content.decode()
    assert "203.0.113.9" not in root.get(LIST).content.decode()
    assert "203.0.113.9" in root.get(LIST, {"where": "installation"}).content.decode()


def test_the_file_needs_a_reason_and_is_in_the_log(desk: Client, shop: Site, alice: Operator) -> None:
    """What is in it is harmless in a spreadsheet, and what the list was narrowed to."""
    record("site.change", actor=SYSTEM, site=shop, reason="=1+1", now=NOON)
    assert "Reason" in desk.post(EXPORT, {"reason": " "}).content.decode()
    assert not AuditEntry.objects.filter(action="auditentry.export").exists()
    response = desk.post(EXPORT + "?to=2026-05-04&q=e", {"reason": "Yearly check"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("Time,Actor,Action")
    assert "'=1+1" in lines[1]
    assert lines[2].startswith("2026-05-04 12:00:00+0900,Alice,")
    entry = AuditEntry.objects.get(action="auditentry.export")
    assert (entry.reason, entry.operator) == ("Yearly check", alice)
    assert entry.details == {"until": "2026-05-04", "search": True}


def test_a_person_leads_to_who_looked(desk: Client, kim: Contact, bob: Operator) -> None:
    """For those who may read the log; whoever may not does not see it in the history either."""
    page = reverse("admin:contacts_contact_change", args=[kim.pk])
    history = reverse("admin:contacts_contact_history", args=[kim.pk])
    assert f"{LIST}?person=7" in desk.get(page).content.decode()
    assert "Contact: seen" in desk.get(history).content.decode()
    client = client_of(bob)
    assert f"{LIST}?person=7" not in client.get(page).content.decode()
    assert "Contact: seen" not in client.get(history).content.decode()


# --- every action has words -------------------------------------------------------------------------------------------

_WRITERS = {"record", "record_many", "saw_list", "note", "_write_down"}


def _recorded() -> Iterator[tuple[str, str]]:
    """(file, action) of every call that writes to the log; ``f"noun.{verb}"`` with a word for the verb."""
    for label in ("desk", "contacts", "tags", "segments", "chats"):
        root = Path(apps.get_app_config(label).path)
        for path in sorted(root.rglob("*.py")):
            if "migrations" in path.parts:
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    given = [arg for arg in node.args if name in _WRITERS]
                    given += [word.value for word in node.keywords if word.arg == "audit"]
                    yield from (
                        (str(path.relative_to(root.parent)), one) for arg in given if (one := _action(arg, path, root))
                    )


def _action(argument: ast.expr, path: Path, root: Path) -> str:
    value: Any = getattr(argument, "value", None) if isinstance(argument, ast.Constant) else None
    if isinstance(argument, ast.Name | ast.Attribute):
        module = importlib.import_module(".".join(path.relative_to(root.parent).with_suffix("").parts))
        place: Any = module
        for name in ast.unparse(argument).split("."):
            place = getattr(place, name, None)
        value = place
    return value if isinstance(value, str) and re.fullmatch(r"[a-zA-Z]+\.[a-zA-Z]+", value) else ""


def test_every_action_has_words() -> None:
    """A new one: its verb in ``audit_words._VERBS``, or the whole by ``audit_words.register``."""
    recorded = list(_recorded())
    assert len(recorded) > 70
    assert [(file, action) for file, action in recorded if not has_words(action)] == []
    more = ["contact.view", "contactimport.view", "graderule.view", "savedmapping.create", "contact.block"]
    assert [action for action in more if not has_words(action)] == []
