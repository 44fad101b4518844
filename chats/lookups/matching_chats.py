"""LOOK-5: when somebody looks up by hand by a name, phone, e-mail or identification number: the chats of the last three
months that have the same.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet

from chats.lookups.chat_fields import MATCHED
from chats.models import Chat, ItemKind, LookupApi
from contacts.emails import parse_email
from contacts.folding import fold
from contacts.matching import contacts_by
from contacts.models import Channel, Identity, KnownField
from contacts.phones import parse_phone
from desk.ids import id_at
from desk.models import Site

PERIOD = datetime.timedelta(days=92)
MOST = 20


@dataclass(slots=True)
class Match:
    """A chat, and by which of the values it was found."""

    chat: Chat
    by: list[str] = field(default_factory=list)


def searched_by(api: LookupApi, values: Mapping[str, str]) -> dict[str, str]:
    """Of the values that were sent, those by which chats are looked for."""
    fields = [item.variable for item in api.query_items.all() if item.kind == ItemKind.CHAT_FIELD]
    return {code: values[code] for code in MATCHED if code in fields and values.get(code)}


def matching_chats(
    site: Site, values: Mapping[str, str], *, now: datetime.datetime, besides: Chat | None = None
) -> list[Match]:
    """The newest chats that have one of ``values`` ({"phone": …}); at most ``MOST``, one statement for each value."""
    since = now - PERIOD
    # Ids are made in the order of time, which is how the chats of a site lie.
    lately = Chat.objects.filter(site=site, pk__gte=id_at(since), opened_at__gte=since)
    if besides is not None:
        lately = lately.exclude(pk=besides.pk)
    found: dict[int, Match] = {}
    for code in MATCHED:
        text = values.get(code, "").strip()
        rows = _found_by(lately, site, code, text) if text else Chat.objects.none()
        for chat in rows.select_related("contact__profile", "identity", "assignee").order_by("-pk")[:MOST]:
            chat.site = chat.contact.site = site
            found.setdefault(chat.pk, Match(chat)).by.append(code)
    return sorted(found.values(), key=lambda match: match.chat.pk, reverse=True)[:MOST]


def _found_by(chats: QuerySet[Chat], site: Site, code: str, text: str) -> QuerySet[Chat]:
    if code == "id":
        key = text.removeprefix(f"{site.code}_")
        accounts = Identity.objects.filter(site=site, channel__in=Channel.values, key=key)
        return chats.filter(identity__in=accounts.values("pk"))
    if code == "name":
        return chats.filter(contact__managed=True, contact__name_folded=fold(text))
    known, norm = KnownField.EMAIL, parse_email(text).norm
    if code == "phone":
        known, norm = KnownField.MOBILE_NUMBER, parse_phone(text, site.phone_country).norm
    return chats.filter(contact__in=contacts_by(site, known, norm).order_by().values("pk"))
