"""JOB-4: a job that was done at once, as a toast with Undo where there is one."""

from django.http import HttpResponse
from django.urls import reverse

from desk.admin.toasts import toast_now
from desk.jobs.words import no_undo_code, told, told_outcome
from desk.models import Job


def toast_job(response: HttpResponse, job: Job, words: str = "") -> None:
    """Show with this answer what came of ``job``; ``words`` where its numbers say too little."""
    if job.state == Job.State.FAILED:
        toast_now(response, told(job, job.error, job.error_values), level="error")
        return
    undo_url = reverse("admin:job_undo", args=[job.pk]) if no_undo_code(job) is None else ""
    toast_now(response, words or told_outcome(job), level="warning" if job.refused else "success", undo_url=undo_url)
