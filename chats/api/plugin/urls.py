"""Addresses of the visitor's chats; ``config.api`` mounts them below /api/plugin/v1/."""

from django.urls import URLPattern, path

from chats.api.plugin.files import MyFilesView, MyFileView
from chats.api.plugin.views import MyChatsView, MyMessagesView, MyReadView

urlpatterns: list[URLPattern] = [
    path("chats", MyChatsView.as_view(), name="plugin-chats"),
    path("chats/<str:chat_id>/messages", MyMessagesView.as_view(), name="plugin-messages"),
    path("chats/<str:chat_id>/read", MyReadView.as_view(), name="plugin-read"),
    path("attachments", MyFilesView.as_view(), name="plugin-attachments"),
    path("attachments/<str:attachment_id>", MyFileView.as_view(), name="plugin-attachment"),
]
