"""Addresses of jobs in the open API; ``config.api`` mounts them below /api/v1/."""

from django.urls import URLPattern, path

from desk.api.jobs import JobCancelView, JobsView, JobUndoView, JobView

urlpatterns: list[URLPattern] = [
    path("jobs", JobsView.as_view(), name="api-jobs"),
    path("jobs/<str:job_id>", JobView.as_view(), name="api-job"),
    path("jobs/<str:job_id>/cancel", JobCancelView.as_view(), name="api-job-cancel"),
    path("jobs/<str:job_id>/undo", JobUndoView.as_view(), name="api-job-undo"),
]
