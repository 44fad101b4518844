"""RET-1, RET-5: a message either way is a touch: whether one was the last that a person's page tells of."""

from django.utils.translation import pgettext_lazy

from chats.models import Chat
from contacts.models import Contact
from contacts.told_retention import TouchSource, touch_sources


def _was_last(contact: Contact) -> bool:
    """By the chat's own row. What another channel delivered late bears its own time and is not told as the touch."""
    return Chat.objects.filter(contact=contact, last_message_at=contact.last_touch_at).exists()


touch_sources.register("chat", TouchSource("chat", pgettext_lazy("touch", "a chat message"), 10, _was_last))
