"""CHAT-9: addresses under which a visitor's browser loads a file. An ``<img>`` cannot show a session, so the address
itself is signed: for one file, until a moment that is at most two hours away.

Rounded to whole hours, so that the same picture has the same address for a while and is loaded once.
"""

import datetime

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from chats.models import Attachment

_HOUR = 3_600
_LIVES = 2 * _HOUR
_signer = Signer(salt="chats.attachment")


def signed_link(attachment: Attachment, *, now: datetime.datetime) -> str:
    """The path, to be resolved against the desk's own address."""
    until = int(now.timestamp()) // _HOUR * _HOUR + _LIVES
    address = reverse("plugin-attachment", args=[attachment.pk])
    return f"{address}?until={until}&key={_signature(attachment.pk, until)}"


def is_signed(attachment_id: int, until: str, key: str, *, now: datetime.datetime) -> bool:
    """Whether ``key`` was made for this file and ``until``, which is still to come."""
    if not (until.isascii() and until.isdigit() and len(until) <= 12) or int(until) <= now.timestamp():
        return False
    try:
        _signer.unsign(f"{attachment_id}.{until}:{key}")
    except BadSignature:
        return False
    return True


def _signature(attachment_id: int, until: int) -> str:
    return _signer.signature(f"{attachment_id}.{until}")
