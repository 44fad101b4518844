"""IMP-9, SITE-4: asking for an export on the list, and the page of the files."""

import datetime

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.exporting.storing import path_of
from contacts.models import ContactExport
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Membership, Operator, Role, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory

EXPORT = "/desk/contacts/contact/export/"
FILES = "/desk/contacts/contactexport/"
ASKED = {"format": "csv", "columns": "shown", "reason": "Spring letter"}


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def people(shop: Site) -> None:
    ContactFactory(site=shop, name="Kim", member_id="m-1", email="kim@example.com")
    ContactFactory(site=shop, name="Lee", email="lee@example.com")


def written() -> ContactExport:
    """The only export, its file written."""
    export = ContactExport.objects.get()
    work_off(export.job_id, token=new_token())
    export.refresh_from_db()
    return export


def content(client: Client, export: ContactExport) -> str:
    response = client.get(f"{FILES}{export.pk}/file/")
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_the_dialog_says_how_many_people_the_list_has(client: Client, people: None) -> None:
    """IMP-9: from any list state."""
    assert "all <strong>2 people</strong> of this site" in client.get(EXPORT).content.decode()
    assert "<strong>1 person</strong> of this list" in client.get(EXPORT, {"kind": "lead"}).content.decode()
    assert "<strong>1 person</strong> of this list" in client.get(EXPORT, {"q": "Kim"}).content.decode()


def test_an_export_of_a_filtered_list_holds_its_people_and_no_others(client: Client, people: None) -> None:
    """IMP-9."""
    response = client.post(f"{EXPORT}?kind=member", {**ASKED, "expectedCount": "1"})
    assert response.headers["Location"] == FILES
    shown = content(client, written())
    assert "m-1" in shown
    assert "lee@example.com" not in shown


def test_an_export_without_a_reason_is_not_begun(client: Client, people: None) -> None:
    """SITE-4: what was chosen stays chosen."""
    response = client.post(EXPORT, {**ASKED, "format": "xlsx", "reason": "  ", "expectedCount": "2"})
    assert response.status_code == 400
    assert 'value="xlsx" checked' in response.content.decode()
    assert not ContactExport.objects.exists()


def test_people_who_came_since_the_dialog_was_opened_are_not_exported_unseen(
    client: Client, shop: Site, people: None
) -> None:
    """FIL-11: the set has grown beyond what was shown."""
    ContactFactory(site=shop, name="Park")
    response = client.post(EXPORT, {**ASKED, "expectedCount": "2"})
    assert "there were 2 people, and there are 3 now" in response.content.decode()
    assert not ContactExport.objects.exists()


def test_a_refused_filter_exports_nobody(client: Client, people: None) -> None:
    """FIL-11."""
    response = client.post(f'{EXPORT}?filter={{"key":"nonsense","op":"is"}}', {**ASKED, "expectedCount": "2"})
    assert response.status_code == 400
    assert not ContactExport.objects.exists()


def test_the_page_of_exports_tells_who_when_and_why(client: Client, people: None) -> None:
    """SITE-4: also after the file is gone."""
    client.post(EXPORT, {**ASKED, "expectedCount": "2"})
    assert "being written" in client.get(FILES).content.decode()
    export = written()
    shown = client.get(FILES).content.decode()
    assert "Spring letter" in shown
    assert "Alice" in shown
    assert f"{FILES}{export.pk}/file/" in shown
    ContactExport.objects.update(created_at=timezone.now() - datetime.timedelta(days=8))
    shown = client.get(FILES).content.decode()
    assert "Spring letter" in shown
    assert "deleted" in shown


def test_a_download_is_an_attachment_and_in_the_audit_log(client: Client, people: None) -> None:
    """IMP-9, SITE-4."""
    client.post(EXPORT, {**ASKED, "expectedCount": "2"})
    export = written()
    response = client.get(f"{FILES}{export.pk}/file/")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{export.name}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response.headers["Cache-Control"]
    assert AuditEntry.objects.filter(action="contactexport.download", target_id=str(export.pk)).count() == 1
    assert AuditEntry.objects.get(action="contact.export").reason == "Spring letter"


def test_who_may_not_see_personal_data_gets_a_masked_file(client: Client, shop: Site, people: None) -> None:
    """SITE-4: and not the readable one of somebody else."""
    masked = OperatorFactory(name="Mina")
    MembershipFactory(site=shop, operator=masked, role=Role.ADMIN, sees_personal_data=False)
    minas = client_of(masked)
    assert "masked in the file" in minas.get(EXPORT).content.decode()
    minas.post(EXPORT, {**ASKED, "expectedCount": "2"})
    own = written()
    assert "kim@example.com" not in content(minas, own)
    ContactExport.objects.update(masked=False)
    assert minas.get(f"{FILES}{own.pk}/file/").status_code == 404
    assert f"{own.pk}/file/" not in minas.get(FILES).content.decode()


@pytest.mark.parametrize("address", [EXPORT, FILES])
def test_exports_are_for_who_may_export(address: str, bob: Operator, victor: Operator, people: None) -> None:
    """SITE-3: neither the pages nor the button."""
    for operator in (bob, victor):
        client = client_of(operator)
        assert client.get(address).status_code == 403
        assert "data-export=" not in client.get("/desk/contacts/contact/").content.decode()
        assert FILES not in client.get("/desk/contacts/contact/").content.decode()


def test_the_buttons_are_where_the_library_puts_them(client: Client, people: None) -> None:
    """IMP-10: by django-import-export's templates and names of addresses."""
    shown = client.get("/desk/contacts/contact/").content.decode()
    assert f'hx-get="{reverse("admin:contacts_contact_export")}"' in shown
    assert f'href="{reverse("admin:contacts_contact_import")}"' in shown


def test_a_file_of_another_site_is_not_there(client: Client, people: None, charlie: Operator) -> None:
    """SITE-2."""
    client.post(EXPORT, {**ASKED, "expectedCount": "2"})
    export = written()
    assert client_of(charlie).get(f"{FILES}{export.pk}/file/").status_code == 404
    assert path_of(export).is_file()


def test_a_lost_right_ends_the_download(client: Client, alice: Operator, people: None) -> None:
    """SITE-3: also of one's own file."""
    client.post(EXPORT, {**ASKED, "expectedCount": "2"})
    export = written()
    Membership.objects.filter(operator=alice).update(role=Role.AGENT)
    cache.clear()
    assert client.get(f"{FILES}{export.pk}/file/").status_code == 403
