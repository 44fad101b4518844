"""API-3: what webhooks hear of people. The rules call this inside their transaction.

Anonymous visitors are nobody's business (KIND-5): somebody is announced when they become a lead or a member. People who
come in by a file are not announced one by one; the import's report names them.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, Kind
from desk.webhooks import announce, announce_each, webhook_events

CREATED = "contact.created"
MERGED = "contact.merged"
DELETED = "contact.deleted"

webhook_events.register(CREATED, _("Somebody became a lead or a member"))
webhook_events.register(MERGED, _("Two contacts became one"))
webhook_events.register(DELETED, _("A contact was deleted"))


def announce_created(contact: Contact, *, now: datetime.datetime) -> None:
    """From now on the desk shows this contact."""
    announce(contact.site_id, CREATED, lambda: {"contact": _facts(contact.pk)}, subject=contact.pk, now=now)


def announce_merged(survivor: Contact, absorbed: Contact, *, trigger: str, now: datetime.datetime) -> None:
    """The absorbed one is gone; what was known of it by its id belongs to the survivor."""
    if absorbed.kind == Kind.ANONYMOUS:
        return

    def data() -> dict[str, Any]:
        gone = {"id": str(absorbed.pk), "customerNumber": absorbed.customer_number}
        return {"contact": _facts(survivor.pk), "absorbed": gone, "trigger": trigger}

    announce(survivor.site_id, MERGED, data, subject=survivor.pk, now=now)


def announce_deleted(site_id: int, kinds: Mapping[int, str], *, now: datetime.datetime) -> None:
    """{id: kind} of who was deleted. Nothing is told of them but the id, so nothing of them is kept."""
    known = [pk for pk, kind in kinds.items() if kind != Kind.ANONYMOUS]
    if known:
        announce_each(site_id, DELETED, lambda: [(None, {"contact": {"id": str(pk)}}) for pk in known], now=now)


def _facts(contact_id: int) -> dict[str, Any]:
    """The contact as it is now, by the names of the open API; the rest is asked for there."""
    contact = Contact.objects.get(pk=contact_id)
    return {
        "id": str(contact.pk),
        "customerNumber": contact.customer_number,
        "kind": contact.kind,
        "member": contact.kind == Kind.MEMBER,
        "memberId": contact.member_id,
        "name": contact.name or None,
        "email": contact.email or None,
        "mobileNumber": contact.mobile_number or None,
    }
