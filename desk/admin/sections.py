"""The Settings section of the sidebar: what the role allows (SITE-3)."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from desk.admin import access_of
from desk.admin.navigation import Entry, Section, navigation


def _settings(request: HttpRequest) -> list[Entry]:
    access = access_of(request)
    offered = [
        ("settings.change", Entry(_("Site"), reverse("admin:settings"), "site")),
        ("settings.change", Entry(_("Plugin"), reverse("admin:settings_plugin"), "code")),
        ("operators.change", Entry(_("Team"), reverse("admin:desk_membership_changelist"), "team")),
        ("settings.change", Entry(_("API keys"), reverse("admin:desk_apikey_changelist"), "key")),
        ("audit.view", Entry(_("Audit log"), reverse("admin:desk_auditentry_changelist"), "history")),
    ]
    return [entry for permission, entry in offered if access.may(permission)]


navigation.register("settings", Section("settings", _("Settings"), 90, _settings))
