"""JOB-1, JOB-3: the list of the site's jobs, newest first, filtered by state, kind and whose they are.

Previews and what was done at once would bury the rest: they are listed when asked for. What is unknown in the address
is refused, never ignored (FIL-11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from desk.access import Access
from desk.admin import access_of
from desk.admin.job_words import show_job
from desk.admin.site import desk_site
from desk.ids import read_id
from desk.jobs.kinds import job_kinds
from desk.jobs.permissions import visible_jobs
from desk.jobs.working import OPEN
from desk.models import Job

PAGE = 50
PARAMETERS = ("state", "kind", "mine", "all", "after", "before")
_OPEN = "open"


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a filter of the list."""

    value: str
    label: str
    chosen: bool


class JobListRefused(Exception):
    """The address asks for something that there is not; ``parameter`` says where."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


@require_GET
def show_list(request: HttpRequest) -> HttpResponseBase:
    """The page, or for htmx only its rows."""
    access = access_of(request)
    try:
        asked = _read(request.GET.dict(), access)
        context = _context(access, asked)
        status = 200
    except JobListRefused as refused:
        context, status = {"problem": refused.parameter, "title": _("Jobs")}, 400
    if request.headers.get("hx-target") == "job-rows":
        return TemplateResponse(request, "desk/job_rows.html", context)
    return TemplateResponse(
        request, "desk/jobs.html", {**desk_site.each_context(request), **context, "access": access}, status=status
    )


def _read(given: Mapping[str, str], access: Access) -> dict[str, str]:
    asked = {name: value for name, value in given.items() if value}
    allowed: dict[str, set[str]] = {
        "state": {_OPEN, *Job.State.values},
        "kind": set(job_kinds.names()),
        "mine": {"1"},
        "all": {"1"},
    }
    for name, value in asked.items():
        if name not in PARAMETERS or (name in allowed and value not in allowed[name]):
            raise JobListRefused(name[:40])
        if name in ("after", "before") and read_id(value) is None:
            raise JobListRefused(name)
    if "after" in asked and "before" in asked:
        raise JobListRefused("after")
    return asked


def _context(access: Access, asked: Mapping[str, str]) -> dict[str, Any]:
    jobs, newer, older = _page(_chosen(access, asked).select_related("undo_of"), asked)
    now = timezone.now()
    rows = [show_job(job, access, now=now) for job in jobs]
    return {
        "title": _("Jobs"),
        "rows": rows,
        "open": any(row.open for row in rows),
        "here": _address(asked),
        "newer_url": newer and _address({**asked, "after": "", "before": newer}),
        "older_url": older and _address({**asked, "before": "", "after": older}),
        "first_url": _address({**asked, "after": "", "before": ""}) if "after" in asked or "before" in asked else "",
        "narrowed": any(name in asked for name in ("state", "kind", "mine")),
        "states": _state_choices(asked.get("state", "")),
        "kinds": _kind_choices(asked.get("kind", "")),
        "mine": "mine" in asked,
        "everything": "all" in asked,
    }


def _chosen(access: Access, asked: Mapping[str, str]) -> QuerySet[Job]:
    jobs = visible_jobs(access)
    if state := asked.get("state"):
        jobs = jobs.filter(state__in=OPEN) if state == _OPEN else jobs.filter(state=state)
    if kind := asked.get("kind"):
        jobs = jobs.filter(kind=kind)
    if "mine" in asked:
        jobs = jobs.filter(operator=access.operator)
    return jobs if "all" in asked else jobs.filter(background=True, dry_run=False)


def _page(jobs: QuerySet[Job], asked: Mapping[str, str]) -> tuple[list[Job], str, str]:
    """(rows, where the newer page begins, where the older one does); by id, without offsets."""
    if before := read_id(asked.get("before", "")):
        found = list(jobs.filter(pk__gt=before).order_by("pk")[: PAGE + 1])
        more, found = len(found) > PAGE, found[:PAGE][::-1]
        return found, str(found[0].pk) if more else "", str(found[-1].pk) if found else ""
    after = read_id(asked.get("after", ""))
    found = list((jobs.filter(pk__lt=after) if after else jobs).order_by("-pk")[: PAGE + 1])
    newer = str(found[0].pk) if after and found else ""
    return found[:PAGE], newer, str(found[PAGE - 1].pk) if len(found) > PAGE else ""


def _state_choices(chosen: str) -> list[Choice]:
    states = [("", gettext_lazy("Any state")), (_OPEN, gettext_lazy("Not finished")), *Job.State.choices]
    return [Choice(str(value), str(capfirst(str(label))), value == chosen) for value, label in states]


def _kind_choices(chosen: str) -> list[Choice]:
    """Kinds that say what they are called; undoing something is found beside it."""
    kinds = [("", gettext_lazy("Any kind")), *((kind.name, kind.title) for kind in job_kinds if kind.title)]
    return [Choice(value, str(label), value == chosen) for value, label in kinds]


def _address(asked: Mapping[str, str]) -> str:
    kept = {name: asked[name] for name in PARAMETERS if asked.get(name)}
    return f"?{urlencode(kept)}" if kept else "?"


desk_site.add_page("jobs/", show_list, "jobs")
