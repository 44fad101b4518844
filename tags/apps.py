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
        import tags.api.contact_field  # noqa: PLC0415
        import tags.columns  # noqa: PLC0415
        import tags.erasing  # noqa: PLC0415
        import tags.filter_fields  # noqa: PLC0415
        import tags.grade_columns  # noqa: PLC0415
        import tags.grade_erasing  # noqa: PLC0415
        import tags.grade_filter  # noqa: PLC0415
        import tags.grade_jobs  # noqa: PLC0415
        import tags.grade_merging  # noqa: PLC0415
        import tags.history  # noqa: PLC0415
        import tags.import_column  # noqa: PLC0415
        import tags.jobs  # noqa: PLC0415
        import tags.merging  # noqa: PLC0415
        import tags.merging_detached  # noqa: PLC0415
        import tags.personal_data  # noqa: PLC0415
        import tags.subject_access  # noqa: PLC0415
        import tags.visitor_facts  # noqa: F401, PLC0415
