"""Addresses of the whole desk."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from chats.api.messenger_script import messenger_script
from config.demo import company_page
from contacts.api.plugin_script import plugin_script
from desk.admin.site import desk_site

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("plugin.js", plugin_script, name="plugin-script"),
    path("plugin-messenger.js", messenger_script, name="messenger-script"),
    path("desk/", desk_site.urls),
    path("api/", include("config.api")),
]

if settings.DEMO:
    urlpatterns.append(path("shop/", include("config.demo.shop.urls")))
    urlpatterns.append(path(company_page.PATH, company_page.ask_company))

handler400 = "desk.admin.errors.bad_request"
handler403 = "desk.admin.errors.permission_denied"
handler404 = "desk.admin.errors.page_not_found"
handler500 = "desk.admin.errors.server_error"
