"""API-2: programs delete, block and touch contacts: RET-1, RET-8, BOOT-14, SITE-2."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from contacts.merging import merge
from contacts.models import Contact, DeletionCount
from desk.actors import SYSTEM
from desk.models import AuditEntry, Site
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.open.test_merges import check
from tests.contacts.browser import Browser
from tests.factories import ContactFactory

LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def member(shop: Site) -> Contact:
    contact: Contact = ContactFactory(site=shop, name="Kim", member_id="m/1", created_at=LONG_AGO)
    return contact


@pytest.fixture
def lead(shop: Site) -> Contact:
    contact: Contact = ContactFactory(site=shop, name="Lead", email="lead@example.com", created_at=LONG_AGO)
    return contact


# --- DELETE --------------------------------------------------------------------------------------------------


def test_a_deleted_contact_is_not_there_any_more(program: Program, lead: Contact) -> None:
    """RET-8."""
    path = f"contacts/{lead.pk}"
    assert program.client.delete(f"/api/v1/{path}").status_code == 204
    assert program.get(path)[0] == program.call("DELETE", path, {})[0] == program.call("PATCH", path, {})[0] == 404
    assert not Contact.objects.exists()


def test_a_member_is_deleted_by_its_member_id(program: Program, member: Contact, lead: Contact) -> None:
    """RET-8: a memberId may hold slashes."""
    assert program.call("DELETE", "contacts/@m/1", {}) == (204, None)
    assert program.get("contacts/@m/1")[0] == program.call("DELETE", "contacts/@m/1", {})[0] == 404
    assert Contact.objects.get() == lead


def test_the_audit_log_names_the_program_and_the_count_its_reason(program: Program, lead: Contact) -> None:
    """SITE-4, RET-4."""
    program.call("DELETE", f"contacts/{lead.pk}", {})
    entry = AuditEntry.objects.get(action="contact.delete")
    assert (entry.actor, entry.target_id, entry.address) == ("program", str(lead.pk), "127.0.0.1")
    assert list(DeletionCount.objects.values_list("reason", "kind", "count")) == [("api", "lead", 1)]


def test_an_old_id_deletes_the_person_it_leads_to(program: Program, member: Contact, lead: Contact) -> None:
    """UNI-8: absorbed and survivor are one person."""
    merge(member, lead, actor=SYSTEM, trigger="hand", now=timezone.now())
    assert program.call("DELETE", f"contacts/{lead.pk}", {})[0] == 204
    assert program.get(f"contacts/{member.pk}")[0] == program.get(f"contacts/{lead.pk}")[0] == 404


@pytest.mark.parametrize("method", ["DELETE", "POST"])
@pytest.mark.parametrize("what", ["", "/block", "/touch"])
def test_another_sites_contacts_are_not_there(
    stranger: Program, lead: Contact, member: Contact, method: str, what: str
) -> None:
    """SITE-2."""
    assert stranger.call(method, f"contacts/{lead.pk}{what}", {})[0] in {404, 405}
    assert stranger.call(method, f"contacts/@m/1{what}", {})[0] in {404, 405}
    assert Contact.objects.filter(blocked=False, last_touch_at=LONG_AGO).count() == 2


def test_an_anonymous_visitor_is_not_there(program: Program, shop: Site) -> None:
    """KIND-5."""
    visitor = Browser(shop).boot().contact
    for method, path in (("DELETE", ""), ("POST", "/block"), ("POST", "/touch")):
        assert program.call(method, f"contacts/{visitor.pk}{path}", {})[0] == 404
    assert Contact.objects.filter(pk=visitor.pk).exists()


@pytest.mark.parametrize("path", ["contacts/{}", "contacts/{}/block"])
def test_what_is_sent_along_is_refused_not_ignored(program: Program, lead: Contact, path: str) -> None:
    """api.md: unknown fields are refused."""
    status, answer = program.call("DELETE", path.format(lead.pk), {"reason": "asked"})
    assert (status, answer["error"]["path"]) == (400, "reason")
    assert Contact.objects.filter(pk=lead.pk).exists()


@pytest.mark.parametrize(
    "path", ["contacts/1", "contacts/x", "contacts/@nobody", "contacts/@a%00b", f"contacts/{2**63}"]
)
def test_nobody_is_404(program: Program, lead: Contact, path: str) -> None:
    """Never a 500."""
    assert program.call("DELETE", path, {})[0] == 404


# --- block and touch -----------------------------------------------------------------------------------------


def test_a_contact_is_blocked_and_the_block_lifted(program: Program, lead: Contact, client: Client) -> None:
    """BOOT-14: once more changes nothing and is told the same."""
    path = f"contacts/{lead.pk}/block"
    for method, blocked in (("POST", True), ("POST", True), ("DELETE", False), ("DELETE", False)):
        status, answer = program.call(method, path, {})
        assert (status, answer["id"], answer["blocked"]) == (200, str(lead.pk), blocked)
        check(client, "contacts/{contact_id}/block", method.lower(), 200, answer)
    assert list(AuditEntry.objects.filter(target_id=str(lead.pk)).order_by("pk").values_list("action", flat=True)) == [
        "contact.block",
        "contact.unblock",
    ]


def test_a_touch_begins_the_retention_period_anew(program: Program, lead: Contact, client: Client) -> None:
    """RET-1: a call that the desk did not see; it is no visit."""
    before = timezone.now()
    status, answer = program.call("POST", f"contacts/{lead.pk}/touch", {})
    check(client, "contacts/{contact_id}/touch", "post", 200, answer)
    lead.refresh_from_db()
    assert status == 200
    assert lead.last_touch_at >= before
    assert datetime.datetime.fromisoformat(answer["lastTouchAt"]) >= before - datetime.timedelta(milliseconds=1)
    assert lead.last_seen_at == lead.updated_at == LONG_AGO
    assert AuditEntry.objects.get(action="contact.touch").actor == "program"


def test_an_old_id_is_answered_with_the_survivor(program: Program, member: Contact, lead: Contact) -> None:
    """UNI-8."""
    merge(member, lead, actor=SYSTEM, trigger="hand", now=timezone.now())
    for what in ("block", "touch"):
        answer = program.call("POST", f"contacts/{lead.pk}/{what}", {})[1]
        assert (answer["id"], answer["mergedFrom"]) == (str(member.pk), [str(lead.pk)])
