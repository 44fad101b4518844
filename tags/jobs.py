"""JOB-1: the kinds of background work of tags: how each is called, who may, what its reasons mean."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.jobs.kinds import JobKind, job_kinds
from desk.models import Job
from tags import leaving, returning
from tags.errors import REASONS
from tags.models import Tag

_SENTENCES = {**REASONS, returning.FULL: gettext_lazy("Carries 20 tags already.")}


def _label_delete(job: Job) -> str:
    return _("Delete tag: %(tag)s") % {"tag": job.params["tag"]["name"]}


def _label_merge(job: Job) -> str:
    names = {"tag": job.params["tag"]["name"], "into": job.params["into"]["name"]}
    return _("Merge tag: %(tag)s → %(into)s") % names


def _label_undo(job: Job) -> str:
    if job.undo_of is None:
        return job.kind
    label = _label_merge if job.undo_of.kind == MERGE.name else _label_delete
    return _("Undo: %(what)s") % {"what": label(job.undo_of)}


def _permission(job: Job) -> str:
    return "tags.change"


def _links(job: Job) -> list[tuple[str, str]]:
    return [(_("Customer tags"), reverse("admin:tags_tag_changelist"))]


def _may_unmerge(job: Job) -> str | None:
    return None if Tag.objects.filter(pk=int(job.params["into"]["id"])).exists() else "survivor_gone"


# What all of them have in common.
_kind = partial(JobKind, permission=_permission, sentences=_SENTENCES, links=_links)

DELETE = _kind(
    name="deleteTag",
    title=gettext_lazy("Deleting tags"),
    label=_label_delete,
    start=leaving.start,
    step=leaving.step_delete,
    undo="deleteTagUndo",
)
UNDELETE = _kind(
    name="deleteTagUndo",
    title=gettext_lazy("Undoing the deletion of tags"),
    label=_label_undo,
    start=returning.start,
    step=returning.step_undelete,
)
MERGE = _kind(
    name="mergeTags",
    title=gettext_lazy("Merging tags"),
    label=_label_merge,
    start=leaving.start,
    step=leaving.step_merge,
    undo="mergeTagsUndo",
    may_undo=_may_unmerge,
)
UNMERGE = _kind(
    name="mergeTagsUndo",
    title=gettext_lazy("Undoing merges of tags"),
    label=_label_undo,
    start=returning.start,
    step=returning.step_unmerge,
)
for _job_kind in (DELETE, UNDELETE, MERGE, UNMERGE):
    job_kinds.register(_job_kind.name, _job_kind)
