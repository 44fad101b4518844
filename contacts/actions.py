"""What can be done to a set of contacts: written once, offered by the desk's panel, the open API and routing rules.

An upper app registers an ``Action`` from ``AppConfig.ready()``. A door builds the form from what was sent, asks
``may_run`` and calls ``contacts.bulk.start_action``, which does small sets at once and large ones in the background,
both as a job (JOB-1). ``params`` are plain JSON, so that a form, an API call and a job mean the same thing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.utils.functional import Promise

from contacts.selection import Selection
from desk.access import Access
from desk.actors import Actor
from desk.jobs.kinds import Refused
from desk.models import Job, Site
from desk.registry import Registry

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """On whose behalf, when and for which job (0: for none, a rule does it).

    ``dry_run``: count what would happen, write nothing (JOB-4).
    """

    site: Site
    actor: Actor
    now: datetime
    job_id: int
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch did, or in a dry run would do: ids of contacts it changed, that were already so, that it may not.

    A contact in none of the three is no longer there. ``result``: further numbers, summed over all batches.
    """

    changed: Sequence[int] = ()
    unchanged: Sequence[int] = ()
    refused: tuple[Refused, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)


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
        """What ``prepare`` takes, after ``is_valid()``: plain JSON."""
        return dict(self.cleaned_data)


class Change(Protocol):
    """One batch of contacts (ids, ascending), inside the transaction that also saves the progress.

    For a dry run the same code counts. For an undo ``work.job_id`` is the job to take back, and contacts that it did
    not change, or that somebody changed since, stay as they are.
    """

    def __call__(self, ids: Sequence[int], params: Params, work: Work) -> Outcome: ...


class Prepare(Protocol):
    """Turn the form's params into what the batches take: names into ids, what is missing made (not in a dry run).

    ``ActionRefused`` when it cannot be done at all. Called when the action is asked for (as a dry run) and again when
    the job begins, so it must be repeatable.
    """

    def __call__(self, params: Params, work: Work) -> Params: ...


class Begin(Protocol):
    """Make the job of an action that has a kind of job of its own; ``found`` people are selected now."""

    def __call__(self, selection: Selection, params: Params, *, site: Site, actor: Actor, found: int) -> Job: ...


def _as_they_are(params: Params, work: Work) -> Params:
    return params


def _without_asking(params: Params, count: int) -> None:
    """Most actions can be taken back, so nobody is asked twice."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done to contacts. ``permission`` is a name of ``desk.access``.

    ``told``: what is done, with its params, in the active language (“Attach tags: VIP”). ``sentences``: {code: words}
    of the reasons it refuses a contact for. ``audit``: the name of the one audit entry of the whole job, with
    ``details`` of the params (``reason`` among them is the entry's); empty where the batches write their own.
    ``undo`` None: it erases (JOB-4).
    ``confirm``: given the params and how many people were chosen, ``ActionRefused`` when that was not confirmed; not
    asked for a dry run. ``found``: the further numbers of a result in words.
    ``begin``: makes the job instead (an export writes a file); ``change`` then serves dry runs only.
    ``batch``: contacts in one transaction at most. ``available`` hides an action where it makes no sense (a site
    without tags has none to detach).
    """

    name: str
    label: str | Promise
    permission: str
    form_class: type[ActionForm]
    change: Change
    told: Callable[[Params], str]
    undo: Change | None = None
    prepare: Prepare = _as_they_are
    begin: Begin | None = None
    sentences: Mapping[str, str | Promise] = field(default_factory=dict)
    confirm: Callable[[Params, int], None] = _without_asking
    found: Callable[[Mapping[str, Any]], str] = field(default=lambda result: "")
    audit: str = ""
    details: Callable[[Params], Mapping[str, Any]] = field(default=lambda params: {})
    batch: int = 5_000
    icon: str = ""
    available: Callable[[Site], bool] = field(default=lambda site: True)

    @property
    def erases(self) -> bool:
        """Whether it cannot be taken back, and so is never done before its dry run was looked at (JOB-4)."""
        return self.undo is None and self.begin is None

    def may_run(self, access: Access) -> bool:
        """Whether this operator may do it here."""
        return access.may(self.permission)


actions: Registry[Action] = Registry("actions")


def actions_for(access: Access) -> list[Action]:
    """The actions the operator finds in the panel, in order of registration; those that erase come last."""
    found = [action for action in actions if action.may_run(access) and action.available(access.site)]
    return sorted(found, key=lambda action: action.erases)
