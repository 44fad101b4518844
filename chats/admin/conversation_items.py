"""What a conversation tells, in words: messages, memos, and the thin lines between them."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import NoReverseMatch, reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chats.admin.message_text import linkified
from chats.conversation import Item
from chats.models import Assignment, Attachment, Author, ChatRequest, RequestKind, RequestState

JOINED_WITHIN = datetime.timedelta(minutes=5)
_SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")
_THUMBNAIL = 320


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A card, or a picture in its place; ``width`` and ``height`` are those of the thumbnail."""

    name: str
    url: str
    size: str
    is_picture: bool
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class ShownItem:
    """``key`` is the element's id; ``joined``: the same person went on talking; ``day`` begins a new day."""

    kind: str
    key: str
    id: int
    at: datetime.datetime
    time: str
    moment: str
    day: datetime.date
    day_words: str = ""
    number: int = 0
    author: str = ""
    author_name: str = ""
    mine: bool = False
    joined: bool = False
    html: SafeString | str = ""
    files: list[ShownFile] = field(default_factory=list)
    client_id: str = ""
    line: str = ""
    note: str = ""
    icon: str = ""
    state: str = ""


def show_items(items: list[Item], *, customer: str, operator_id: int) -> list[ShownItem]:
    """The items in their order, each knowing whether a new day begins with it and whether somebody goes on talking."""
    shown: list[ShownItem] = []
    before: Item | None = None
    for item in items:
        local = timezone.localtime(item.at)
        new_day = before is None or timezone.localtime(before.at).date() != local.date()
        common: dict[str, Any] = {
            "kind": item.kind,
            "key": f"{item.kind}-{item.id}",
            "id": item.id,
            "at": item.at,
            "time": f"{local:%H:%M}",
            "moment": f"{formats.date_format(local.date(), 'DATE_FORMAT')} {local:%H:%M:%S}",
            "day": local.date(),
            "day_words": f"{formats.date_format(local.date(), 'DATE_FORMAT')} {formats.date_format(local.date(), 'l')}"
            if new_day
            else "",
        }
        if item.kind == "message":
            more = _message(item, customer, operator_id) | {"joined": not new_day and _goes_on(before, item)}
        elif item.kind == "memo":
            more = {"author_name": item.row.author_name, "html": linkified(item.row.text)}
        else:
            more = _line(item)
        shown.append(ShownItem(**(common | more)))
        before = item
    return shown


def _message(item: Item, customer: str, operator_id: int) -> dict[str, Any]:
    row = item.row
    return {
        "key": f"m-{row.number}",
        "number": row.number,
        "author": row.author,
        "author_name": customer if row.author == Author.VISITOR else row.author_name,
        "mine": row.operator_id == operator_id,
        "html": linkified(row.text),
        "files": [show_file(file) for file in item.attachments],
        "client_id": row.client_id if row.operator_id == operator_id else "",
    }


def _goes_on(before: Item | None, item: Item) -> bool:
    if before is None or before.kind != "message":
        return False
    same = (before.row.author, before.row.operator_id, before.row.author_name) == (
        item.row.author,
        item.row.operator_id,
        item.row.author_name,
    )
    return same and abs(item.at - before.at) < JOINED_WITHIN


def show_file(file: Attachment) -> ShownFile:
    """A picture keeps its shape, so that the conversation does not jump when it has come."""
    try:
        url = reverse("admin:chat_attachment", args=[file.pk])
    except NoReverseMatch:
        url = ""
    is_picture = bool(url and file.type in _SHOWN_INLINE and file.width and file.height)
    width, height = (file.width or 0, file.height or 0) if is_picture else (0, 0)
    if is_picture and max(width, height) > _THUMBNAIL:
        scale = _THUMBNAIL / max(width, height)
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
    return ShownFile(file.name, url, filesizeformat(file.size), is_picture, width, height)


def _line(item: Item) -> dict[str, Any]:
    if item.kind == "assignment":
        return {"line": _handed_over(item.row), "icon": "swap"}
    if item.kind == "request":
        return _request(item.row)
    if item.kind == "reopened":
        return {"line": _("%(name)s opened the chat again") % {"name": item.row.actor}, "icon": "undo"}
    if item.row.actor == "merge":
        return {"line": _("Ended when two contacts were merged"), "icon": "merge"}
    return {"line": _("%(name)s ended the chat") % {"name": item.row.actor or "–"}, "icon": "check"}


def _handed_over(row: Assignment) -> str:
    names = {"by": row.by, "before": row.before_name, "after": row.after_name}
    if not row.after_name:
        return _("%(by)s gave the chat back: nobody has it now") % names
    if row.by == row.after_name:
        return (
            _("%(by)s took the chat over from %(before)s") % names
            if row.before_name
            else _("%(by)s took the chat") % names
        )
    if row.before_name:
        return _("%(by)s handed the chat over: %(before)s → %(after)s") % names
    return _("%(by)s gave the chat to %(after)s") % names


def _request(row: ChatRequest) -> dict[str, Any]:
    names = {"by": row.by_name, "to": row.to_name or _("an administrator")}
    if row.kind == RequestKind.AGENT:
        line = _("%(by)s asks %(to)s to take the chat over") % names
    else:
        line = _("%(by)s asks %(to)s to look over the chat") % names
    answered = {
        RequestState.ACCEPTED: _("accepted by %(name)s"),
        RequestState.REFUSED: _("refused by %(name)s"),
        RequestState.WITHDRAWN: _("withdrawn"),
    }
    if row.state != RequestState.OPEN:
        words = answered[RequestState(row.state)]
        line = f"{line} – {words % {'name': row.answered_by_name} if '%(name)s' in words else words}"
    note = " – ".join(filter(None, [row.note, row.answer]))
    return {"line": line, "note": note, "icon": "flag", "state": row.state}
