"""Addresses of tags; ``config.api`` mounts each list below its API."""

from django.urls import URLPattern, path

from tags.api.open import TagsView, TagView
from tags.api.plugin import MyTagsView

plugin_urls: list[URLPattern] = [path("me/tags", MyTagsView.as_view(), name="plugin-me-tags")]
open_urls: list[URLPattern] = [
    path("tags", TagsView.as_view(), name="api-tags"),
    path("tags/<str:tag_id>", TagView.as_view(), name="api-tag"),
]
