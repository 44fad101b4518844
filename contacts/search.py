"""LIST-1: quick search by part of a name, phone in any spelling, e-mail, memberId or customer number.

One maintained column (``ContactProfile.search_text``) answers; only leads and members have it filled, so that
its indexes hold nobody whom the desk never shows.
"""

from django.db import connection
from django.db.models import Q

from contacts.filters.parts import Contains, HasGrams
from contacts.filters.sql import TextTest
from contacts.folding import fold
from contacts.models import Contact, ContactProfile, Kind
from contacts.phones import digits_of, looks_like_phone, parse_phone, search_spellings
from desk.models import Site


def search_text_of(contact: Contact, site: Site | None = None) -> str:
    """What quick search looks into, one spelling a line; empty for an anonymous contact (KIND-5)."""
    if contact.kind == Kind.ANONYMOUS:
        return ""
    landline = (
        parse_phone(contact.landline_number, (site or contact.site).phone_country) if contact.landline_number else None
    )
    spellings = [
        fold(contact.name),
        contact.email_norm or fold(contact.email),
        fold(contact.member_id or ""),
        f"#{contact.customer_number}",
        *(search_spellings(contact.mobile_number_norm) or [digits_of(contact.mobile_number)]),
        *((search_spellings(landline.norm) or [digits_of(landline.shown)]) if landline else []),
    ]
    return "\n".join(dict.fromkeys(filter(None, spellings)))


def matches(query: str, site: Site) -> Q:
    """Contacts that ``query`` finds; an empty query finds all. Combine with the site and ``managed``.

    Something written like a phone number is looked for by its digits in any spelling, everything else word by word:
    each word must occur somewhere.
    """
    if connection.vendor == "sqlite":
        # Reading all texts in the order they lie in is twice as fast as in the order of the list.
        return Q(pk__in=ContactProfile.objects.filter(_found(query, site, "search_text"), site=site).values("pk"))
    return _found(query, site, "profile__search_text")


def _found(query: str, site: Site, column: str) -> Q:
    text = fold(query)
    if looks_like_phone(query):
        digits = parse_phone(query, site.phone_country).norm.lstrip("+") or digits_of(query)
        return Q(Contains(column, digits)) | (Q(Contains(column, text)) if text != digits else Q())
    found = Q()
    for word in text.split():
        found &= _containing(word, column)
    return found


def _containing(word: str, column: str) -> Q:
    if word.isascii():
        return Q(Contains(column, word))
    return Q(TextTest(column, "contains", (word,))) & Q(HasGrams(column, word))
