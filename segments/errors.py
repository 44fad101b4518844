"""Why something cannot be done with a segment."""

from django.utils.translation import gettext as _


class SegmentRefused(Exception):
    """``path`` names the part that is wrong (``name``, ``ids`` …), ``code`` is for programs, the message for people."""

    def __init__(self, path: str, code: str) -> None:
        self.path = path
        self.code = code
        self.message = {
            "blank": _("A segment needs a name."),
            "too_long": _("The name of a segment has at most 60 characters."),
            "invalid_text": _("The name holds characters that cannot be shown."),
            "name_taken": _("There is already a segment of this name."),
            "too_many": _("The site has as many segments as it may have."),
            "unknown": _("There is no such segment."),
            "changed_since": _(
                "Somebody changed the conditions of this segment meanwhile. Look at them before you save."
            ),
            "in_use": _("Segments that are shared, or are somebody else's, ask for this one."),
        }[code]
        super().__init__(self.message)
