"""The doors of the open API for jobs: list, read, cancel, undo (JOB-1, JOB-3, JOB-4, API-2)."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from desk.api.errors import ApiError, Malformed, Problem
from desk.api.idempotency import IDEMPOTENCY, IdempotentView
from desk.api.job_shapes import JobPageShape, JobReadShape, job_data, job_read_data
from desk.api.open import PAGING, OpenApiView, read_limit
from desk.ids import read_id
from desk.jobs.queueing import JobCannotBeUndone, cancel_job, undo_job
from desk.jobs.running import run_here
from desk.jobs.words import told
from desk.models import Job, Site

_CONFLICT = {"$ref": "#/components/schemas/Error"}


def jobs_of(site: Site) -> QuerySet[Job]:
    """The jobs of the site with what an answer tells of them."""
    return Job.objects.filter(site=site).select_related("site", "operator", "undo_of").prefetch_related("undos")


class JobsView(OpenApiView):
    """All jobs of the site."""

    query_parameters = frozenset({"limit", "since", "state"})

    @extend_schema(
        operation_id="list_jobs",
        tags=["jobs"],
        summary="Jobs, newest first",
        parameters=[*PAGING, OpenApiParameter("state", str, enum=Job.State.values)],
        responses=JobPageShape,
    )
    def get(self, request: Request) -> Response:
        query, jobs = request.query_params, jobs_of(self.site)
        limit = read_limit(query)
        if "state" in query:
            if query["state"] not in Job.State.values:
                raise Malformed(Problem("state", "unknown", _("There is no such state.")))
            jobs = jobs.filter(state=query["state"])
        if query.get("since"):
            if (since := read_id(query["since"])) is None:
                raise Malformed(Problem("since", "invalid", _("This is not the “next” of such a page.")))
            jobs = jobs.filter(pk__lt=since)
        found = list(jobs.order_by("-pk")[: limit + 1])
        following = str(found[limit - 1].pk) if len(found) > limit else None
        return Response({"jobs": [job_data(job) for job in found[:limit]], "next": following})


class _OneJob(OpenApiView):
    def job(self, job_id: str) -> Job:
        """The job of this site, or 404."""
        return self.found(jobs_of(self.site), job_id)

    def nothing_sent(self) -> None:
        """These calls take no body; what is sent all the same is not ignored."""
        if body := self.body():
            raise Malformed(*(Problem(name, "unknown", _("This field is not known.")) for name in body))


class JobView(_OneJob):
    """One job."""

    @extend_schema(operation_id="read_job", tags=["jobs"], summary="A job", responses=JobReadShape)
    def get(self, request: Request, job_id: str) -> Response:
        return Response(job_read_data(self.job(job_id)))


class JobCancelView(_OneJob):
    """Asking it to stop."""

    @extend_schema(
        operation_id="cancel_job",
        tags=["jobs"],
        summary="Stop after the present batch; what was done until then stays",
        request=None,
        responses={
            200: JobReadShape,
            409: OpenApiResponse(_CONFLICT, description="`ended`: it has ended already."),
        },
    )
    def post(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)
        self.nothing_sent()
        if not cancel_job(job, actor=self.actor):
            raise ApiError(409, "ended", _("The job has ended already."))
        return Response(job_read_data(self.job(job_id)))


class JobUndoView(IdempotentView, _OneJob):
    """Taking it back."""

    @extend_schema(
        operation_id="undo_job",
        tags=["jobs"],
        summary="Take back what the job changed and nobody changed since; answers the job that does it",
        parameters=[IDEMPOTENCY],
        request=None,
        responses={202: JobReadShape, 409: OpenApiResponse(_CONFLICT, description="Why it cannot be undone.")},
    )
    def post(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)
        self.nothing_sent()
        try:
            undo = undo_job(job, actor=self.actor)
        except JobCannotBeUndone as refused:
            raise ApiError(409, refused.code, told(job, refused.code, {})) from None
        if not undo.background:
            run_here(undo)
        return self.answer_again(str(undo.pk))

    def answer_again(self, reference: str) -> Response:
        return Response(job_read_data(self.job(reference)), status=202)
