"""The office itself: sites, operators, audit, jobs, API keys and the admin site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        # Each registers its pages with the desk when it is imported.
        from desk.admin import (  # noqa: F401, PLC0415
            api_keys,
            audit,
            pages,
            profile,
            sections,
            site_settings,
            sites,
            team,
            welcome,
        )
