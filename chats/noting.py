"""CHAT-3: what operators write on a chat: its category, its room tags, memos. What there is to choose from is kept by
``chats.categories`` and ``chats.room_tags``.
"""

import datetime
from collections.abc import Sequence

from django.db import transaction

from chats.errors import ChatRefused
from chats.models import Category, Chat, ChatTag, Happened, Memo, RoomTag
from chats.names import is_storable, one_line
from chats.opening import hold_chat
from chats.room_tags import MAX_TAGS_OF_SITE
from chats.telling import tell
from chats.texts import check_text
from contacts.folding import fold
from desk.actors import Actor
from desk.audit import record

MAX_ROOM_TAGS = 8
MAX_MEMO = 1_000
MAX_NOTE = 8
MAX_ROOM_TAG = 20


@transaction.atomic
def add_memo(chat: Chat, text: str, *, actor: Actor, now: datetime.datetime) -> Memo:
    """A note for colleagues; the visitor never sees it."""
    if not text.strip():
        raise ChatRefused("memo_blank", path="text")
    if len(text.strip()) > MAX_MEMO:
        raise ChatRefused("memo_too_long", path="text")
    memo = Memo.objects.create(
        site_id=chat.site_id,
        chat=hold_chat(chat),
        operator=actor.operator,
        author_name=actor.label[:120],
        text=check_text(text),
        at=now,
    )
    tell(memo.chat, Happened.MEMO, now=now)
    return memo


@transaction.atomic
def set_category(
    chat: Chat, category: Category | None, *, note: str = "", actor: Actor, now: datetime.datetime
) -> None:
    """What the chat is about: a category in use, of either level, and free text as the third level.

    The one it has may stay when it is no longer in use.
    """
    if category is not None and category.pk != chat.category_id and not _may_be_chosen(category, chat):
        raise ChatRefused("category_unknown", path="category")
    note = " ".join(note.split())
    if len(note) > MAX_NOTE:
        raise ChatRefused("category_note_too_long", path="category")
    if not is_storable(note):
        raise ChatRefused("text_invalid", path="category")
    held = hold_chat(chat)
    Chat.objects.filter(pk=chat.pk).update(category=category, category_note=note)
    chat.category, chat.category_note = category, note
    details = {"category": category.name if category else "", "note": note}
    record("chat.category", actor=actor, site=chat.site, target=chat, details=details, now=now)
    tell(held, Happened.CHAT, now=now)


@transaction.atomic
def set_room_tags(chat: Chat, names: Sequence[str], *, actor: Actor, now: datetime.datetime) -> list[RoomTag]:
    """Make these the chat's tags; names that are new are made."""
    wanted = {fold(name): " ".join(name.split()) for name in names}
    for name in wanted.values():
        if one_line(name, MAX_ROOM_TAG) is None:
            raise ChatRefused("tag_name", path="tags", name=name)
    if len(wanted) > MAX_ROOM_TAGS:
        raise ChatRefused("tags_too_many", path="tags")
    held = hold_chat(chat)
    known = RoomTag.objects.filter(site=chat.site_id)
    missing = wanted.keys() - set(known.filter(name_folded__in=wanted).values_list("name_folded", flat=True))
    if missing and known.count() + len(missing) > MAX_TAGS_OF_SITE:
        raise ChatRefused("room_tags_full", path="tags")
    new = [RoomTag(site_id=chat.site_id, name=wanted[folded], name_folded=folded) for folded in sorted(missing)]
    RoomTag.objects.bulk_create(new, ignore_conflicts=True)
    # Held, so that none of them is deleted or merged away before this is committed.
    tags = list(known.filter(name_folded__in=wanted).order_by("pk").select_for_update(no_key=True))
    ChatTag.objects.filter(chat=chat).exclude(tag__in=tags).delete()
    ChatTag.objects.bulk_create(
        [ChatTag(site_id=chat.site_id, chat=chat, tag=tag) for tag in tags], ignore_conflicts=True
    )
    details = {"tags": [tag.name for tag in tags]}
    record("chat.tags", actor=actor, site=chat.site, target=chat, details=details, now=now)
    tell(held, Happened.CHAT, now=now)
    return tags


def _may_be_chosen(category: Category, chat: Chat) -> bool:
    return category.active and category.site_id == chat.site_id
