"""The address at which visitors' pages ask for their stream; ``config.api`` mounts it below /api/plugin/v1/."""

from django.urls import URLPattern, path

from chats.api.stream.redirect import VisitorStreamView

urlpatterns: list[URLPattern] = [path("stream", VisitorStreamView.as_view(), name="plugin-stream")]
