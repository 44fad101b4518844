"""Where the APIs hang: /api/plugin/v1/ for pages, /api/v1/ for programs, and their description.

Each app brings its addresses; this list alone knows all of them.
"""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from desk.api.schema import DocumentationView
from desk.api.views import NothingHere
from tags.api import urls as tags_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("plugin/v1/", include("contacts.api.plugin.urls")),
    path("plugin/v1/", include(tags_urls.plugin_urls)),
    path("plugin/v1/", include("chats.api.stream.urls")),
    path("plugin/v1/", include("chats.api.plugin.urls")),
    path("v1/", include("contacts.api.open.urls")),
    path("v1/", include("desk.api.jobs_urls")),
    path("v1/", include("desk.api.webhooks_urls")),
    path("v1/", include(tags_urls.open_urls)),
    path("v1/", include("segments.api.urls")),
    path("v1/", include("chats.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", DocumentationView.as_view(), name="api-docs"),
    # Last: whatever is none of the above answers in the error shape too.
    re_path("", NothingHere.as_view()),
]
