"""API-3: what webhooks hear of people."""

import datetime
import json
from typing import Any

import pytest

from contacts.creating import create_contact
from contacts.deleting import delete_contacts
from contacts.kinds import become_lead, become_member
from contacts.known_values import Origin
from contacts.merging import merge
from contacts.models import Contact, DeletionReason, Kind, LeadReason, Source
from desk.actors import SYSTEM
from desk.models import Site, WebhookDelivery
from tests.desk.hooks import hook_for
from tests.factories import ContactFactory

NOW = datetime.datetime(2026, 11, 22, 3, 0, tzinfo=datetime.UTC)
ORIGIN = Origin(Source.API, "program", NOW)


@pytest.fixture(autouse=True)
def _hook(shop: Site) -> None:
    hook_for(shop, events=["contact.created", "contact.merged", "contact.deleted"])


def told() -> list[tuple[str, Any]]:
    bodies = [json.loads(body) for body in WebhookDelivery.objects.order_by("pk").values_list("body", flat=True)]
    return [(body["event"], body["data"]) for body in bodies]


def test_a_new_lead_is_announced(shop: Site) -> None:
    """KIND-2: with what the desk shows of it."""
    contact = create_contact(shop, [({"name": "Kim", "email": "Kim@example.com"}, True)], origin=ORIGIN)
    assert told() == [
        (
            "contact.created",
            {
                "contact": {
                    "id": str(contact.pk),
                    "customerNumber": contact.customer_number,
                    "kind": "lead",
                    "member": False,
                    "memberId": None,
                    "name": "Kim",
                    "email": "Kim@example.com",
                    "mobileNumber": None,
                }
            },
        )
    ]
    assert WebhookDelivery.objects.get().subject == contact.pk


def test_a_visitor_is_announced_when_the_desk_begins_to_show_them(shop: Site) -> None:
    """KIND-5: not before, and not again when the lead becomes a member."""
    visitor = create_contact(shop, [], origin=ORIGIN)
    assert told() == []
    become_lead(visitor, LeadReason.CHAT, now=NOW)
    assert [(event, data["contact"]["kind"]) for event, data in told()] == [("contact.created", "lead")]
    become_member(visitor.pk, shop, "kim", ORIGIN)
    assert len(told()) == 1


def test_a_visitor_who_signs_up_is_announced(shop: Site) -> None:
    """KIND-4: straight from anonymous to member."""
    visitor = create_contact(shop, [], origin=ORIGIN)
    become_member(visitor.pk, shop, "kim", ORIGIN)
    [(event, data)] = told()
    assert (event, data["contact"]["memberId"]) == ("contact.created", "kim")


def test_a_merge_is_announced_with_both(shop: Site) -> None:
    """UNI-11: after it, the survivor as it is now."""
    member, lead = ContactFactory(site=shop, member_id="kim"), ContactFactory(site=shop, email="kim@example.com")
    number = lead.customer_number
    merge(member, lead, actor=SYSTEM, trigger="manual", now=NOW)
    [(event, data)] = told()
    assert (event, data["absorbed"]) == ("contact.merged", {"id": str(lead.pk), "customerNumber": number})
    assert (data["contact"]["id"], data["contact"]["email"]) == (str(member.pk), "kim@example.com")


def test_a_visitor_who_is_recognised_is_no_news(shop: Site) -> None:
    """KIND-5: nobody outside knew the anonymous one."""
    member = ContactFactory(site=shop, member_id="kim")
    visitor = ContactFactory(site=shop, kind=Kind.ANONYMOUS, name="")
    merge(member, visitor, actor=SYSTEM, trigger="boot", now=NOW)
    assert told() == []


def test_the_deleted_are_announced_by_id_alone(shop: Site) -> None:
    """RET-4: and what was on its way of them is gone."""
    people = [ContactFactory(site=shop), ContactFactory(site=shop, kind=Kind.ANONYMOUS, name="")]
    delete_contacts([one.pk for one in people], site=shop, reason=DeletionReason.OPERATOR, now=NOW)
    assert told() == [("contact.deleted", {"contact": {"id": str(people[0].pk)}})]
    assert not Contact.objects.exists()
