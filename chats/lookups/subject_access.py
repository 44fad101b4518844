"""What a person is told of lookups: when another system was asked about them, and whether it answered.

What it answered is not kept; what went into fields of the person stands there with its source.
"""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from chats.lookups.log import words_of
from chats.models import LookupCall
from chats.subject_access import own_chats, room_in_words
from contacts.subject_access.parts import Row, Subject, Word, rows_part, subject_parts


def _calls(subject: Subject) -> QuerySet[LookupCall]:
    calls = LookupCall.objects.filter(own_chats(subject, "chat__")).select_related("api", "chat")
    return calls.defer("api__secret").order_by("pk")


def _call(subject: Subject, call: LookupCall) -> Row:
    answered = pgettext("outcome of a lookup", "answered")
    return {
        "chat": room_in_words(call.chat) if call.chat else None,
        "at": call.at,
        "lookup": call.api.name,
        "result": Word(call.outcome, words_of(call, call.api) or answered),
    }


subject_parts.register(
    "lookups",
    rows_part(
        _("Questions to other systems of the company"),
        {
            "chat": _("Chat"),
            "at": _("Time"),
            "lookup": _("Lookup"),
            "result": _("Result"),
        },
        rows=_calls,
        tell=_call,
        covers=["chats.LookupCall.chat"],
        order=50,
        group="chat",
    ),
)
