"""RET-5: one sentence that says when a person will be deleted and why, and what it is made of.

What the last touch was is told only when it is known: a source of touches says that one of its own was at the very
moment that counts. Nothing is inferred; without such a source there was "contact".
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from contacts.expiring import later_of
from contacts.holds import holds_in_force
from contacts.models import Contact, Hold, Kind
from contacts.retention import Period, policy_of, today_of
from desk.registry import Registry

# What the last touch is called when no source knows it.
CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class TouchSource:
    """One kind of touch (RET-1). ``name`` is public, ``label`` goes into "last contact was … on 21 November".

    ``was_last``: whether a touch of this kind was at exactly the person's ``last_touch_at``. Asked in the order of
    ``order``: what says more comes first.
    """

    name: str
    label: str | Promise
    order: int
    was_last: Callable[[Contact], bool]


touch_sources: Registry[TouchSource] = Registry("touch sources")

_SOURCES = (
    TouchSource(
        "visit", pgettext_lazy("touch", "a visit"), 20, lambda contact: contact.last_seen_at == contact.last_touch_at
    ),
    TouchSource(
        "entry",
        pgettext_lazy("touch", "the first entry"),
        30,
        lambda contact: contact.created_at == contact.last_touch_at,
    ),
    TouchSource(
        "change",
        pgettext_lazy("touch", "a change of the details"),
        40,
        lambda contact: contact.updated_at == contact.last_touch_at,
    ),
)
for _source in _SOURCES:
    touch_sources.register(_source.name, _source)


@dataclass(frozen=True, slots=True)
class ToldRetention:
    """How long one person is kept. ``expires_on`` None: for ever, as is ``period``; both without a hold's help.

    ``rule`` is the name of the policy's rule, ``last_touch`` of the source or ``CONTACT``; ``holds`` are those in
    force, the longest first. ``due``: the time is over and the next sweep takes the person.
    """

    expires_on: datetime.date | None
    sentence: str
    rule: str
    period: Period | None
    last_touch_at: datetime.datetime
    last_touch: str
    holds: tuple[Hold, ...]
    due: bool

    @property
    def held(self) -> bool:
        """Whether anybody holds the person."""
        return bool(self.holds)


def tell_retention(contact: Contact, *, now: datetime.datetime) -> ToldRetention:
    """When and why, in the active language; a statement for the holds and one for each source that has to look."""
    site = contact.site
    policy, today = policy_of(site), today_of(site, now)
    rule, says, touched = policy.rule_of(contact), policy.expires_on(contact), policy.touched_on(contact)
    holds = tuple(holds_of(contact, today))
    expires_on = later_of(says, holds[0].until if holds else None)
    source = last_touch_of(contact)
    if expires_on is None or rule.period is None:
        sentence = _for_ever(contact)
    elif expires_on != says:
        sentence = _held(expires_on, holds[0])
    else:
        sentence = _by_policy(expires_on, today, touched, rule.period, source)
    return ToldRetention(
        expires_on=expires_on,
        sentence=sentence,
        rule=rule.name,
        period=rule.period,
        last_touch_at=contact.last_touch_at,
        last_touch=source.name if source else CONTACT,
        holds=holds,
        due=expires_on is not None and expires_on <= today,
    )


def holds_of(contact: Contact, today: datetime.date) -> QuerySet[Hold]:
    """The holds that keep this person today, the longest first."""
    return holds_in_force(contact.site, today).filter(contact=contact).order_by("-until", "pk")


def last_touch_of(contact: Contact) -> TouchSource | None:
    """What the last touch was, if that is known."""
    sources = sorted(touch_sources, key=lambda source: source.order)
    return next((source for source in sources if source.was_last(contact)), None)


def _for_ever(contact: Contact) -> str:
    if contact.kind == Kind.MEMBER:
        return _("Kept for ever: by this site's policy members are never deleted.")
    return _("Kept for ever: by this site's policy leads are never deleted.")


def _held(expires_on: datetime.date, hold: Hold) -> str:
    words = _("Kept until %(until)s: on hold by %(who)s until %(last)s (%(reason)s).")
    return words % {"until": _day(expires_on), "who": hold.actor, "last": _day(hold.until), "reason": hold.reason}


def _by_policy(
    expires_on: datetime.date,
    today: datetime.date,
    touched: datetime.date,
    period: Period,
    source: TouchSource | None,
) -> str:
    words = {"until": _day(expires_on), "date": _day(touched), "period": period.in_words()}
    due = expires_on <= today
    if source is None:
        if due:
            return _("Will be deleted tonight, with the next sweep: last contact was on %(date)s (%(period)s).") % words
        return _("Kept until %(until)s: last contact was on %(date)s (%(period)s).") % words
    words["touch"] = str(source.label)
    if due:
        sentence = _(
            "Will be deleted tonight, with the next sweep: last contact was %(touch)s on %(date)s (%(period)s)."
        )
        return sentence % words
    return _("Kept until %(until)s: last contact was %(touch)s on %(date)s (%(period)s).") % words


def _day(value: datetime.date) -> str:
    return formats.date_format(value, "SHORT_DATE_FORMAT").rstrip(".")
