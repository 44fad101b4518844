"""Chats: rooms, messages and the panel beside the conversation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatsConfig(AppConfig):
    name = "chats"
    verbose_name = _("Chats")

    def ready(self) -> None:
        """Tell contacts what chats add to them; each module registers its own part."""
        import chats.filter_fields  # noqa: F401, PLC0415
