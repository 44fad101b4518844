"""Chats: rooms, messages and the panel beside the conversation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatsConfig(AppConfig):
    name = "chats"
    verbose_name = _("Chats")

    def ready(self) -> None:
        """Tell contacts what chats add to them; each module registers its own part."""
        import chats.admin  # noqa: PLC0415
        import chats.admin.coming_and_going  # noqa: PLC0415
        import chats.distributing  # noqa: PLC0415
        import chats.erasing  # noqa: PLC0415
        import chats.filter_fields  # noqa: PLC0415
        import chats.history  # noqa: PLC0415
        import chats.lookups.subject_access  # noqa: PLC0415
        import chats.merging  # noqa: PLC0415
        import chats.personal_data  # noqa: PLC0415
        import chats.requesting  # noqa: PLC0415
        import chats.routing_erasing  # noqa: PLC0415
        import chats.routing_following  # noqa: PLC0415
        import chats.routing_subject_access  # noqa: PLC0415
        import chats.routing_uses  # noqa: PLC0415
        import chats.subject_access  # noqa: PLC0415
        import chats.touching  # noqa: PLC0415
        import chats.visitor_facts  # noqa: F401, PLC0415
