"""RET-4: the chats of people who are deleted go with them, with everything that hangs on a chat, and the files on disk.

Set-based. Most people of a batch have never talked, so one statement asks what there is, and nothing more is done when
that is nothing. Files go after the commit: their names are in ``LeftFile`` by the same transaction (``chats.storing``).
"""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from chats.models import (
    Assignment,
    Attachment,
    Chat,
    ChatRequest,
    ChatTag,
    LeftFile,
    LookupCall,
    Memo,
    Message,
    OutgoingMessage,
    Presence,
    Routing,
)
from chats.storing import remove_after_commit
from contacts.erasing import ErasureParticipant, erase_rows, erasure_participants
from contacts.id_lists import delete_rows, ids_value, in_ids
from contacts.models import Identity
from desk.audit import forget_details
from desk.models import Site

# Children first; attachments, whose files go too, are a matter of their own before these.
_OF_A_CHAT: tuple[type[Model], ...] = (
    OutgoingMessage,
    Message,
    Memo,
    ChatTag,
    Assignment,
    ChatRequest,
    Presence,
    LookupCall,
    Routing,
)


def _erase(site: Site, ids: Sequence[int]) -> int:
    """Answers how many chats."""
    chats, files, strange = _what_there_is(ids)
    if chats:
        files += _ids(f"SELECT id FROM {Attachment._meta.db_table} WHERE chat_id {in_ids()}", chats)
    if files:
        _erase_files(files)
    for model in _OF_A_CHAT if chats else ():
        delete_rows(model, "chat", chats)
    if chats:
        forget_details(site, "chat", [str(pk) for pk in chats])
    if strange:
        _run(f"UPDATE {Chat._meta.db_table} SET identity_id = NULL WHERE id {in_ids()}", strange)
    return delete_rows(Chat, "id", chats) if chats else 0


def _what_there_is(ids: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """In one statement: their chats; the files they have added and not sent; chats of others that were begun by an
    account of theirs, as an undone unification leaves them.
    """
    chat, file, identity = (model._meta.db_table for model in (Chat, Attachment, Identity))
    theirs = f"SELECT id FROM {identity} WHERE contact_id {in_ids()}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 'chat', id FROM {chat} WHERE contact_id {in_ids()}"
            f" UNION ALL SELECT 'file', id FROM {file} WHERE identity_id IN ({theirs})"
            f" UNION ALL SELECT 'strange', id FROM {chat}"
            f" WHERE identity_id IN ({theirs}) AND NOT (contact_id {in_ids()})",
            [ids_value(ids)] * 4,
        )
        rows = cursor.fetchall()
    chats, files, strange = ([id_ for kind, id_ in rows if kind == wanted] for wanted in ("chat", "file", "strange"))
    return chats, files, strange


def _erase_files(files: Sequence[int]) -> None:
    attachment, left = Attachment._meta.db_table, LeftFile._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {left} (key, site_id, left_at) SELECT key, site_id, CURRENT_TIMESTAMP FROM {attachment}"
            f" WHERE id {in_ids()} RETURNING key",
            [ids_value(files)],
        )
        remove_after_commit([key for (key,) in cursor.fetchall()])
    delete_rows(Attachment, "id", files)


def _ids(statement: str, ids: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids_value(ids)])
        return [id_ for (id_,) in cursor.fetchall()]


def _run(statement: str, ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids_value(ids)])


def _count(site: Site, ids: Sequence[int]) -> int:
    return Chat.objects.filter(contact__in=list(ids)).count()


erasure_participants.register("chats", ErasureParticipant(_("chats"), ("chats.Chat.contact",), _erase, _count))
erasure_participants.register(
    "chatsSummary", erase_rows("chats.ContactChats.contact", label=_("numbers of chats"), listed=False)
)
