"""CHAT-9: files that are added to messages: taken in, claimed by the message that sends them, else forgotten.

Only who added a file can send it, once, on the site it was added to: a visitor in any of their browsers, an operator, a
program of the site.
"""

import datetime
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from chats.errors import ChatRefused
from chats.file_names import clean_name
from chats.models import Attachment, LeftFile, Message
from chats.recognising import recognise
from chats.storing import (
    Readable,
    keep_promise,
    open_file,
    promise_file,
    remove_after_commit,
    remove_files,
    write_file,
)
from contacts.models import Contact, Identity
from desk.actors import PLUGIN, Actor
from desk.models import Operator, Site

# What nobody has sent by then was given up.
KEPT_UNSAID = datetime.timedelta(days=1)
_FORGOTTEN_AT_ONCE = 500


def attach_file(
    site: Site,
    file: Readable,
    name: str,
    *,
    identity: Identity | None = None,
    operator: Operator | None = None,
    claimed: str = "",
    now: datetime.datetime,
) -> Attachment:
    """Check ``file`` and keep it until a message sends it. ``claimed``: the media type that its sender names.

    Without identity and operator it is a program's of the site. ``ChatRefused`` says why it is not taken; whatever
    happens, nothing is half kept.
    """
    key = promise_file(site, now=now)
    try:
        size = write_file(key, file, name=clean_name(name))
        with open_file(key) as stored:
            found = recognise(stored, size, name=name, claimed=claimed)
        with transaction.atomic():
            keep_promise(key)
            return Attachment.objects.create(
                site=site,
                identity=identity,
                operator=operator,
                name=found.name,
                size=size,
                type=found.kind.type,
                width=found.width,
                height=found.height,
                key=key,
                created_at=now,
            )
    except BaseException:
        remove_files([key])
        raise


def not_received(problem: str, name: str) -> ChatRefused:
    """What to say of a file that ended on its way in: ``problem`` is what the upload's handler calls it."""
    if problem == "full":
        return ChatRefused("storage_full", path="file")
    return ChatRefused("file_too_large", path="file", name=clean_name(name), most=settings.ATTACHMENT_MAX_MB)


def forget_unsaid(*, now: datetime.datetime) -> int:
    """Every hour: files that no message has sent within a day; how many. In batches, each a transaction of its own."""
    forgotten = 0
    while True:
        with transaction.atomic():
            old = Attachment.objects.filter(message=None, created_at__lt=now - KEPT_UNSAID).order_by("created_at")
            # One that is being sent at this moment is the message's when its lock is free.
            rows = list(old.select_for_update().values_list("pk", "key", "site_id")[:_FORGOTTEN_AT_ONCE])
            LeftFile.objects.bulk_create([LeftFile(key=key, site_id=site_id, left_at=now) for _, key, site_id in rows])
            Attachment.objects.filter(pk__in=[pk for pk, _key, _site in rows]).delete()
            remove_after_commit(key for _pk, key, _site in rows)
        forgotten += len(rows)
        if len(rows) < _FORGOTTEN_AT_ONCE:
            return forgotten


def claim(message: Message, ids: Sequence[int], *, contact: Contact, actor: Actor) -> list[Attachment]:
    """Make these files the message's, in its transaction; ``ChatRefused`` when one is not there for ``actor``.

    Whose it was is forgotten: from now on a file belongs to its chat alone, whatever becomes of browsers and operators.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return []
    free = _unsaid_of(message.site_id, contact, actor).filter(pk__in=wanted)
    claimed = free.update(message=message, chat=message.chat_id, identity=None, operator=None)
    if claimed != len(wanted):
        raise ChatRefused("attachment_unknown", path="attachments")
    return list(message.attachments.order_by("pk"))


def check_number(ids: Sequence[int]) -> None:
    """As many as a message may have."""
    most = settings.ATTACHMENTS_PER_MESSAGE
    if len(set(ids)) > most:
        raise ChatRefused("attachments_too_many", path="attachments", most=most)


def _unsaid_of(site_id: int, contact: Contact, actor: Actor) -> QuerySet[Attachment]:
    files = Attachment.objects.filter(site=site_id, message=None)
    if actor.operator is not None:
        return files.filter(operator=actor.operator)
    if actor.kind == PLUGIN.kind:
        own = Identity.objects.filter(contact=contact)
        return files.filter(operator=None, identity__in=own.values("pk"))
    return files.filter(operator=None, identity=None)
