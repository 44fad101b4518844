"""How lookups and their calls are shown in the settings (LOOK-1, LOOK-7)."""

import datetime
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chats.lookups.answers import NO_RESULT, OK, sentence_of
from chats.lookups.log import host_of as asked_host
from chats.models import LookupApi, LookupCall
from contacts.models import Channel

# Whoever had opened the chat left it before the answer came.
LEFT = "left"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: the word of its badge, how that looks, and the sentence."""

    word: str
    look: str
    icon: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One line of the list of calls."""

    at: datetime.datetime
    outcome: Outcome
    by: str
    where: str
    chat_url: str
    chat_number: int | None
    took: str


def host_of(api: LookupApi) -> str:
    """Host and port: the rest of the address may hold a key."""
    return urlsplit(api.url).netloc


def runs_words(api: LookupApi) -> str:
    """When it runs: by itself on chats of which channels, or only by hand."""
    channels = {channel for item in api.query_items.all() for channel in item.channels}
    names = [str(capfirst(channel.label)) for channel in Channel if channel in channels]
    if not names:
        return _("by hand")
    if len(names) == len(Channel):
        return _("by itself, on every channel")
    return _("by itself: %(channels)s") % {"channels": ", ".join(names)}


def took_words(milliseconds: int) -> str:
    """0.34 s: in seconds, since nobody thinks in milliseconds."""
    return _("%(n)s s") % {"n": formats.number_format(milliseconds / 1000, decimal_pos=2)}


def show_call(api: LookupApi, call: LookupCall) -> ShownCall:
    """One call with its ``chat``. Whoever made it is named as at the time."""
    where = chat_url = ""
    if call.chat_id is not None:
        chat_url = reverse("admin:inbox_chat", args=[call.chat_id])
    else:
        where = _("no chat")
    return ShownCall(
        at=call.at,
        outcome=outcome_of(api, call.outcome, call.status),
        by=_("by itself, for %(name)s") % {"name": call.operator_name} if call.automatic else call.operator_name,
        where=where,
        chat_url=chat_url,
        chat_number=call.chat.number if call.chat else None,
        took=took_words(call.milliseconds),
    )


def outcome_of(api: LookupApi, code: str, status: int | None) -> Outcome:
    """A word for the badge and the whole sentence. No result is an answer too, only an empty one."""
    sentence = sentence_of(code, host=asked_host(api), status=status)
    if code == OK:
        return Outcome(pgettext("lookup", "answered"), "success", "check", sentence)
    if code == NO_RESULT:
        return Outcome(_("no result"), "info", "info", "")
    if code == LEFT:
        return Outcome(pgettext("lookup", "given up"), "", "info", sentence)
    return Outcome(_("failed"), "danger", "error", sentence)
