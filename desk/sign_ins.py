"""SITE-4: sign-ins in the audit log: who came in and went, from where, who was kept out.

Each site that the operator works for gets an entry of its own, in the same statement: its log says who could see its
data, tells nothing of other sites (SITE-2), and stays as it was when somebody leaves the team. Operators without a
team, and addresses that are nobody's, are entries of the installation, which whoever runs it reads.

What was typed as an address that nobody has may be a password in the wrong place: it is not kept. Trying addresses
from one place is one entry in ten minutes, so that guessing does not fill a log that nothing is deleted from.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from desk.actors import Actor
from desk.audit import record_many
from desk.models import Operator, Site
from desk.once import is_new, was_said

SIGNED_IN = "operator.signIn"
FAILED = "operator.signInFailed"
LOCKED_OUT = "operator.lockOut"
SIGNED_OUT = "operator.signOut"
PASSWORD_CHANGED = "operator.changePassword"
PASSWORD_SET = "operator.setPassword"
_SECONDS = 600


def note(action: str, operator: Operator, *, address: str | None, details: dict[str, Any] | None = None) -> None:
    """One entry for each site of the operator; without any, one of the installation."""
    sites: list[Site | None] = list(Site.objects.filter(memberships__operator=operator)) or [None]
    actor = Actor.of_operator(operator, address)
    record_many(action, actor=actor, about=[(site, operator) for site in sites], details=details)


def note_failure(email: str, *, address: str | None) -> None:
    """Somebody gave a wrong password, or an address that nobody has. Tries during a lock are not told one by one."""
    operator = _operator_of(email)
    if was_said(_lock_key(operator, address)):
        return
    if operator is not None:
        note(FAILED, operator, address=address)
    elif is_new(f"sign-ins:unknown:{address}", seconds=_SECONDS):
        _note_nobody(FAILED, address)


def note_lock_out(email: str, *, address: str | None) -> None:
    """Too many tries: said once for as long as the lock lasts, however often it is tried meanwhile."""
    operator = _operator_of(email)
    if not is_new(_lock_key(operator, address), seconds=int(settings.AXES_COOLOFF_TIME * 3600)):
        return
    if operator is not None:
        note(LOCKED_OUT, operator, address=address)
    else:
        _note_nobody(LOCKED_OUT, address)


def _lock_key(operator: Operator | None, address: str | None) -> str:
    return f"sign-ins:locked:{operator.pk if operator else 0}:{address}"


def _note_nobody(action: str, address: str | None) -> None:
    record_many(action, actor=Actor("system", "", None, address), about=[(None, None)])


def _operator_of(email: str) -> Operator | None:
    found = get_user_model().objects.filter(email=email.strip().lower()[:254]).first() if "@" in email else None
    return found if isinstance(found, Operator) else None
