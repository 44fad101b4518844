"""Customer tags: labels on contacts, in filters, columns, actions and merges."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TagsConfig(AppConfig):
    name = "tags"
    verbose_name = _("Customer tags")

    def ready(self) -> None:
        """Tell contacts and the desk what tags add to them; each module registers its own part."""
        import tags.actions  # noqa: PLC0415
        import tags.admin  # noqa: PLC0415
        import tags.columns  # noqa: PLC0415
        import tags.filter_fields  # noqa: PLC0415
        import tags.grade_filter  # noqa: PLC0415
        import tags.history  # noqa: PLC0415
        import tags.merging  # noqa: PLC0415
        import tags.visitor_facts  # noqa: F401, PLC0415
