"""SITE-4: whoever may not see personal data finds none of it on any page of the desk, whatever is put into addresses.

Eve administers the shop, so that every page opens, and is not allowed to see. The person of these tests is in
everything that the desk can keep.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chats.models import Chat
from contacts.details import change_details
from contacts.models import Contact, ContactImport, Merge, Source
from desk.actors import Actor
from desk.models import Job, Operator, Role, Site
from segments.models import Segment
from tags.models import GradeRule
from tests.architecture.test_site_scoping import ADDRESSES
from tests.config.test_nothing_is_left import everything
from tests.conftest import client_of
from tests.contacts.test_erasing import NOW
from tests.factories import MembershipFactory, OperatorFactory

# Her address and birth date too, which nobody else has.
DETAILS = {"address": "5550-77 Hidden street", "birthDate": "1907-05-06"}
PERSONAL = re.compile(r"alicia[\w.+-]*@|5550[ -]?\d\d|Hidden street|1907", re.IGNORECASE)
QUERIES: tuple[dict[str, str], ...] = ({}, {"q": "alici"})
# The condition of a segment is what a colleague wrote, not what a person is found to have.
OF_WORDS = {f"admin:segments_segment_{page}" for page in ("filter", "changelist", "change")}
# What has a page of its own that tells of people.
WITH_PAGES = (Chat, ContactImport, GradeRule, Job, Merge, Segment)


@pytest.fixture
def alicia(shop: Site, alice: Operator, bob: Operator, settings: Any, tmp_path: Path) -> Contact:
    settings.DATA_DIR = tmp_path
    alicia = everything(shop, alice, bob)
    told = {"source": Source.OPERATOR, "source_label": "", "actor": Actor.of_operator(alice), "now": NOW}
    change_details(alicia, DETAILS, **told)
    return alicia


@pytest.fixture
def eve(shop: Site) -> Client:
    operator = OperatorFactory(name="Eve", email="eve@example.com")
    MembershipFactory(site=shop, operator=operator, role=Role.ADMIN, sees_personal_data=False)
    return client_of(operator)


def ids_of(shop: Site, alicia: Contact) -> list[str]:
    """Hers, and the last of everything that has a page."""
    rows = [model._default_manager.filter(site=shop).order_by("-pk").first() for model in WITH_PAGES]
    return [str(alicia.pk), *(str(row.pk) for row in rows if row is not None)]


def read(client: Client, path: str, query: dict[str, str]) -> str:
    response = client.get(path, query)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace")


def paths(shop: Site, alicia: Contact) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(name, path, query) of every page of the desk; those that take an id with each of some."""
    ids = ids_of(shop, alicia)
    for address in (one for one in ADDRESSES if one.name.startswith("admin:") and one.name not in OF_WORDS):
        if address.takes_id:
            yield from ((address.name, address.filled(value), {}) for value in ids)
        else:
            yield from ((address.name, address.filled(""), query) for query in QUERIES)
    chat = Chat.objects.filter(site=shop).latest("pk")
    for tab in ("room", "customer", "history"):
        yield "admin:chat_panel_tab", reverse("admin:chat_panel_tab", args=[chat.pk, tab]), {}


def leaks(client: Client, shop: Site, alicia: Contact) -> list[str]:
    """Where something personal stands, with what is around it."""
    found = []
    for name, path, query in paths(shop, alicia):
        text = read(client, path, query)
        if match := PERSONAL.search(text):
            found.append(f"{name} {query}: …{text[max(match.start() - 60, 0) : match.end() + 30]}…")
    return found


def test_no_page_shows_what_is_masked(shop: Site, alicia: Contact, eve: Client) -> None:
    """Lists, searches, panels, histories, dialogs, files, the audit log."""
    assert "\n".join(leaks(eve, shop, alicia)) == ""


def test_the_walk_sees_what_is_there(shop: Site, alicia: Contact, alice: Operator) -> None:
    """So that the test above can fail: somebody who may see does, on many pages."""
    pages = {leak.split()[0] for leak in leaks(client_of(alice), shop, alicia)}
    assert {"admin:contacts_contact_change", "admin:contacts_contact_changelist", "admin:chat_panel_tab"} <= pages
    assert {"admin:palette", "admin:desk_auditentry_changelist", "admin:suggestions"} <= pages
