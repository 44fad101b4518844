"""How a room is written for people: in the list, and on top of its conversation."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from chats.conversation import VIP
from chats.inbox import Asked, Room
from chats.models import Chat, State
from contacts.masking import name_of
from contacts.models import Channel, Contact
from desk.access import Access

CHANNEL_ICONS: dict[str, str] = {
    Channel.WEB: "browser",
    Channel.APP: "app",
    Channel.PHONE: "phone",
    Channel.EMAIL: "mail",
    Channel.HELPCENTER: "help",
}
_STATE_BADGES: dict[str, str] = {
    State.WAITING: "warning",
    State.RECEIVED: "info",
    State.IN_PROGRESS: "success",
    State.ON_HOLD: "outline",
}


@dataclass(frozen=True, slots=True)
class ShownRoom:
    """A row of the list."""

    id: int
    number: int
    url: str
    name: str
    kind: str
    channel: str
    channel_icon: str
    text: str
    by_visitor: bool
    time: str
    at: datetime.datetime | None
    place: str
    unseen: int
    state: str
    state_badge: str
    is_open: bool
    assignee: str
    team: str
    is_mine: bool
    grade: Any
    tags: list[Any] = field(default_factory=list)
    present: list[str] = field(default_factory=list)


def show_room(access: Access, room: Room, asked: Asked) -> ShownRoom:
    """The row in words."""
    chat = room.chat
    grade = grade_of(chat.contact)
    return ShownRoom(
        id=chat.pk,
        number=chat.number,
        url=f"{reverse('admin:inbox_chat', args=[chat.pk])}?view={asked.view}",
        name=customer_name(access, chat.contact),
        kind=chat.contact.kind,
        channel=channel_word(chat),
        channel_icon=CHANNEL_ICONS.get(chat.channel, "chat"),
        text=" ".join(chat.last_text.split()) or _("Attachment"),
        by_visitor=chat.last_by_visitor,
        time=short_time(chat.last_message_at),
        at=chat.last_message_at,
        place=f"{_order_of(chat, asked).timestamp():.6f}",
        unseen=chat.unseen if chat.is_open else 0,
        state=state_word(chat.state),
        state_badge=state_badge(chat.state),
        is_open=chat.is_open,
        assignee=str(chat.assignee or ""),
        team=str(chat.team or ""),
        is_mine=chat.assignee_id == access.operator.pk,
        grade=grade,
        tags=_first_tags(room.tags, grade),
        present=room.present,
    )


def _order_of(chat: Chat, asked: Asked) -> datetime.datetime:
    """The time by which the list is ordered."""
    at = chat.closed_at if asked.view == "closed" else chat.last_message_at
    return at or chat.opened_at


def _first_tags(tags: list[Any], grade: Any) -> list[Any]:
    """There is room for one chip beside a name, or for two where one says VIP."""
    vip = [tag for tag in tags if VIP in tag.name.casefold()]
    return (vip or ([] if grade else tags))[:1]


def customer_name(access: Access, contact: Contact) -> str:
    """The name or the best handle there is; who left nothing is told from others by the customer number."""
    if not (contact.name or contact.member_id or contact.email or contact.mobile_number):
        return _("Anonymous #%(number)s") % {"number": contact.customer_number}
    return name_of(contact, sees_personal_data=access.sees_personal_data)


def grade_of(contact: Contact) -> Any:
    """The grade that was joined to the contact, None without one."""
    carried = getattr(contact, "carried_grade", None)
    return carried.grade if carried is not None else None


def channel_word(chat: Chat) -> str:
    """The channel's name as it stands alone."""
    if chat.channel == Channel.EMAIL:  # elsewhere the word means an address
        return pgettext("channel", "E-mail")
    return str(capfirst(chat.get_channel_display()))


def state_word(state: str) -> str:
    """The state's name as it stands alone."""
    return str(capfirst(State(state).label))


def state_badge(state: str) -> str:
    """The badge's colour; never alone, the word is beside it."""
    return _STATE_BADGES.get(state, "")


def short_time(at: datetime.datetime | None) -> str:
    """The time of today, the day of this year, or the date."""
    if at is None:
        return ""
    local, now = timezone.localtime(at), timezone.localtime()
    if local.date() == now.date():
        return f"{local:%H:%M}"
    this_year = "M j" if get_language() == "en" else "MONTH_DAY_FORMAT"
    form = this_year if local.year == now.year else "SHORT_DATE_FORMAT"
    return formats.date_format(local.date(), form).rstrip(".")
