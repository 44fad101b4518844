"""What operators change about themselves: profile, language, appearance and what the desk remembers for them.

Whom a site lets in, and as what, is ``desk.teams``.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from desk.actors import Actor
from desk.audit import record
from desk.models import Operator, Site
from desk.models.operator import Theme
from desk.models.site import Language

# What pages may remember for an operator by themselves, and the values each may take.
_SWITCHES = {"sidebar": {"open", "closed"}}


class UnknownPreference(LookupError):
    """No page remembers anything under this name, or not this value."""


def change_profile(operator: Operator, changes: dict[str, str], *, actor: Actor, site: Site | None = None) -> list[str]:
    """Set any of name, language, theme; return what really changed. ``ValidationError`` by field for a bad value."""
    unknown = set(changes) - {"name", "language", "theme"}
    if unknown:
        raise UnknownPreference(", ".join(sorted(unknown)))
    _check_profile(changes)
    changed = sorted(key for key, value in changes.items() if getattr(operator, key) != value)
    if not changed:
        return []
    with transaction.atomic():
        for key in changed:
            setattr(operator, key, changes[key])
        operator.save(update_fields=changed)
        record("operator.change", actor=actor, site=site, target=operator, details={"fields": changed})
    return changed


def _check_profile(changes: dict[str, str]) -> None:
    errors: dict[str, str] = {}
    if not 1 <= len(changes.get("name", "x").strip()) <= 80:
        errors["name"] = _("Enter a name of at most 80 characters.")
    if changes.get("language", Language.KO) not in Language.values:
        errors["language"] = _("The desk does not speak this language.")
    if changes.get("theme", Theme.SYSTEM) not in Theme.values:
        errors["theme"] = _("There is no such appearance.")
    if errors:
        raise ValidationError(errors)


def remember(operator: Operator, name: str, value: str) -> None:
    """Keep how the operator left a part of the frame, on every machine. Not worth a line in the audit log."""
    if value not in _SWITCHES.get(name, ()):
        raise UnknownPreference(name)
    change_preferences(operator, lambda kept: {name: value})


def change_preferences(operator: Operator, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Keep what ``change`` answers to what is kept now; the rest stays, also what another page kept meanwhile."""
    with transaction.atomic():
        fresh = Operator.objects.select_for_update().get(pk=operator.pk)
        fresh.preferences = {**fresh.preferences, **change(fresh.preferences)}
        fresh.save(update_fields=["preferences"])
    operator.preferences = fresh.preferences
