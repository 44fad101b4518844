"""Words for the audit log: ``contact.merge`` → "Contact: merged", the names of details, what an entry was about.

An action is ``noun.verb``. The noun is a table of ours and brings its own name; verbs are words of the list below. An
app whose action needs better words registers them as a whole in ``audit_words`` from ``AppConfig.ready()``. A test
walks the code and finds the action that has none.

Who reads the log may be somebody to whom personal data is masked (SITE-4): values of a detail that may hold some are
said by ``detail_words``.
"""

import functools
from collections.abc import Callable, Iterable
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
# By the name of a detail: its value in words, for somebody who may see personal data or may not.
detail_words: Registry[Callable[[Any, bool], str]] = Registry("words of audit details")

_OWN = {
    "site.rotatePluginKey": _("Plugin key replaced"),
    "site.showSecret": _("Member hash secret shown"),
    "site.rotateSecret": _("Member hash secret replaced"),
    "site.dropSecret": _("Previous member hash secret ended"),
    "operator.setPassword": _("Password set"),
    "operator.resetSignIn": _("Sign-in reset"),
    "operator.signIn": _("Signed in"),
    "operator.signInFailed": _("Sign-in failed"),
    "operator.lockOut": _("Locked out after failed sign-ins"),
    "operator.signOut": _("Signed out"),
    "operator.changePassword": _("Password changed"),
    "apiKey.read": _("Program read personal data"),
    "auditentry.export": _("Audit log exported"),
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
    "setField": pgettext_lazy("audit", "custom field set"),
    "touch": pgettext_lazy("audit", "contact noted"),
    "refused": pgettext_lazy("audit", "refused"),
    "export": pgettext_lazy("audit", "exported"),
    "import": pgettext_lazy("audit", "imported"),
    "upload": pgettext_lazy("audit", "uploaded"),
    "run": pgettext_lazy("audit", "carried out"),
    "download": pgettext_lazy("audit", "downloaded"),
    "undo": pgettext_lazy("audit", "undone"),
    "cancel": pgettext_lazy("audit", "cancelled"),
    "dismiss": pgettext_lazy("audit", "dismissed for good"),
    "freeze": pgettext_lazy("audit", "frozen"),
    "thaw": pgettext_lazy("audit", "thawed"),
    "view": pgettext_lazy("audit", "seen"),
    "list": pgettext_lazy("audit", "list seen"),
    "hold": pgettext_lazy("audit", "put on hold"),
    "endHold": pgettext_lazy("audit", "hold ended"),
    "assign": pgettext_lazy("audit", "assigned"),
    "state": pgettext_lazy("audit", "state changed"),
    "close": pgettext_lazy("audit", "closed"),
    "reopen": pgettext_lazy("audit", "reopened"),
    "category": pgettext_lazy("audit", "category changed"),
    "switch": pgettext_lazy("audit", "switched on or off"),
}

# Names of details that are no column of the thing they are about.
_DETAILS = {
    "fields": _("fields"),
    "tag": _("tag"),
    "tags": _("tags"),
    "count": _("count"),
    "contact": _("contact"),
    "contacts": _("contacts"),
    "chats": _("chats"),
    "gradeRules": _("grade rules"),
    "suggestions": _("merge suggestions"),
    "importTag": _("import tag"),
    "rows": _("rows"),
    "grades": _("grades"),
    "rules": _("rules"),
    "notes": _("notes"),
    "trigger": _("trigger"),
    "code": _("code"),
    "members": pgettext_lazy("of a team", "members"),
    "name": _("name"),
    "to": pgettext_lazy("audit", "to"),
    "into": pgettext_lazy("audit", "into"),
    "note": _("note"),
    "reason": _("reason"),
    "role": _("role"),
    "what": pgettext_lazy("audit", "what"),
    "who": pgettext_lazy("audit", "who"),
    "since": pgettext_lazy("audit", "from"),
    "until": pgettext_lazy("audit", "until"),
    "person": _("one person"),
    "search": _("by text"),
    "segment": _("segment"),
    "kind": _("kind"),
    "conditions": _("conditions"),
    "filter": _("filter"),
    "format": _("format"),
    "columns": _("columns"),
    "masked": pgettext_lazy("audit", "masked"),
    "field": _("field"),
    "value": _("value"),
    "changes": _("changes"),
    "size": _("size"),
    "job": _("job"),
    "absorbed": pgettext_lazy("audit", "number of the merged contact"),
    "absorbedCustomerNumber": pgettext_lazy("audit", "merged customer"),
    "returnedCustomerNumber": pgettext_lazy("audit", "returned customer"),
    "deleted": pgettext_lazy("audit", "deleted"),
    "returned": pgettext_lazy("audit", "restored"),
    "assignee": _("assignee"),
    "color": _("colour"),
    "rank": _("rank"),
    "sees_personal_data": _("sees personal data"),
}


@functools.cache
def _models() -> dict[str, type[Model]]:
    return {
        str(model._meta.model_name): model for model in apps.get_models() if model.__module__.split(".")[0] != "django"
    }


# What the log can be narrowed to at once: by verb, or by the whole action.
KINDS: dict[str, tuple[Any, frozenset[str]]] = {
    "seen": (
        _("Personal data seen"),
        frozenset({"view", "list", "search", "mergeSearch", "apiKey.read", "site.showSecret"}),
    ),
    "exported": (_("Exported and downloaded"), frozenset({"export", "download", "subjectAccess"})),
    "changed": (_("People changed"), frozenset({"contact.add", "contact.change", "contact.setField"})),
    "merged": (_("Merged and merges undone"), frozenset({"contact.merge", "merge.undo"})),
    "deleted": (_("Deleted"), frozenset({"delete", "retention.sweep"})),
    "signIns": (
        _("Sign-ins"),
        frozenset(f"operator.{verb}" for verb in ("signIn", "signInFailed", "lockOut", "signOut", "changePassword")),
    ),
}


def of_kind(kind: str, actions: Iterable[str]) -> list[str]:
    """Those of ``actions`` that are of one of ``KINDS``."""
    wanted = KINDS[kind][1]
    return [action for action in actions if action in wanted or action.partition(".")[2] in wanted]


def has_words(action: str) -> bool:
    """Whether ``words_of`` says it without a name of the code."""
    noun, _dot, verb = action.partition(".")
    return action in audit_words or (noun.lower() in _models() and verb in _VERBS)


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
    return f"{kind_in_words(entry)} {entry.target_id}".strip()


def kind_in_words(entry: AuditEntry) -> str:
    """The kind of thing it was done to."""
    model = _models().get(entry.target_type)
    return capfirst(str(model._meta.verbose_name)) if model else entry.target_type


def details_in_words(entry: AuditEntry, *, sees_personal_data: bool) -> str:
    """What the entry knows beyond its action, on one line, masked for who may not see."""
    return " · ".join(f"{name}: {said}" for name, said in told_details(entry, sees_personal_data=sees_personal_data))


def told_details(entry: AuditEntry, *, sees_personal_data: bool) -> list[tuple[str, str]]:
    """The same one by one: (name, value)."""
    model = _models().get(entry.target_type or entry.action.partition(".")[0].lower())
    return [
        (_name(key, model), _said(key, value, model, sees_personal_data))
        for key, value in entry.details.items()
        # What only an undo needs is kept under a key of its own kind.
        if value not in (None, "", [], {}) and not key.startswith("_")
    ]


def _what_in_words(value: Any, sees: bool) -> str:
    """What an export of the log was narrowed to; what a program read."""
    return str(KINDS[value][0]) if value in KINDS else words_of(value) if "." in str(value) else _name(str(value), None)


detail_words.register("what", _what_in_words)


def _said(key: str, value: Any, model: type[Model] | None, sees: bool) -> str:
    if key in detail_words:
        return detail_words.get(key)(value, sees)
    return _plain(value, model, _labels(key, model))


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
