"""LOOK-5: what a lookup shows in its box: the values, or the sentence that says why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chats.lookups.answers import OK, Reply, sentence_of
from chats.lookups.texts import NOTHING, as_text, is_nested
from chats.models import LookupApi, LookupResultItem
from contacts.emails import parse_email
from contacts.masking import DOTS, PERSONAL_FIELDS, mask
from contacts.phones import parse_phone


@dataclass(frozen=True, slots=True)
class Box:
    """How one lookup ended.

    ``outcome`` is ``ok``, a code of the contract (``chats.lookups.answers``) or one of ``desk.outbound_errors``;
    ``sentence`` says it in the active language (empty when all is well), ``said`` is what the other side said of it.
    ``values``: (screen name, text); ``mapped``: the names of the person's fields that were filled from it just now.
    ``cached``: nobody was asked, the answer is at most five minutes old.
    """

    api: LookupApi
    outcome: str
    sentence: str = ""
    said: str = ""
    values: list[tuple[str, str]] = field(default_factory=list)
    mapped: list[str] = field(default_factory=list)
    milliseconds: int = 0
    cached: bool = False
    # The values as they look to somebody who may not see personal data.
    masked_values: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """Whether there are values."""
        return self.outcome == OK

    def masked(self) -> "Box":
        """The box for somebody who may not see personal data (SITE-4); what the other side said may hold some."""
        return replace(self, values=self.masked_values, said="")


def box_of(api: LookupApi, reply: Reply, host: str, *, mapped: Sequence[str] = ()) -> Box:
    """The box of a reply, in the active language."""
    items = list(api.result_items.all()) if reply.outcome == OK else []
    texts = [(item, as_text(reply.data.get(item.data_name))) for item in items]
    return Box(
        api=api,
        outcome=reply.outcome,
        sentence=sentence_of(reply.outcome, host=host, status=reply.status),
        said=reply.said,
        values=[(item.label, text) for item, text in texts],
        masked_values=[(item.label, _masked(api, item, reply.data.get(item.data_name), text)) for item, text in texts],
        mapped=list(mapped),
        milliseconds=reply.milliseconds,
        cached=reply.cached,
    )


def _masked(api: LookupApi, item: LookupResultItem, value: Any, text: str) -> str:
    """SITE-4: what goes into a personal field is masked as that; elsewhere what is a phone number or an e-mail, and
    all that has parts, for nobody knows what is in there.
    """
    if text == NOTHING:
        return text
    if item.field in PERSONAL_FIELDS:
        return str(mask(item.field, text))
    if is_nested(value):
        return DOTS
    if parse_email(text).norm:
        return str(mask("email", text))
    if parse_phone(text, api.site.phone_country).norm:
        return str(mask("mobileNumber", text))
    return text
