"""SITE-3: whom a site lets in, as what, and how a newcomer gets a first password.

An address that is known elsewhere is attached to the site without telling so: the answer looks the same either way,
and the welcome link of somebody who has a sign-in already has no power. A site never loses its last administrator.
"""

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from desk import sign_ins
from desk.actors import Actor
from desk.audit import record
from desk.ids import made_at
from desk.models import Membership, Operator, Role, Site
from desk.registry import Registry

# What follows elsewhere when somebody leaves a site or is something else there; called after the commit.
place_changes: Registry[Callable[[Site, Operator], None]] = Registry("changes of places")
LINK_DAYS = 7
_SALT = "desk.teams.welcome"


class TeamRefused(Exception):
    """A change of the team that must not be made; ``code`` is lastAdmin, alreadyMember or notYours."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Invited:
    """A new place on the team and the token of its welcome link (``welcomed`` reads it)."""

    membership: Membership
    token: str


def invite(
    site: Site, *, email: str, name: str, role: str, sees_personal_data: bool, language: str, actor: Actor
) -> Invited:
    """Add the person with this address to the team; an account is made when there is none yet.

    ``ValidationError`` by field; ``TeamRefused`` when the person is on the team already.
    """
    email = email.strip().lower()
    _check(email, role)
    with transaction.atomic():
        operator = Operator.objects.select_for_update().filter(email=email).first()
        if operator is None:
            operator = Operator(email=email, name=name.strip() or email.split("@")[0], language=language)
            operator.set_unusable_password()
            operator.full_clean(exclude=["password"])
            operator.save()
            record("operator.create", actor=actor, site=site, target=operator)
        membership, created = Membership.objects.get_or_create(
            site=site, operator=operator, defaults={"role": role, "sees_personal_data": sees_personal_data}
        )
        if not created:
            raise TeamRefused("alreadyMember", _("%(name)s is on the team already.") % {"name": operator})
        details = {"name": operator.name, "role": role, "sees_personal_data": sees_personal_data}
        record("membership.create", actor=actor, site=site, target=membership, details=details)
    return Invited(membership, _token(operator, actor))


def _check(email: str, role: str) -> None:
    errors: dict[str, str] = {}
    try:
        validate_email(email)
    except ValidationError as error:
        errors["email"] = str(error.messages[0])
    if role not in Role.values:
        errors["role"] = _("There is no such role.")
    if errors:
        raise ValidationError(errors)


def welcome_token(membership: Membership, *, actor: Actor) -> str:
    """The token of a welcome link for somebody who has not signed in yet; it answers for what ``actor`` administers."""
    return _token(membership.operator, actor)


def _token(operator: Operator, actor: Actor) -> str:
    issuer = actor.operator.pk if actor.operator else None
    return signing.dumps({"for": operator.pk, "by": issuer, "state": _state(operator)}, salt=_SALT)


def _state(operator: Operator) -> str:
    """Changes with the first password, so that a link works once."""
    return salted_hmac(_SALT, f"{operator.pk}:{operator.password}").hexdigest()[:16]


def welcomed(token: str) -> Operator | None:
    """The operator who may set a first password with this token, or None: wrong, used up or older than ``LINK_DAYS``.

    Also None while the account is on a site that the issuer does not administer: else a colleague on one site could
    take an account that works on another (SITE-2).
    """
    try:
        told = signing.loads(token, salt=_SALT, max_age=datetime.timedelta(days=LINK_DAYS))
    except signing.BadSignature:
        return None
    operator = Operator.objects.filter(pk=told["for"], is_active=True, is_superuser=False).first()
    if operator is None or operator.has_usable_password():
        return None
    if not constant_time_compare(told["state"], _state(operator)) or not answers_for(told["by"], operator):
        return None
    return operator


def answers_for(issuer_id: int | None, operator: Operator) -> bool:
    """Whether somebody administers every site that the account is on; ``None``: the installation's own command."""
    if issuer_id is None:  # a command, run by whoever runs the installation
        return True
    issuer = Operator.objects.filter(pk=issuer_id, is_active=True).first()
    if issuer is None:
        return False
    administered = issuer.memberships.filter(role=Role.ADMIN).values("site_id")
    return issuer.is_superuser or not operator.memberships.exclude(site_id__in=administered).exists()


def reset_sign_in(membership: Membership, *, actor: Actor) -> None:
    """End somebody's password and sign-ins, so that a new welcome link lets them choose another password.

    ``TeamRefused`` (notYours) for an account that also works where ``actor`` is no administrator.
    """
    with transaction.atomic():
        operator = Operator.objects.select_for_update().get(pk=membership.operator_id)
        issuer = actor.operator.pk if actor.operator else None
        if operator.is_superuser or not answers_for(issuer, operator):
            message = _("Only whoever runs this desk can do that for %(name)s.")
            raise TeamRefused("notYours", message % {"name": operator})
        operator.set_unusable_password()
        operator.save(update_fields=["password"])
        details = {"name": operator.name}
        record("operator.resetSignIn", actor=actor, site=membership.site, target=operator, details=details)


def waits_for_password(membership: Membership) -> bool:
    """Whether a welcome link is worth handing out: not come yet, or the sign-in was reset."""
    return not has_come(membership) or not membership.operator.has_usable_password()


def has_come(membership: Membership) -> bool:
    """Whether the person has signed in since being added. Says nothing about an account known elsewhere before."""
    seen = membership.operator.last_login
    return seen is not None and seen >= made_at(membership.pk)


def set_first_password(operator: Operator, password: str, *, name: str, actor: Actor) -> None:
    """What a newcomer does with a welcome link."""
    with transaction.atomic():
        operator.name = name.strip() or operator.name
        operator.set_password(password)
        operator.save(update_fields=["name", "password"])
        sign_ins.note(sign_ins.PASSWORD_SET, operator, address=actor.address)


def change_membership(membership: Membership, *, role: str, sees_personal_data: bool, actor: Actor) -> list[str]:
    """Change what somebody is on the site; return what changed. ``TeamRefused`` for the last administrator."""
    changes = {"role": role, "sees_personal_data": sees_personal_data}
    with transaction.atomic():
        fresh = _locked(membership)
        before = {name: getattr(fresh, name) for name in changes}
        changed = sorted(name for name, value in changes.items() if before[name] != value)
        if not changed:
            return []
        if fresh.role == Role.ADMIN and role != Role.ADMIN:
            _keep_an_admin(fresh)
        for name in changed:
            setattr(fresh, name, changes[name])
        fresh.full_clean(exclude=["site", "operator"])
        fresh.save(update_fields=changed)
        details = {
            "name": fresh.operator.name,
            **{name: {"from": before[name], "to": changes[name]} for name in changed},
        }
        record("membership.change", actor=actor, site=fresh.site, target=fresh, details=details)
        _tell_after_commit(fresh)
    return changed


def remove_from_team(membership: Membership, *, actor: Actor) -> None:
    """Take somebody off the site. The account stays: it may belong to other sites too."""
    with transaction.atomic():
        fresh = _locked(membership)
        if fresh.role == Role.ADMIN:
            _keep_an_admin(fresh)
        record("membership.delete", actor=actor, site=fresh.site, target=fresh, details={"name": fresh.operator.name})
        fresh.delete()
        _tell_after_commit(fresh)


def _tell_after_commit(membership: Membership) -> None:
    for follow in place_changes:
        transaction.on_commit(functools.partial(follow, membership.site, membership.operator), robust=True)


def _locked(membership: Membership) -> Membership:
    # The site's row is the lock of its team: two administrators who demote each other at once must not both succeed.
    Site.objects.select_for_update().get(pk=membership.site_id)
    return Membership.objects.select_related("operator", "site").get(pk=membership.pk)


def _keep_an_admin(membership: Membership) -> None:
    others = Membership.objects.filter(site=membership.site, role=Role.ADMIN, operator__is_active=True)
    if not others.exclude(pk=membership.pk).exists():
        raise TeamRefused("lastAdmin", _("A site keeps at least one administrator: make somebody else one first."))
