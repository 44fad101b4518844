"""The Settings section of the sidebar: what the role allows (SITE-3). Upper apps add lines in ``more_settings``."""

from collections.abc import Callable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from desk.access import Access
from desk.admin import access_of
from desk.admin.navigation import Entry, Section, navigation
from desk.registry import Registry

# What upper apps let people set; each answers only what the role allows.
more_settings: Registry[Callable[[Access], list[Entry]]] = Registry("settings of other apps")


def _settings(request: HttpRequest) -> list[Entry]:
    access = access_of(request)
    offered = [
        ("settings.change", Entry(_("Site"), reverse("admin:settings"), "site")),
        ("settings.change", Entry(_("Plugin"), reverse("admin:settings_plugin"), "code")),
        ("operators.change", Entry(_("Team"), reverse("admin:desk_membership_changelist"), "team")),
        ("settings.change", Entry(_("API keys"), reverse("admin:desk_apikey_changelist"), "key")),
        ("settings.change", Entry(_("Webhooks"), reverse("admin:desk_webhook_changelist"), "link")),
        ("audit.view", Entry(_("Audit log"), reverse("admin:desk_auditentry_changelist"), "history")),
    ]
    shown = [entry for permission, entry in offered if access.may(permission)]
    # Beside the settings of the site, before the team and what is rarely looked at.
    return shown[:2] + [entry for more in more_settings for entry in more(access)] + shown[2:]


navigation.register("settings", Section("settings", _("Settings"), 90, _settings))
