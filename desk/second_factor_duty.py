"""SITE-4: what a signed-in operator still owes before anything of the desk is reached.

A code, when a second factor is set up and this session has not shown one: however the session came about, also when
the factor was set up later elsewhere. The set-up, when there is none but one of the operator's sites asks for it
(``Site.requires_second_factor``; the administrators of the installation have every site).
"""

import enum
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from desk import second_factor
from desk.actors import Actor
from desk.models import Membership, Operator, Site
from desk.teams import TeamRefused, answers_for

# Where django-otp keeps in the session which device has been shown.
SHOWN = DEVICE_ID_SESSION_KEY


class Owed(enum.Enum):
    """What is still missing."""

    CODE = "code"
    SET_UP = "setUp"


@dataclass(frozen=True, slots=True)
class Standing:
    """One operator's second factor: the device as sessions name it, and whether a site asks for one."""

    device: str | None
    required: bool

    def owes(self, shown: str | None) -> Owed | None:
        """What a session owes that has ``shown`` this device."""
        if self.device is not None:
            return None if shown == self.device else Owed.CODE
        return Owed.SET_UP if self.required else None


def standings(operator_ids: Collection[int]) -> dict[int, Standing]:
    """The standing of each of these operators, in one statement."""
    device = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True).order_by("pk")
    strict = Site.objects.filter(requires_second_factor=True)
    of_team = strict.filter(memberships__operator=OuterRef("pk"))
    rows = (
        Operator.objects.filter(pk__in=operator_ids)
        .order_by()
        .annotate(device=Subquery(device.values("pk")[:1]))
        .annotate(required=Exists(of_team) | (Q(is_superuser=True) & Exists(strict)))
        .values_list("pk", "device", "required")
    )
    label = TOTPDevice.model_label()
    return {pk: Standing(f"{label}/{device}" if device else None, bool(required)) for pk, device, required in rows}


def owed_by(operator: Operator, shown: str | None) -> Owed | None:
    """What this operator's session owes, which has ``shown`` a device."""
    return standings([operator.pk])[operator.pk].owes(shown)


def is_required(operator: Operator) -> bool:
    """Whether one of the operator's sites asks for a second factor."""
    return standings([operator.pk])[operator.pk].required


def on_team(site: Site) -> tuple[int, int]:
    """How many of the site's team have a second factor, and how many people that team has."""
    people = Membership.objects.filter(site=site, operator__is_active=True)
    have = people.filter(Exists(TOTPDevice.objects.filter(user=OuterRef("operator"), confirmed=True)))
    return have.count(), people.count()


def may_reset(operator: Operator, *, actor: Actor) -> bool:
    """Whether ``actor`` may reset the second factor of ``operator``: as with passwords, who administers all of that
    account's sites, and of the installation's administrators only another one.
    """
    issuer = actor.operator
    if issuer is None:
        return True
    if issuer.pk == operator.pk or (operator.is_superuser and not issuer.is_superuser):
        return False
    return answers_for(issuer.pk, operator)


def reset_for(membership: Membership, *, actor: Actor) -> bool:
    """``second_factor.reset`` for somebody of the team; ``TeamRefused`` (notYours)."""
    operator = membership.operator
    if not may_reset(operator, actor=actor):
        message = _("Only whoever runs this desk can do that for %(name)s.")
        raise TeamRefused("notYours", message % {"name": operator})
    return second_factor.reset(operator, actor=actor)
