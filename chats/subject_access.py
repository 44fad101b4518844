"""What a person is told of chats: rooms, every message either way, files, and what operators noted.

Only rooms that no account of somebody else began. While two people were taken for one (a unification undone since),
both may have talked in one room of web and app, and a message does not say through which account it came: what was
said in such a time is withheld, from both.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chats.models import SHARED_CHANNELS, Attachment, Author, Chat, ChatRequest, ChatTag, Memo, Message
from chats.storing import open_file, path_of
from contacts.subject_access.parts import (
    Enclosed,
    Row,
    Subject,
    SubjectPart,
    Word,
    not_told,
    rows_part,
    subject_parts,
)

_AT_ONCE = 500
_AUTHORS = {
    Author.VISITOR: _("this person"),
    Author.OPERATOR: _("operator"),
    Author.BOT: _("bot"),
    Author.API: _("program"),
}
_ENDERS = {"plugin": _("this person"), "operator": _("operator"), "api": _("program")}


def own_chats(subject: Subject, prefix: str = "") -> Q:
    """The condition on rooms, or on what is in them."""
    account = Q(**{f"{prefix}identity__in": list(subject.accounts)}) | Q(**{f"{prefix}identity": None})
    return Q(**{f"{prefix}contact": subject.contact}) & account


def _is_withheld(subject: Subject, chat: Chat, at: Any) -> bool:
    return chat.channel in SHARED_CHANNELS and subject.is_apart(at)


def room_in_words(chat: Chat) -> Word:
    words = _now("Chat #%(number)d (%(channel)s)")
    return Word(chat.number, words % {"number": chat.number, "channel": chat.get_channel_display()})


def _chats(subject: Subject) -> QuerySet[Chat]:
    return Chat.objects.filter(own_chats(subject)).select_related("category__parent").order_by("pk")


def _read_chats(subject: Subject) -> Iterator[Row]:
    tags: dict[int, list[str]] = defaultdict(list)
    for chat_id, name in ChatTag.objects.filter(own_chats(subject, "chat__")).values_list("chat_id", "tag__name"):
        tags[chat_id].append(name)
    for chat in _chats(subject).iterator(chunk_size=_AT_ONCE):
        category = chat.category
        names = [category.parent.name if category and category.parent else "", category.name if category else ""]
        yield {
            "number": chat.number,
            "channel": Word(chat.channel, chat.get_channel_display()),
            "identificationNumber": subject.accounts.get(chat.identity_id or 0, ""),
            "state": Word(chat.state, chat.get_state_display()),
            "openedAt": chat.opened_at,
            "closedAt": chat.closed_at,
            "closedBy": Word(chat.closed_by_kind, _ENDERS.get(chat.closed_by_kind, _("the desk itself")))
            if chat.closed_by_kind
            else None,
            "category": " / ".join(filter(None, [*names, chat.category_note])),
            "tags": sorted(tags[chat.pk]),
            "page": chat.page,
            "parameters": chat.parameters,
        }


def _messages(subject: Subject) -> QuerySet[Message]:
    return Message.objects.filter(own_chats(subject, "chat__")).select_related("chat").order_by("chat_id", "number")


def _read_messages(subject: Subject) -> Iterator[Row]:
    files: dict[int, list[Attachment]] = defaultdict(list)
    for file in _said_files(subject):
        files[file.message_id or 0].append(file)
    for message in _messages(subject).iterator(chunk_size=_AT_ONCE):
        row = {
            "chat": room_in_words(message.chat),
            "number": message.number,
            "at": message.at,
            "author": Word(message.author, _AUTHORS[Author(message.author)]),
        }
        if _is_withheld(subject, message.chat, message.at):
            words = _now("Withheld: at this time two people were taken for one.")
            yield row | {"text": Word("", words), "files": [], "isWithheld": True}
            continue
        enclosed = [_enclosed(subject, file) for file in files.get(message.pk, ())]
        yield row | {"text": message.text, "files": enclosed, "isWithheld": False}


def _enclosed(subject: Subject, file: Attachment) -> Enclosed:
    if not path_of(file.key).is_file():
        return Enclosed(file.name, "")
    return subject.enclose(f"chats.Attachment:{file.pk}", file.name, partial(open_file, file.key))


def _said_files(subject: Subject) -> QuerySet[Attachment]:
    return Attachment.objects.filter(own_chats(subject, "chat__")).order_by("pk")


def _files(subject: Subject) -> QuerySet[Attachment]:
    """Those of messages, and those that the person has added and not sent: they go within a day."""
    unsaid = Q(message=None, identity__in=list(subject.accounts))
    # Two conditions in one would keep the database from its indexes.
    said = Attachment.objects.filter(own_chats(subject, "chat__")).values("pk")
    waiting = Attachment.objects.filter(unsaid).values("pk")
    return (
        Attachment.objects.filter(Q(pk__in=said) | Q(pk__in=waiting)).select_related("chat", "message").order_by("pk")
    )


def _read_files(subject: Subject) -> Iterator[Row]:
    for file in _files(subject).iterator(chunk_size=_AT_ONCE):
        if file.chat and file.message and _is_withheld(subject, file.chat, file.message.at):
            continue
        yield {
            "file": _enclosed(subject, file),
            "type": file.type,
            "size": file.size,
            "createdAt": file.created_at,
            "chat": file.chat.number if file.chat else None,
            "message": file.message.number if file.message else None,
        }


def _memos(subject: Subject) -> QuerySet[Memo]:
    return Memo.objects.filter(own_chats(subject, "chat__")).select_related("chat").order_by("chat_id", "pk")


def _memo(subject: Subject, row: Memo) -> Row:
    return {"chat": room_in_words(row.chat), "at": row.at, "text": _noted(subject, row.chat, row.at, row.text)}


def _noted(subject: Subject, chat: Chat, at: Any, text: str) -> str | Word:
    if not _is_withheld(subject, chat, at):
        return text
    return Word("", _now("Withheld: at this time two people were taken for one."))


def _requests(subject: Subject) -> QuerySet[ChatRequest]:
    return ChatRequest.objects.filter(own_chats(subject, "chat__")).select_related("chat").order_by("chat_id", "pk")


def _request(subject: Subject, row: ChatRequest) -> Row:
    return {
        "chat": room_in_words(row.chat),
        "at": row.at,
        "kind": Word(row.kind, row.get_kind_display()),
        "note": _noted(subject, row.chat, row.at, row.note),
        "state": Word(row.state, row.get_state_display()),
        "answer": _noted(subject, row.chat, row.at, row.answer),
        "answeredAt": row.answered_at,
    }


_CHAT, _FROM = _("Chat"), pgettext_lazy("who wrote a message", "From")

subject_parts.register(
    "chats",
    SubjectPart(
        _("Chats"),
        {
            "number": _("Room number"),
            "channel": _("Channel"),
            "identificationNumber": _("Identification number"),
            "state": _("State"),
            "openedAt": _("Begun"),
            "closedAt": _("Ended"),
            "closedBy": _("Ended by"),
            "category": _("Category"),
            "tags": _("Room tags"),
            "page": _("Page"),
            "parameters": _("Parameters"),
        },
        _read_chats,
        ("chats.Chat.contact", "chats.Chat.identity", "chats.ContactChats.contact", "chats.ChatTag.chat"),
        lambda subject: _chats(subject).count(),
        order=40,
        wide=True,
    ),
)
subject_parts.register(
    "messages",
    SubjectPart(
        _("Messages"),
        {
            "chat": _CHAT,
            "number": pgettext_lazy("column of a person's file", "No."),
            "at": _("Time"),
            "author": _FROM,
            "text": _("Text"),
            "files": _("Files"),
        },
        _read_messages,
        ("chats.Message.chat",),
        lambda subject: _messages(subject).count(),
        order=42,
        group="chat",
    ),
)
subject_parts.register(
    "attachments",
    SubjectPart(
        _("Attachments"),
        {
            "file": _("File"),
            "type": _("Kind"),
            "size": _("Bytes"),
            "createdAt": _("Added"),
            "chat": _CHAT,
            "message": pgettext_lazy("column of a person's file", "No."),
        },
        _read_files,
        ("chats.Attachment.chat", "chats.Attachment.message", "chats.Attachment.identity"),
        lambda subject: _files(subject).count(),
        order=44,
    ),
)
subject_parts.register(
    "memos",
    rows_part(
        _("Notes about chats"),
        {"chat": _CHAT, "at": _("Time"), "text": _("Text")},
        rows=_memos,
        tell=_memo,
        covers=["chats.Memo.chat"],
        order=46,
        group="chat",
    ),
)
subject_parts.register(
    "chatRequests",
    rows_part(
        _("What operators asked each other about chats"),
        {
            "chat": _CHAT,
            "at": _("Time"),
            "kind": pgettext_lazy("column of a person's file", "What"),
            "note": _("Note"),
            "state": _("State"),
            "answer": _("Answer"),
            "answeredAt": _("Answered"),
        },
        rows=_requests,
        tell=_request,
        covers=["chats.ChatRequest.chat"],
        order=48,
        group="chat",
    ),
)
not_told.register("chats.Assignment.chat", "which operator had a chat when: about operators, not about the person")
not_told.register("chats.LeftFile", "names of files that are being removed from the disk")
not_told.register("chats.Presence.chat", "which operator has a room open at this moment")
_WAITING = "the same message again, while it waits to be carried to another channel"
not_told.register("chats.OutgoingMessage.chat", _WAITING)
not_told.register("chats.OutgoingMessage.message", _WAITING)
