"""Words for the audit log: ``contact.merge`` → "Contact: merged", the names of details, what an entry was about.

An action is ``noun.verb``. The noun is a table of ours and brings its own name; verbs are words of the list below. An
app whose action needs better words registers them as a whole in ``audit_words`` from ``AppConfig.ready()``.
"""

import functools
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from desk.models import AuditEntry, Role
from desk.registry import Registry

audit_words: Registry[str | Promise] = Registry("audit words")

_OWN = {
    "site.rotatePluginKey": _("Plugin key replaced"),
    "site.showSecret": _("Member hash secret shown"),
    "site.rotateSecret": _("Member hash secret replaced"),
    "site.dropSecret": _("Previous member hash secret ended"),
    "operator.setPassword": _("Password set"),
    "operator.resetSignIn": _("Sign-in reset"),
    "membership.create": _("Added to the team"),
    "membership.change": _("Role changed"),
    "membership.delete": _("Removed from the team"),
}
for _action, _sentence in _OWN.items():
    audit_words.register(_action, _sentence)

# Translators: each stands behind the name of a thing and a colon, as in "Customer tag: created".
_VERBS = {
    "add": pgettext_lazy("audit", "added"),
    "create": pgettext_lazy("audit", "created"),
    "change": pgettext_lazy("audit", "changed"),
    "delete": pgettext_lazy("audit", "deleted"),
    "revoke": pgettext_lazy("audit", "revoked"),
    "reorder": pgettext_lazy("audit", "order changed"),
    "merge": pgettext_lazy("audit", "merged"),
    "tag": pgettext_lazy("audit", "tags attached"),
    "untag": pgettext_lazy("audit", "tags detached"),
    "tags": pgettext_lazy("audit", "tags changed"),
    "block": pgettext_lazy("audit", "blocked"),
    "unblock": pgettext_lazy("audit", "unblocked"),
    "refused": pgettext_lazy("audit", "refused"),
    "export": pgettext_lazy("audit", "exported"),
    "import": pgettext_lazy("audit", "imported"),
    "undo": pgettext_lazy("audit", "undone"),
    "dismiss": pgettext_lazy("audit", "dismissed for good"),
    "freeze": pgettext_lazy("audit", "frozen"),
    "thaw": pgettext_lazy("audit", "thawed"),
}

# Names of details that are no column of the thing they are about.
_DETAILS = {
    "fields": _("fields"),
    "tag": _("tag"),
    "tags": _("tags"),
    "count": _("count"),
    "trigger": _("trigger"),
    "code": _("code"),
    "name": _("name"),
    "reason": _("reason"),
    "role": _("role"),
    "sees_personal_data": _("sees personal data"),
}


@functools.cache
def _models() -> dict[str, type[Model]]:
    return {
        str(model._meta.model_name): model for model in apps.get_models() if model.__module__.split(".")[0] != "django"
    }


def words_of(action: str) -> str:
    """The action for people; an unknown verb is shown as it is."""
    if action in audit_words:
        return str(audit_words.get(action))
    noun, _dot, verb = action.partition(".")
    model = _models().get(noun.lower())
    shown_noun = capfirst(str(model._meta.verbose_name)) if model else noun
    return f"{shown_noun}: {_VERBS.get(verb, verb)}"


def target_in_words(entry: AuditEntry) -> str:
    """What it was done to: the kind of thing and its number."""
    model = _models().get(entry.target_type)
    kind = capfirst(str(model._meta.verbose_name)) if model else entry.target_type
    return f"{kind} {entry.target_id}".strip()


def details_in_words(entry: AuditEntry) -> str:
    """What the entry knows beyond its action, on one line."""
    model = _models().get(entry.target_type)
    return " · ".join(
        f"{_name(key, model)}: {_plain(value, model, _labels(key, model))}"
        for key, value in entry.details.items()
        if value not in (None, "", [])
    )


def _field(key: str, model: type[Model] | None) -> Any:
    try:
        return model._meta.get_field(key) if model else None
    except FieldDoesNotExist:
        return None


def _name(key: str, model: type[Model] | None) -> str:
    field = _field(key, model)
    return capfirst(str(field.verbose_name if isinstance(field, Field) else _DETAILS.get(key, key)))


def _labels(key: str, model: type[Model] | None) -> dict[str, str]:
    """The words of a column with choices; entries about an operator may tell a role too."""
    choices = Role.choices if key == "role" else getattr(_field(key, model), "flatchoices", None) or ()
    return {str(value): str(label) for value, label in choices}


def _plain(value: Any, model: type[Model] | None, labels: dict[str, str]) -> str:
    if isinstance(value, dict) and set(value) == {"from", "to"}:
        return f"{_plain(value['from'], model, labels) or '–'} → {_plain(value['to'], model, labels) or '–'}"
    if isinstance(value, dict):
        return ", ".join(
            f"{_name(key, model)} {_plain(item, model, _labels(key, model))}" for key, item in value.items()
        )
    if isinstance(value, list):
        return ", ".join(
            _name(item, model) if _field(item, model) else _plain(item, model, labels) for item in map(str, value)
        )
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return labels.get(str(value), str(value))
