"""What can be done to a set of contacts: written once, offered by the desk's panel and by whoever calls it later.

An upper app registers an ``Action`` from ``AppConfig.ready()``. A door builds the form from what was sent, asks
``may_run``, shows ``plan`` (the dry run, JOB-4) and calls ``run``. ``params`` are plain JSON, so that a form, an API
call and a job mean the same thing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.filters.reading import Asker
from contacts.models import Contact
from contacts.selection import Selection
from desk.access import Access
from desk.actors import Actor
from desk.models import Site
from desk.registry import Registry

Params = Mapping[str, Any]

# So many of the refused are named in an outcome; the number of all of them is exact.
NAMED_REFUSALS = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """One contact that was left as it is, with the reason in the active language."""

    contact_id: int
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many contacts were (dry run: would be) changed, how many were already so, and how many may not be.

    ``refused`` names the first ``NAMED_REFUSALS`` of the ``refused_count``.
    """

    changed: int = 0
    unchanged: int = 0
    refused_count: int = 0
    refused: tuple[Refusal, ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.refused_count + other.refused_count,
            (self.refused + other.refused)[:NAMED_REFUSALS],
        )

    def sentence(self) -> str:
        """“12 contacts changed · 3 were already so · 1 refused” in the active language."""
        parts = [ngettext("%(n)d contact changed", "%(n)d contacts changed", self.changed) % {"n": self.changed}]
        if self.unchanged:
            parts.append(
                ngettext("%(n)d was already so", "%(n)d were already so", self.unchanged) % {"n": self.unchanged}
            )
        if self.refused_count:
            parts.append(ngettext("%(n)d refused", "%(n)d refused", self.refused_count) % {"n": self.refused_count})
        return " · ".join(parts)


class ActionRefused(Exception):
    """The action cannot be done at all; ``path`` names the parameter, the text is for people."""

    def __init__(self, code: str, message: str, path: str = "params") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path


class ActionForm(forms.Form):
    """The parameters of an action. Built with the site and with who asks (``access``; None: a program)."""

    def __init__(self, *args: Any, site: Site, access: Access | None = None, **kwargs: Any) -> None:
        self.site = site
        self.access = access
        super().__init__(*args, **kwargs)

    def params(self) -> dict[str, Any]:
        """What ``plan`` and ``apply`` take, after ``is_valid()``: plain JSON."""
        return dict(self.cleaned_data)


class Apply(Protocol):
    """Does it, or, as ``plan``, only counts; both see the same queryset and answer in the same terms."""

    def __call__(
        self, contacts: QuerySet[Contact], params: Params, *, site: Site, actor: Actor, now: datetime
    ) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done to contacts. ``permission`` is a name of ``desk.access``.

    ``available`` hides an action where it makes no sense (a site without tags has none to detach).
    """

    name: str
    label: str | Promise
    permission: str
    form_class: type[ActionForm]
    apply: Apply
    plan: Apply
    icon: str = ""
    available: Callable[[Site], bool] = field(default=lambda site: True)

    def may_run(self, access: Access) -> bool:
        """Whether this operator may do it here."""
        return access.may(self.permission)


actions: Registry[Action] = Registry("actions")


def actions_for(access: Access) -> list[Action]:
    """The actions the operator finds in the panel, in order of registration."""
    return [action for action in actions if action.may_run(access) and action.available(access.site)]


def plan(
    action: Action, selection: Selection, params: Params, *, site: Site, actor: Actor, asker: Asker | None = None
) -> Outcome:
    """The dry run: what ``run`` would answer now. Nothing is written."""
    now = timezone.now()
    return action.plan(selection.queryset(site, now=now, asker=asker), params, site=site, actor=actor, now=now)


def run(
    action: Action, selection: Selection, params: Params, *, site: Site, actor: Actor, asker: Asker | None = None
) -> Outcome:
    """Do it; ``SelectionChanged`` when the set has grown beyond what was shown, ``ActionRefused`` when it cannot be.

    ``asker`` decides which segments the selection may name.
    """
    now = timezone.now()
    return action.apply(selection.checked(site, now=now, asker=asker), params, site=site, actor=actor, now=now)


def refusal_of(contact: Contact, reason: str) -> Refusal:
    """Name a contact that is left as it is."""
    return Refusal(contact.pk, str(contact) or _("contact %(number)d") % {"number": contact.customer_number}, reason)
