"""A few people to choose one from, for pages of the settings that show what would happen to somebody."""

from dataclasses import dataclass

from django.utils.text import capfirst

from contacts.admin.formats import phone
from contacts.filters.matching import matching
from contacts.masking import mask, name_of
from contacts.models import Contact
from contacts.time_limit import LIST_SECONDS, time_limit
from desk.access import Access
from desk.ids import read_id

MAX_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on one line."""

    id: str
    name: str
    kind: str
    kind_label: str
    handles: str


def people(access: Access, query: str, *, most: int = 8) -> list[Person]:
    """Who is found by ``query``; before anything is typed, who was here last. ``TookTooLong`` when it does."""
    with time_limit(LIST_SECONDS):
        rows = matching(access.site, search=query.replace("\0", "")[:MAX_SEARCH])
        return [person_line(access, one) for one in rows.order_by("-last_seen_on", "-last_seen_at", "-id")[:most]]


def chosen(access: Access, wanted: str) -> Contact | None:
    """Who was chosen; nobody where ``wanted`` is none of this site's people (SITE-2)."""
    pk = read_id(wanted)
    if pk is None:
        return None
    rows = Contact.objects.select_related("site", "profile")
    return rows.filter(site=access.site, managed=True, pk=pk).first()


def person_line(access: Access, contact: Contact) -> Person:
    """Somebody on one line, masked for who may not see (SITE-4)."""
    sees = access.sees_personal_data
    mobile, email = contact.mobile_number, contact.email
    handles = [
        f"#{contact.customer_number}",
        contact.member_id or "",
        email if sees else str(mask("email", email) or ""),
        phone(mobile, access.site.phone_country) if sees else str(mask("mobileNumber", mobile) or ""),
    ]
    return Person(
        id=str(contact.pk),
        name=name_of(contact, sees_personal_data=sees),
        kind=contact.kind,
        kind_label=str(capfirst(contact.get_kind_display())),
        handles=" · ".join(text for text in handles if text),
    )
