"""LIST-5: the chats of a person in the timeline, each at its beginning, with the way to its room."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chats.models import Chat
from contacts.models import Contact
from contacts.timeline import Bound, Entry, Line, TimelineSource, newest, timeline_sources


def _chats(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
    rooms = Chat.objects.filter(contact=contact).select_related("assignee", "category", "routing")
    return [_entry(chat) for chat in newest(rooms, "opened_at", bound, limit)]


def _entry(chat: Chat) -> Entry:
    count = chat.messages_count
    messages = ngettext("%(n)d message", "%(n)d messages", count) % {"n": count}
    lines = [Line(_("State"), chat.get_state_display())]
    if chat.category is not None:
        lines.append(Line(_("Category"), chat.category.name))
    routing = getattr(chat, "routing", None)
    if routing is not None and routing.rule_name:
        lines.append(Line(_("Routing rule"), routing.rule_name))
    if chat.last_text:
        lines.append(Line(_("Last message"), chat.last_text))
    return Entry(
        at=chat.opened_at,
        id=chat.pk,
        icon="chat",
        title=_("Chat #%(number)d (%(channel)s)") % {"number": chat.number, "channel": chat.get_channel_display()},
        detail=messages,
        actor=str(chat.assignee or ""),
        lines=lines,
        link=("inbox_chat", chat.pk, _("Open chat") if chat.is_open else _("Read it")),
    )


timeline_sources.register("chats", TimelineSource("chats", gettext_lazy("Chats"), "chat", _chats))
