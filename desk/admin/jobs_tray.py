"""JOB-3: the tray's answer, asked after the page is on screen and every two seconds while something runs."""

import datetime
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from desk.access import Access
from desk.admin import access_of
from desk.admin.job_words import show_job
from desk.admin.site import desk_site
from desk.jobs.kinds import job_kinds, kind_of
from desk.jobs.tray import dismiss, ended_jobs, open_jobs
from desk.models import Job

_SENT = ("id", "label", "url", "state", "look", "open", "percent", "status", "by", "cancel_url", "undo_url")


@require_GET
def show_tray(request: HttpRequest) -> HttpResponseBase:
    """What runs first, then what ended; all words are told here, so that the script knows no language."""
    access, now = access_of(request), timezone.now()
    jobs = [*open_jobs(access), *ended_jobs(access, now=now)]
    return JsonResponse({"jobs": [_sent(job, access, now) for job in jobs]})


def _sent(job: Job, access: Access, now: datetime.datetime) -> dict[str, object]:
    shown = asdict(show_job(job, access, now=now, with_undo=True))
    sent = {name: shown[name] for name in _SENT}
    links = kind_of(job).links(job) if not shown["open"] and job.kind in job_kinds else []
    sent["link"] = {"label": str(links[0][0]), "url": links[0][1]} if links else None
    return {**sent, "dismiss_url": "" if shown["open"] else reverse("admin:job_dismiss", args=[job.pk])}


@require_POST
def dismiss_job(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Take one that has ended out of the tray."""
    access = access_of(request)
    mine = Job.objects.filter(site=access.site, operator=access.operator, pk=job_id, finished_at__isnull=False)
    dismiss(access.operator, list(mine))
    return HttpResponse(status=204)


desk_site.add_page("jobs/tray/", show_tray, "jobs_tray")
desk_site.add_page("jobs/<int:job_id>/dismiss/", dismiss_job, "job_dismiss")
