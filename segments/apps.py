"""Segments: saved filters with live counts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        """Tell contacts, tags and the desk what segments add to them; each module registers its own part."""
        import segments.admin  # noqa: PLC0415
        import segments.erasing  # noqa: PLC0415
        import segments.filter_fields  # noqa: PLC0415
        import segments.grade_renames  # noqa: PLC0415
        import segments.personal_data  # noqa: PLC0415
        import segments.subject_access  # noqa: PLC0415
        import segments.tag_renames  # noqa: PLC0415
        import segments.uses  # noqa: F401, PLC0415
