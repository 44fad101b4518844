"""Subject access: the page that asks why, and hands a person's data out to who may."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.merging import merge
from contacts.models import Contact
from desk.actors import SYSTEM
from desk.models import AuditEntry, Membership, Operator, Role, Site
from tests.conftest import client_of
from tests.contacts.browser import Browser
from tests.contacts.subject_access.opened import opened
from tests.factories import ContactFactory

LIST = "/desk/contacts/contact/"


@pytest.fixture(autouse=True)
def _files_of_the_test(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def desk(alice: Operator) -> Client:
    """Alice's browser."""
    return client_of(alice)


@pytest.fixture
def kim(shop: Site) -> Contact:
    contact: Contact = Browser(shop).boot("kim-1", page="/", profile={"name": "Kim"}, language="ja").contact
    return contact


def url(contact: Contact) -> str:
    return f"{LIST}{contact.pk}/personal-data/"


def test_the_page_says_whose_data_and_how_much(desk: Client, kim: Contact) -> None:
    """SITE-4: looking hands out nothing and is no entry; the person's language is chosen."""
    page = desk.get(url(kim)).content.decode()
    for words in ("Kim", "<dt>Visits</dt><dd>1</dd>", "may name somebody else", '<option value="ja" selected>'):
        assert words in page, words
    assert "<dt>Messages</dt>" not in page
    assert not AuditEntry.objects.filter(action="contact.subjectAccess").exists()
    assert url(kim) in desk.get(f"{LIST}{kim.pk}/change/").content.decode()


def test_the_file_is_handed_out_and_written_down(desk: Client, kim: Contact, tmp_path: Path) -> None:
    """SITE-4: who, when, from where and why; nothing is left on the disk."""
    answer: Any = desk.post(url(kim), {"reason": "asked by e-mail", "language": "ja"})
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith(f'attachment; filename="person-SHOP-{kim.customer_number}-')
    assert "no-store" in answer["Cache-Control"]
    made = opened(answer.getvalue())
    assert made.data["about"]["language"] == "ja"
    assert {row["field"]: row["value"] for row in made.data["profile"]}["name"] == "Kim"
    entry = AuditEntry.objects.get(action="contact.subjectAccess")
    assert (entry.reason, entry.address, entry.target_id) == ("asked by e-mail", "127.0.0.1", str(kim.pk))
    assert entry.details == {"language": "ja", "attachments": 0}
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_reason_is_needed(desk: Client, kim: Contact) -> None:
    """SITE-4"""
    answer = desk.post(url(kim), {"reason": " ", "language": "ko"})
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not AuditEntry.objects.filter(action="contact.subjectAccess").exists()


@pytest.mark.parametrize(
    ("role", "sees", "status"),
    [(Role.ADMIN, True, 200), (Role.ADMIN, False, 403), (Role.AGENT, True, 403), (Role.VIEWER, True, 403)],
)
def test_only_who_may_export_and_sees_personal_data(
    desk: Client, alice: Operator, kim: Contact, role: str, sees: bool, status: int
) -> None:
    """SITE-3, SITE-4: others read what is missing, find no button, and leave no trace of a download."""
    Membership.objects.filter(operator=alice).update(role=role, sees_personal_data=sees)
    assert desk.get(url(kim)).status_code == status
    answer = desk.post(url(kim), {"reason": "asked", "language": "ko"})
    assert answer.status_code == status
    assert (url(kim) in desk.get(f"{LIST}{kim.pk}/change/").content.decode()) == (status == 200)
    if status == 403:
        assert "the right to see personal data" in answer.content.decode()
        assert not AuditEntry.objects.filter(action="contact.subjectAccess").exists()


def test_another_sites_person_and_an_anonymous_one_are_not_there(
    desk: Client, shop: Site, elsewhere: Site, kim: Contact
) -> None:
    """SITE-2, KIND-5"""
    stranger, anonymous = ContactFactory(site=elsewhere), Browser(shop).boot(page="/").contact
    for contact in (stranger, anonymous):
        assert desk.get(url(contact)).status_code == 404
        assert desk.post(url(contact), {"reason": "asked", "language": "ko"}).status_code == 404


def test_an_old_address_leads_to_whom_it_means_now(desk: Client, shop: Site, kim: Contact) -> None:
    """UNI-8: nobody's data leave under a name that was not shown."""
    lead = ContactFactory(site=shop)
    merge(kim, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    answer = desk.post(url(lead), {"reason": "asked", "language": "ko"})
    assert (answer.status_code, answer["location"]) == (302, url(kim))
