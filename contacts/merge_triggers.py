"""UNI-2, UNI-10: why a merge happened, in words: for the timeline, the page of a merge and the audit log."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By ``Merge.trigger``. An automatic merge says which door brought what made the two one person.
_TRIGGERS: Mapping[str, str | Promise] = {
    "operator": _("Merged by hand"),
    "suggestion": _("Merged by hand from a suggestion"),
    "memberId": _("Merged by hand: the member ID was the other one's"),
    "program": _("By a program through the API"),
    "boot": _("Automatically: signed in as this member on the site"),
    "edit": _("Automatically: an operator entered a contact detail of this member"),
    "api": _("Automatically: a program sent a contact detail of this member"),
    "import": _("Automatically: an import brought a contact detail of this member"),
}


def trigger_words(trigger: str) -> str:
    """The reason in the active language; an unknown one is shown as it is."""
    return str(_TRIGGERS.get(trigger, trigger))
