"""SITE-2, SITE-3 for jobs: whose jobs an operator sees, and which of them they may cancel or undo."""

from django.db.models import QuerySet

from desk.access import Access
from desk.jobs.kinds import job_kinds, kind_of
from desk.models import Job
from desk.registry import UnknownName


def visible_jobs(access: Access) -> QuerySet[Job]:
    """The jobs of the site for who works there; a viewer's own."""
    jobs = Job.objects.filter(site=access.site)
    return jobs if access.may("jobs.viewAll") else jobs.filter(operator=access.operator)


def may_manage(access: Access, job: Job) -> bool:
    """Whether the operator may cancel and undo it: their own or, as an administrator, anybody's.

    And only what they may do at all: a role that was taken away takes this with it.
    """
    if job.site_id != access.site.pk:
        return False
    if job.operator_id != access.operator.pk and not access.may("jobs.manageAll"):
        return False
    try:
        return job.kind in job_kinds and access.may(kind_of(job).permission(job))
    except UnknownName:
        # An action that this version no longer has: only who may do everything stops what is left of it.
        return access.may("jobs.manageAll")
