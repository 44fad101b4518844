"""RET-7: how many people a change of the policy, or of the time zone, would delete that stay as it is now.

Asked before the settings are saved (``desk.setting_effects``): for the next sweep, which nobody can take back, and for
the month after it, so that a policy is not found out about on its third night.
"""

import datetime

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.forecasting import forecast, next_sweep_day
from contacts.models import Kind
from contacts.retention import policy_of
from desk.models import Site
from desk.setting_effects import Effect, EffectRow, Figure, setting_effects

NAME = "retention"
SPANS = (1, 30)
KINDS = {
    Kind.ANONYMOUS: gettext_lazy("Anonymous visitors"),
    Kind.LEAD: gettext_lazy("Leads"),
    Kind.MEMBER: gettext_lazy("Members"),
}


def effect_of_policy(before: Site, after: Site, now: datetime.datetime) -> Effect | None:
    """By kind, when more of any kind would go than now; None when nobody more would."""
    if policy_of(before) == policy_of(after):
        return None
    numbers = [[forecast(site, now=now, days=max(SPANS)).within(days) for days in SPANS] for site in (before, after)]
    rows = tuple(
        EffectRow(str(label), tuple(Figure(old[kind], new[kind]) for old, new in zip(*numbers, strict=True)))
        for kind, label in KINDS.items()
    )
    if not any(figure.after > figure.before for row in rows for figure in row.figures):
        return None
    old, new = (counts[0].total() for counts in numbers)
    return Effect(
        name=NAME,
        heading=_("More people would be deleted"),
        text=_text(old, new, next_sweep_day(after, now)),
        heads=(_("At the next sweep"), _("Within 30 days")),
        rows=tuple(row for row in rows if any(figure.before or figure.after for figure in row.figures)),
        confirm=_confirm(new),
    )


def _text(old: int, new: int, day: datetime.date) -> str:
    words = {"n": _number(new), "before": _number(old), "day": formats.date_format(day, "DATE_FORMAT")}
    if not new:
        told = _("Nobody goes at the next sweep on %(day)s yet, but more people than now within 30 days.")
        return told % words
    told = ngettext(
        "With these settings %(n)s person would be deleted at the next sweep on %(day)s, instead of %(before)s.",
        "With these settings %(n)s people would be deleted at the next sweep on %(day)s, instead of %(before)s.",
        new,
    )
    return told % words + " " + _("Deleted people cannot be brought back.")


def _confirm(count: int) -> str:
    if not count:
        return _("Save all the same")
    words = ngettext(
        "Save and delete %(n)s person at the next sweep", "Save and delete %(n)s people at the next sweep", count
    )
    return words % {"n": _number(count)}


def _number(value: int) -> str:
    return str(formats.number_format(value, use_l10n=True, force_grouping=True))


setting_effects.register(NAME, effect_of_policy)
