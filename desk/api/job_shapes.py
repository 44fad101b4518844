"""What goes over the wire of the open API about jobs (JOB-1, JOB-3)."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from desk.api.serializers import time_text
from desk.jobs.progress import progress_of
from desk.jobs.words import no_undo_code, shown_label, told
from desk.models import Job

# So many refused items are in the answer; all are on the job's page in the desk.
MOST_REFUSALS = 100
ENDED_BADLY = (Job.State.FAILED, Job.State.CANCELLED)


class JobErrorShape(serializers.Serializer[Any]):
    """Why the job failed."""

    code = serializers.CharField()
    message = serializers.CharField()


@extend_schema_field(OpenApiTypes.OBJECT)
class _ResultField(serializers.Field[Any, Any, Any, Any]):
    """What the kind of job tells beside the counts."""


class JobShape(serializers.Serializer[Any]):
    """A job. ``changed``, ``unchanged`` and ``refused`` are parts of ``done``; of a dry run: what would be.

    ``label`` is a name that serializers need for themselves, hence ``get_fields``.
    """

    def get_fields(self) -> dict[str, Any]:
        """The fields by their public names."""
        text, count, moment = serializers.CharField, serializers.IntegerField, serializers.DateTimeField
        return {
            "id": text(),
            "kind": text(),
            "action": text(allow_null=True, help_text="Of actions on contacts: which."),
            "label": text(help_text="For people, in the language of the request."),
            "state": serializers.ChoiceField(Job.State.values),
            "dryRun": serializers.BooleanField(),
            "total": count(allow_null=True),
            "done": count(),
            "changed": count(),
            "unchanged": count(),
            "refused": count(),
            "rate": serializers.FloatField(allow_null=True, help_text="Items a second."),
            "secondsLeft": serializers.FloatField(allow_null=True),
            "createdAt": moment(),
            "startedAt": moment(allow_null=True),
            "finishedAt": moment(allow_null=True),
            "by": text(),
            "undoable": serializers.BooleanField(),
            "undoOf": text(allow_null=True, help_text="The job that this one takes back."),
            "undoneBy": text(allow_null=True, help_text="The job that takes this one back."),
            "error": JobErrorShape(allow_null=True),
            "result": _ResultField(),
        }


class RefusedShape(serializers.Serializer[Any]):
    """An item that was left alone."""

    contactId = serializers.CharField(allow_null=True)
    line = serializers.IntegerField(allow_null=True, help_text="Of a file.")
    code = serializers.CharField()
    message = serializers.CharField()


class JobReadShape(JobShape):
    """A job with what it left alone: the first 100."""

    def get_fields(self) -> dict[str, Any]:
        """As above, and the refused items."""
        return {**super().get_fields(), "refusals": RefusedShape(many=True)}


class JobPageShape(serializers.Serializer[Any]):
    """A page of jobs, newest first; ``next`` is the ``since`` of the next page, null on the last."""

    jobs = JobShape(many=True)
    next = serializers.CharField(allow_null=True)


def job_data(job: Job) -> dict[str, Any]:
    """``JobShape`` of a job whose ``undos`` are at hand."""
    progress = progress_of(job)
    undo = next((one for one in job.undos.all() if one.state not in ENDED_BADLY and not one.dry_run), None)
    params = job.params if job.undo_of is None else job.undo_of.params
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "action": params.get("action"),
        "label": shown_label(job),
        "state": str(job.state),
        "dryRun": job.dry_run,
        "total": job.total,
        "done": job.done,
        "changed": job.changed,
        "unchanged": job.unchanged,
        "refused": job.refused,
        "rate": None if progress.rate is None else round(progress.rate, 1),
        "secondsLeft": None if progress.seconds_left is None else round(progress.seconds_left, 1),
        "createdAt": time_text(job.created_at),
        "startedAt": time_text(job.started_at) if job.started_at else None,
        "finishedAt": time_text(job.finished_at) if job.finished_at else None,
        "by": job.actor,
        "undoable": no_undo_code(job) is None,
        "undoOf": str(job.undo_of_id) if job.undo_of_id else None,
        "undoneBy": str(undo.pk) if undo else None,
        "error": {"code": job.error, "message": told(job, job.error, job.error_values)} if job.error else None,
        "result": job.result,
    }


def job_read_data(job: Job) -> dict[str, Any]:
    """``JobReadShape``. One statement more."""
    refused = job.refusals.order_by("pk")[:MOST_REFUSALS] if job.refused else []
    return {
        **job_data(job),
        "refusals": [
            {
                "contactId": str(one.target_id) if one.target_id is not None else None,
                "line": one.line,
                "code": one.code,
                "message": told(job, one.code, one.values),
            }
            for one in refused
        ],
    }
