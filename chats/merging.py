"""UNI-8, CHAT-2: what a unification does with chats: all go over, and of two open rooms the livelier one stays open."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chats.models import SHARED_CHANNELS, Chat, Happened, State
from chats.opening import count_chats
from chats.settling import settle_closed
from chats.telling import tell
from contacts.id_lists import id_rows
from contacts.merge_values import MergeWarning, Told
from contacts.models import Contact
from contacts.moving import MergeParticipant, merge_participants
from contacts.moving_rows import move_back, move_to
from desk.actors import SYSTEM

_BY_MERGE = {"closed_by_kind": SYSTEM.kind, "closed_by": "merge"}


def _move_chats(survivor: Contact, absorbed: Contact) -> dict[str, Any]:
    """``closed``: [the room that gave way, its state]. Its last message says when it ended."""
    closed = _close_the_quieter(survivor, absorbed)
    moved = move_to(Chat, "contact", old=absorbed.pk, new=survivor.pk)
    ended = closed[:1] if closed else []
    _tell_after_commit([*moved, *ended], ended)
    return {"moved": moved, "closed": closed}


def _restore_chats(survivor: Contact, returned: Contact, journal: dict[str, Any]) -> None:
    move_back(Chat, "contact", journal["moved"], old=survivor.pk, new=returned.pk)
    _tell_after_commit([*journal["moved"], *(journal["closed"] or [])[:1]], [])
    if not journal["closed"]:
        return
    chat_id, state = journal["closed"]
    room = Chat.objects.filter(pk=chat_id, state=State.CLOSED, **_BY_MERGE).first()
    # Somebody may talk in a newer room by now; then this one stays closed.
    if room is not None and not _open_rooms(room.contact_id).exists():
        Chat.objects.filter(pk=chat_id).update(state=state, closed_at=None, closed_by_kind="", closed_by="")


def _tell_after_commit(chat_ids: list[int], closed: list[int]) -> None:
    """CHAT-4: open rooms that changed hands, and those that were closed or opened again.

    A merge takes many locks, and what is told is told last: so it is told in a transaction of its own.
    """

    def tell_all() -> None:
        on_show = Chat.objects.filter(Q(closed_at=None) | Q(pk__in=closed), pk__in=id_rows(chat_ids))
        with transaction.atomic():
            for chat in on_show.order_by("pk"):
                tell(chat, Happened.CHAT, now=timezone.now())

    if chat_ids:
        transaction.on_commit(tell_all, robust=True)


def _close_the_quieter(survivor: Contact, absorbed: Contact) -> list[Any] | None:
    """Only one shared room may be open (CHAT-2); the one with the newer last message goes on."""
    rooms = sorted(_open_rooms(survivor.pk, absorbed.pk), key=_liveliness)
    if len(rooms) < 2:
        return None
    quieter = rooms[0]
    ended = quieter.last_message_at or quieter.opened_at
    Chat.objects.filter(pk=quieter.pk).update(state=State.CLOSED, closed_at=ended, **_BY_MERGE)
    settle_closed(quieter, actor=SYSTEM, now=timezone.now())
    return [quieter.pk, quieter.state]


def _open_rooms(*contact_ids: int) -> Any:
    return Chat.objects.filter(contact__in=contact_ids, channel__in=SHARED_CHANNELS, closed_at=None)


def _liveliness(chat: Chat) -> Any:
    return chat.last_message_at or chat.opened_at, chat.pk


def _tell(survivor: Contact, absorbed: Contact) -> Told:
    rooms = sorted(_open_rooms(survivor.pk, absorbed.pk), key=_liveliness)
    if len(rooms) < 2:
        return Told()
    words = _("Both have an open chat. #%(kept)d stays open, #%(closed)d is closed; its messages stay readable.")
    words %= {"kept": rooms[1].number, "closed": rooms[0].number}
    return Told(warnings=(MergeWarning("chatCloses", words),))


def _state(survivor: Contact, absorbed: Contact) -> object:
    """Which of them are open; not how many messages they have, or nobody could merge while somebody talks."""
    both = Chat.objects.filter(contact__in=[survivor, absorbed])
    return list(both.order_by("pk").values_list("pk", "contact_id", "closed_at"))


def _move_summary(survivor: Contact, absorbed: Contact) -> object:
    """Counted from the chats, which have moved already."""
    count_chats(survivor.site_id, [survivor.pk, absorbed.pk])
    return []


def _restore_summary(survivor: Contact, returned: Contact, journal: object) -> None:
    count_chats(survivor.site_id, [survivor.pk, returned.pk])


merge_participants.register(
    "chats.Chat.contact",
    MergeParticipant(label=gettext_lazy("chats"), move=_move_chats, restore=_restore_chats, tell=_tell, state=_state),
)
merge_participants.register(
    "chats.ContactChats.contact",
    MergeParticipant(
        label=gettext_lazy("numbers of chats"), move=_move_summary, restore=_restore_summary, listed=False
    ),
)
