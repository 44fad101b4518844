"""RET-5: operators keep somebody from being deleted, for a reason and until a day.

Every way to delete asks here, of the locked row (``contacts.deleting``): a hold takes the same row, so whichever of the
two comes first, the other sees it.
"""

import datetime
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from contacts.details import ContactGone
from contacts.id_lists import id_rows
from contacts.models import Contact, Hold
from contacts.retention import today_of
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

MAX_REASON = 255
# A hold is for a dispute or an inquiry; who wants to keep people for good changes the policy.
MAX_LENGTH = datetime.timedelta(days=3660)


def place_hold(contact: Contact, *, reason: str, until: datetime.date, actor: Actor, now: datetime.datetime) -> Hold:
    """Nothing deletes ``contact`` up to and including the day ``until``.

    ``ValidationError`` by field for an empty or long reason and for a day that is over or too far away;
    ``ContactGone``.
    """
    reason = reason.strip()
    _check(contact.site, reason, until, now)
    with transaction.atomic():
        if not Contact.objects.select_for_update(no_key=True).filter(pk=contact.pk, site=contact.site).exists():
            raise ContactGone
        hold = Hold.objects.create(
            site=contact.site,
            contact=contact,
            reason=reason,
            until=until,
            operator=actor.operator,
            actor=actor.label[:120],
            created_at=now,
        )
        details = {"until": until.isoformat()}
        record("contact.hold", actor=actor, site=contact.site, target=contact, reason=reason, details=details)
    return hold


def end_hold(hold: Hold, *, actor: Actor, now: datetime.datetime) -> bool:
    """From now on it keeps nobody; False when it had ended."""
    with transaction.atomic():
        ended = Hold.objects.filter(pk=hold.pk, ended_at=None).update(ended_at=now, ended_by=actor.label[:120])
        if ended:
            details = {"until": hold.until.isoformat()}
            record("contact.endHold", actor=actor, site=hold.site, target=hold.contact, details=details)
    return bool(ended)


def holds_in_force(site: Site, today: datetime.date) -> QuerySet[Hold]:
    """The holds of a site that keep somebody today."""
    return Hold.objects.filter(site=site, ended_at=None, until__gte=today)


def is_held(site: Site, today: datetime.date) -> Exists:
    """The condition on contacts: somebody holds them today."""
    return Exists(holds_in_force(site, today).filter(contact=OuterRef("pk")))


def held_until(site: Site, ids: Sequence[int], *, now: datetime.datetime) -> dict[int, datetime.date]:
    """{contact: the last day it is held}; who is not held is left out."""
    return held_on(site, ids, today_of(site, now))


def held_on(site: Site, ids: Sequence[int], day: datetime.date) -> dict[int, datetime.date]:
    """The same on a given day of the site."""
    holds = holds_in_force(site, day).filter(contact__in=id_rows(ids))
    return dict(holds.values("contact").annotate(last=Max("until")).values_list("contact", "last"))


def _check(site: Site, reason: str, until: datetime.date, now: datetime.datetime) -> None:
    today = today_of(site, now)
    errors: dict[str, str] = {}
    if not reason:
        errors["reason"] = _("Say why this person is to be kept.")
    elif len(reason) > MAX_REASON:
        errors["reason"] = _("At most %(max)s characters.") % {"max": MAX_REASON}
    if until < today:
        errors["until"] = _("This day is over.")
    elif until > today + MAX_LENGTH:
        errors["until"] = _("At most ten years from now.")
    if errors:
        raise ValidationError(errors)
