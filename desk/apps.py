"""The office itself: sites, operators, audit, jobs, API keys and the admin site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        import desk.declared_data  # noqa: F401, PLC0415

        # Each registers its pages with the desk when it is imported.
        from desk.admin import (  # noqa: F401, PLC0415
            api_keys,
            audit,
            job_list,
            jobs,
            jobs_tray,
            pages,
            profile,
            second_factor,
            sections,
            sign_in_code,
            sign_in_log,
            site_settings,
            sites,
            team,
            webhooks,
            welcome,
        )
