"""What the pages about the second factor say: why a code was refused, and how long to wait."""

import datetime
import math

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.admin.audit_words import audit_words
from desk.second_factor import CodeRefused

audit_words.register("operator.secondFactorOn", gettext_lazy("Second factor switched on"))
audit_words.register("operator.secondFactorOff", gettext_lazy("Second factor switched off"))
audit_words.register("operator.resetSecondFactor", gettext_lazy("Second factor reset"))
audit_words.register("operator.newRecoveryCodes", gettext_lazy("New recovery codes made"))
audit_words.register("operator.useRecoveryCode", gettext_lazy("Recovery code used"))


def in_words(refused: CodeRefused) -> str:
    """The refusal as a sentence that says what to do."""
    if refused.code == "wait" and refused.until is not None:
        return _("Too many wrong codes. Try again in %(time)s.") % {"time": _time_until(refused.until)}
    if refused.code == "malformed":
        return _("Enter the 6 digits that the app shows, or one of your recovery codes.")
    if refused.code == "notDigits":
        return _("Enter the 6 digits that the app shows.")
    if refused.code == "notSetUp":
        return _("This was begun too long ago, or in another window. Begin again.")
    return _("This code is wrong or has been used. Enter the one that the app shows now.")


def _time_until(moment: datetime.datetime) -> str:
    seconds = max(1, math.ceil((moment - timezone.now()).total_seconds()))
    if seconds < 60:
        return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    if minutes < 120:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = math.ceil(minutes / 60)
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
