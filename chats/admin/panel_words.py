"""CHAT-5: the tabs “Room” and “History” in words: lines of facts, lengths of time, categories, who ended a chat."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chats.admin.routing_shown import rule_of
from chats.models import Assignment, Attachment, Author, Chat, Message
from chats.panel import Room
from chats.panel_history import Past
from contacts.admin.formats import day, moment
from contacts.masking import identification_of, mask, name_of
from desk.access import Access
from desk.jobs.telling import told_time

# Parameters of a page that say what a detail of the person says are masked like it (SITE-4).
_PERSONAL = {"email": "email", "phone": "mobileNumber", "mobilenumber": "mobileNumber", "tel": "mobileNumber"}
_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. ``url`` leads to what it names; ``copies``: with a button that copies it."""

    label: str
    value: str
    url: str = ""
    copies: bool = False


def room_facts(access: Access, room: Room) -> list[Fact]:
    """The lines of the room; what does not apply to it is left out."""
    chat, zone = room.chat, access.site.zone
    facts = [
        Fact(_("Agent"), room.agent),
        Fact(_("Team"), str(chat.team or "")),
        Fact(_("State"), str(capfirst(chat.get_state_display()))),
        Fact(_("Identification number"), _identification(access, chat), copies=True),
        Fact(_("Room number"), str(chat.number), copies=True),
        Fact(_("Channel"), str(capfirst(chat.get_channel_display()))),
        Fact(_("Company account"), chat.account),
        Fact(_("Category"), category_words(chat)),
        Fact(_("Begun on page"), chat.page, url=chat.page if chat.page.startswith(("https://", "http://")) else ""),
        Fact(_("Start"), moment(chat.opened_at, zone)),
        Fact(_("End"), moment(chat.closed_at, zone) if chat.closed_at else ""),
        Fact(_("Ended by"), ended_by(chat)),
        Fact(_("Total time"), _time(room)),
        Fact(_("Messages"), formats.localize(chat.messages_count)),
        Fact(_("Attachments"), formats.localize(room.files_count)),
        Fact(_("Consultations of this customer"), formats.localize(room.consultations)),
    ]
    return [fact for fact in facts if fact.value]


def parameter_facts(access: Access, chat: Chat) -> list[Fact]:
    """CHAT-8: what the page passed when it opened the chat."""
    return [Fact(name, shown_parameter(access, name, value)) for name, value in chat.parameters.items()]


def shown_parameter(access: Access, name: str, value: object) -> str:
    """One of them as the operator may read it (SITE-4)."""
    personal = _PERSONAL.get(name.lower(), name)
    return str(value if access.sees_personal_data else mask(personal, value))


def _identification(access: Access, chat: Chat) -> str:
    if chat.identity is None:
        return ""
    return identification_of(chat.identity, sees_personal_data=access.sees_personal_data)


def _time(room: Room) -> str:
    words = length(room.lasted)
    return _("%(time)s so far") % {"time": words} if room.chat.is_open else words


def length(lasted: datetime.timedelta) -> str:
    """How long a chat went on."""
    seconds = lasted.total_seconds()
    if seconds < 2 * _DAY:
        return told_time(seconds)
    return _("%(n)d days") % {"n": round(seconds / _DAY)}


def category_words(chat: Chat) -> str:
    """“Delivery › Late › parcel”."""
    category = chat.category
    names = [] if category is None else [category.parent.name, category.name] if category.parent else [category.name]
    return " › ".join(filter(None, [*names, chat.category_note]))


def ended_by(chat: Chat) -> str:
    """Who ended it; empty while it goes on."""
    if chat.is_open:
        return ""
    if chat.closed_by_kind == "plugin":
        return _("the visitor")
    if chat.closed_by_kind == "system":
        return _("merging two people") if chat.closed_by == "merge" else _("the desk")
    return chat.closed_by


def change_line(access: Access, change: Assignment) -> tuple[str, str]:
    """CHAT-6: “Bob > Alice”, and when and by whom."""
    when = moment(change.at, access.site.zone)
    names = f"{change.before_name} > {change.after_name}" if change.before_name else f"> {change.after_name}"
    return names, f"{when} · {change.by}" if change.by_kind == "operator" else when


def file_line(access: Access, attachment: Attachment) -> dict[str, Any]:
    """A file of the room, for download."""
    return {
        "name": attachment.name,
        "size": attachment.size,
        "at": moment(attachment.created_at, access.site.zone),
        "url": reverse("admin:chat_attachment", args=[attachment.pk]),
    }


def past_line(access: Access, past: Past, current: Chat) -> dict[str, Any]:
    """One chat of the history as the list shows it."""
    chat = past.chat
    return {
        "id": str(chat.pk),
        "number": str(chat.number),
        "start": moment(chat.opened_at, access.site.zone),
        "at": chat.opened_at,
        "memo": past.memo,
        "category": category_words(chat),
        "rule": rule_of(chat),
        "agent": past.agent,
        "tags": past.tags,
        "lasted": length(past.lasted),
        "channel": str(capfirst(chat.get_channel_display())),
        "state": str(capfirst(chat.get_state_display())),
        "is_open": chat.is_open,
        "files": past.files,
        "is_current": chat.pk == current.pk,
        "url": reverse("admin:chat_panel_read", args=[current.pk, chat.pk]),
    }


def spoken(access: Access, chat: Chat, messages: list[Message]) -> list[dict[str, Any]]:
    """Messages as the history reads them out; ``day`` stands where a new day begins."""
    visitor = name_of(chat.contact, sees_personal_data=access.sees_personal_data)
    lines, last = list[dict[str, Any]](), None
    for message in messages:
        local = message.at.astimezone(access.site.zone)
        lines.append(
            {
                "day": day(local.date()) if local.date() != last else "",
                "who": visitor if message.author == Author.VISITOR else _author(message),
                "by_visitor": message.author == Author.VISITOR,
                "text": message.text,
                "time": f"{local:%H:%M}",
                "at": message.at,
                "files": [file_line(access, file) for file in message.attachments.all()],
            }
        )
        last = local.date()
    return lines


def _author(message: Message) -> str:
    return message.author_name or str(capfirst(message.get_author_display()))
