"""CHAT-4: telling whoever looks on that something happened in a chat (``StreamEvent``).

Numbers are given under the lock of the site's counter, which is held until the commit: whoever has seen everything up
to a number has missed nothing before it. So a rule tells **last**, after every other lock it takes, or two of them
could wait for each other.
"""

import datetime

from django.db import transaction

from chats.models import Chat, Happened, StreamCounter, StreamEvent
from chats.waking import wake
from desk.counters import take_numbers


def tell(chat: Chat, kind: Happened, *, now: datetime.datetime, message: int = 0) -> int:
    """Write the event into the transaction that is open; the streams are woken when it is committed. Its number.

    ``message``: the number of the message within the chat, where the event is one.
    """
    number = take_numbers(StreamCounter, chat.site_id)
    StreamEvent.objects.create(
        site_id=chat.site_id, number=number, kind=kind, chat=chat.pk, contact=chat.contact_id, message=message, at=now
    )
    transaction.on_commit(lambda: wake(chat.site_id), robust=True)
    return number
