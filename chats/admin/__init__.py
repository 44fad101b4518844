"""Doors of chats for operators. Imported by ``ChatsConfig.ready``; each module registers its own pages."""

from chats.admin import (
    answers,
    categories,
    chat_settings,
    composer,
    conversation,
    deeds,
    files,
    inbox,
    inbox_navigation,
    lookup_panel,
    panel,
    panel_requests,
    panel_tabs,
    requests,
    room_tags,
    stream,
)

__all__ = [
    "answers",
    "categories",
    "chat_settings",
    "composer",
    "conversation",
    "deeds",
    "files",
    "inbox",
    "inbox_navigation",
    "lookup_panel",
    "panel",
    "panel_requests",
    "panel_tabs",
    "requests",
    "room_tags",
    "stream",
]
