"""JOB-1..4 for actions on contacts: every run of an action is a job, done at once when it is small.

The set is fixed when the job begins; each batch commits with its progress (``desk.jobs.working``). A dry run is the
same job that only counts. The undo works on the very set, and takes back what the job changed and nobody changed since.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.actions import Action, ActionRefused, Outcome, Params, Work, actions
from contacts.bulk_words import people_of
from contacts.filters.errors import FilterError
from contacts.filters.reading import Asker
from contacts.models import Contact, ContactAlias
from contacts.selection import Selection, parse_selection
from contacts.time_limit import TookTooLong, time_limit
from contacts.told_selections import told_selection
from desk.actors import Actor
from desk.audit import record
from desk.jobs.chunks import chunk_ids, fix_set
from desk.jobs.kinds import JobKind, JobStopped, Refused, Start, Step, job_kinds
from desk.jobs.queueing import actor_of, add_job
from desk.jobs.running import run_here
from desk.models import Job, Site

# Up to so many people are done within the request: well under a second. More of them wait for the worker.
AT_ONCE = 1_000
# SQLite has one writer: a batch holds it for about 100 ms at most.
SQLITE_BATCH = 2_000
# Finding a million people by a filter may take a while; it holds up nobody.
SECONDS_TO_FIND = 600
EXAMPLES = 5


def start_action(
    action: Action,
    selection: Selection,
    params: Params,
    *,
    site: Site,
    actor: Actor,
    asker: Asker | None = None,
    dry_run: bool = False,
    at_once: int = AT_ONCE,
) -> Job:
    """Do ``action`` to the selected: up to ``at_once`` people before this returns, more in the background.

    Nothing happens at all with ``SelectionChanged`` (the set has grown beyond what was shown), ``FilterError``,
    ``TookTooLong`` or ``ActionRefused``. ``asker`` decides which segments the selection may name. Not inside a
    transaction: each batch commits by itself.
    """
    now = timezone.now()
    with time_limit():
        found = selection.checked(site, now=now, asker=asker).order_by().count()
    if not dry_run:
        action.confirm(params, found if selection.expected_count is None else selection.expected_count)
    # Refused here rather than in the background, where nobody looks at the form any longer.
    action.prepare(params, Work(site, actor, now, job_id=0, dry_run=True))
    if action.begin is not None and not dry_run:
        return action.begin(selection, params, site=site, actor=actor, found=found)
    job = add_job(
        "action",
        site=site,
        actor=actor,
        params={
            "action": action.name,
            "selection": selection.as_data(),
            "expectedCount": selection.expected_count,
            "params": dict(params),
        },
        dry_run=dry_run,
        background=found > at_once,
        total=found,
    )
    return job if job.background else run_now(job)


def run_now(job: Job) -> Job:
    """Work the job off here and now; answers its row as it is then."""
    return run_here(job)


def action_of(job: Job) -> Action:
    """The action that an "action" job, or the undo of one, is about; ``UnknownName`` when it is gone."""
    return actions.get(_params_of(job)["action"])


# --- the job ----------------------------------------------------------------------------------------------


def _start(job: Job) -> Start:
    action, work = action_of(job), _work(job)
    try:
        prepared = action.prepare(job.params["params"], work)
        selection = parse_selection(job.params["selection"], expected_count=job.params["expectedCount"])
        # Whoever asked was allowed to name these segments; the job goes on with what was accepted.
        with time_limit(SECONDS_TO_FIND):
            ids = fixed_ids(selection, job.site)
    except ActionRefused as refused:
        raise JobStopped("refused", {"reason": refused.message}) from None
    except FilterError as error:
        raise JobStopped("refused", {"reason": error.problems[0].message}) from None
    except TookTooLong:
        # Once more would take as long.
        raise JobStopped("took_too_long") from None
    if selection.expected_count is not None and len(ids) > selection.expected_count:
        raise JobStopped("grown", {"expected": selection.expected_count, "found": len(ids)})
    Job.objects.filter(pk=job.pk, started_at=None).update(params={**job.params, "prepared": dict(prepared)})
    size = min(action.batch, SQLITE_BATCH) if connection.vendor == "sqlite" else action.batch
    return Start(len(ids), 0 if fix_set(job, ids, size=size) else None)


def fixed_ids(selection: Selection, site: Site) -> "array[int]":
    """The ids of the set as it is now, in order, 8 bytes each; later arrivals do not join it half-way."""
    ids = selection.queryset(site).order_by().values_list("pk", flat=True)
    return array("q", sorted(ids.iterator(chunk_size=20_000)))


def _step(job: Job, number: int) -> Step:
    ids = chunk_ids(job, number)
    if ids is None:
        return Step(None)
    action, params, work = action_of(job), job.params["prepared"], _work(job)
    if number == 0 and not job.dry_run:
        _record(action, params, job, ids)
    try:
        outcome = action.change(ids, params, work)
    except ActionRefused as refused:
        raise JobStopped("refused", {"reason": refused.message}) from None
    return _as_step(outcome, ids, job, number)


def _as_step(outcome: Outcome, ids: Sequence[int], job: Job, number: int) -> Step:
    missing = set(ids).difference(
        outcome.changed, outcome.unchanged, [one.target_id for one in outcome.refused if one.target_id]
    )
    refused = (*outcome.refused, *_missing(sorted(missing), job.site)) if missing else outcome.refused
    return Step(
        number + 1,
        done=len(ids),
        changed=len(outcome.changed),
        unchanged=len(outcome.unchanged),
        refused=refused,
        result={**outcome.result, "examples": dict(_more_examples(outcome, job.result.get("examples", {})))},
    )


def _more_examples(outcome: Outcome, known: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The first few of each kind, for who wants to look before confirming."""
    for name, ids in (("changed", outcome.changed), ("unchanged", outcome.unchanged)):
        if wanted := EXAMPLES - len(known.get(name, [])):
            yield name, [str(pk) for pk in ids[:wanted]]


def _missing(ids: Sequence[int], site: Site) -> Iterator[Refused]:
    """Those who were deleted or merged since the set was fixed."""
    survivors = dict(_survivors(ids, site).values_list("value", "contact__customer_number"))
    for pk in ids:
        number = survivors.get(str(pk))
        yield Refused("merged", pk, values={"number": number}) if number else Refused("gone", pk)


def _survivors(ids: Sequence[int], site: Site) -> Any:
    values = [str(pk) for pk in ids]
    return ContactAlias.objects.filter(site=site, type=ContactAlias.Type.ID, value__in=values)


def _record(action: Action, params: Params, job: Job, ids: Sequence[int]) -> None:
    """One audit entry per job, with its first batch; of a single contact it is the contact's."""
    if not action.audit:
        return
    target = Contact.objects.filter(pk=ids[0]).first() if job.total == 1 else None
    # Whoever asked reads the log first; a worker has no language of its own.
    with translation.override(job.operator.language if job.operator else job.site.language):
        chosen = told_selection(parse_selection(job.params["selection"], expected_count=job.total), job.site)
    details = {**action.details(params), "contacts": job.total, "job": str(job.pk)}
    if chosen:
        details["filter"] = chosen
    reason = str(details.pop("reason", ""))
    record(action.audit, actor=actor_of(job), site=job.site, target=target, reason=reason, details=details)
    if action.erases and chosen:
        _forget_selection(job, chosen)


def _forget_selection(job: Job, told: str) -> None:
    """What is erased is not to stay in the filter that found it, nor in that of the previews before (RET-4)."""
    same = Job.objects.filter(site=job.site, kind=job.kind, params__selection=job.params["selection"])
    for one in same.filter(params__action=job.params["action"]):
        Job.objects.filter(pk=one.pk).update(params={**one.params, "selection": {"ids": [], "told": told}})


# --- its undo ---------------------------------------------------------------------------------------------


def _start_undo(job: Job) -> Start:
    undone = _undone(job)
    return Start(undone.done, 0 if undone.done else None)


def _step_undo(job: Job, number: int) -> Step:
    undone = _undone(job)
    # A job that was cancelled has done the batches before its cursor.
    ids = chunk_ids(undone, number) if undone.cursor is None or number < undone.cursor else None
    undo = action_of(undone).undo
    if ids is None or undo is None:
        return Step(None)
    if number == 0:
        record("job.undo", actor=actor_of(job), site=job.site, target=undone, details={"contacts": undone.changed})
    work = Work(job.site, actor_of(job), timezone.now(), job_id=undone.pk)
    # What was merged since is undone on the survivor.
    also = set(_survivors(ids, job.site).values_list("contact_id", flat=True)).difference(ids)
    outcome = undo(sorted([*ids, *also]), undone.params["prepared"], work)
    return Step(
        number + 1,
        done=len(ids),
        changed=len(outcome.changed),
        unchanged=max(len(ids) - len(outcome.changed) - len(outcome.refused), 0),
        refused=outcome.refused,
        result=outcome.result,
    )


def _undone(job: Job) -> Job:
    assert job.undo_of is not None  # made by desk.jobs.queueing.undo_job
    return job.undo_of


# --- what both are ----------------------------------------------------------------------------------------


def _work(job: Job) -> Work:
    return Work(job.site, actor_of(job), timezone.now(), job_id=job.pk, dry_run=job.dry_run)


def _params_of(job: Job) -> Mapping[str, Any]:
    return job.undo_of.params if job.undo_of is not None else job.params


def _label(job: Job) -> str:
    name = _params_of(job)["action"]
    if name not in actions:
        return str(name)
    words = action_of(job).told(_params_of(job)["params"])
    return _("Undo: %(what)s") % {"what": words} if job.undo_of is not None else words


def _permission(job: Job) -> str:
    return action_of(job).permission


def _may_undo(job: Job) -> str | None:
    return None if action_of(job).undo is not None else "no_undo"


class _Sentences(Mapping[str, "str | Promise"]):
    """The sentences of all actions, registered whenever: a code means the same in all of them."""

    shared = {
        "gone": gettext_lazy("Deleted meanwhile."),
        "merged": gettext_lazy("Unified into customer %(number)s meanwhile."),
        "changed_since": gettext_lazy("Somebody has changed it since."),
        "refused": gettext_lazy("%(reason)s"),
        "took_too_long": gettext_lazy("Nothing was changed: finding these people took too long."),
        "grown": gettext_lazy("Nothing was changed: %(expected)s people were chosen, and %(found)s matched by then."),
    }

    def __getitem__(self, code: str) -> "str | Promise":
        for sentences in (self.shared, *(action.sentences for action in actions)):
            if code in sentences:
                return sentences[code]
        raise KeyError(code)

    def __iter__(self) -> Iterator[str]:
        return iter({code for action in actions for code in action.sentences} | self.shared.keys())

    def __len__(self) -> int:
        return len(list(iter(self)))


ACTION = JobKind(
    name="action",
    label=_label,
    start=_start,
    step=_step,
    permission=_permission,
    sentences=_Sentences(),
    undo="actionUndo",
    may_undo=_may_undo,
    title=gettext_lazy("Actions on people"),
    about=people_of,
)
UNDO = JobKind(
    name="actionUndo",
    label=_label,
    start=_start_undo,
    step=_step_undo,
    permission=_permission,
    sentences=_Sentences(),
    title=gettext_lazy("Undoing actions on people"),
)
for _kind in (ACTION, UNDO):
    job_kinds.register(_kind.name, _kind)
