"""LIST-3, JOB-4: an action on the selected people, from the panel at the right: its form, what it would do, doing it.

What is selected comes beside the form as data (``contacts.selection``), never from the session. An action that can be
undone may be done straight from its form; one that erases only after its dry run. A dry run that is confirmed is done
with exactly the params and the selection that it had.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from contacts.actions import Action, ActionForm, ActionRefused, actions
from contacts.admin.action_words import job_context
from contacts.bulk import start_action
from contacts.filters.errors import FilterError
from contacts.filters.reading import Asker
from contacts.kept_filters import kept_document
from contacts.selection import Selection, SelectionChanged, SelectionInvalid, parse_selection
from contacts.time_limit import TookTooLong
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.job_toasts import toast_job
from desk.ids import read_id
from desk.models import Job

_FORM = "admin/contacts/contact/action.html"
_JOB = "admin/contacts/contact/action_job.html"
_REFUSALS = (SelectionInvalid, SelectionChanged, FilterError, ActionRefused, TookTooLong)


def show_action(request: HttpRequest, name: str) -> HttpResponse:
    """GET: the action's form. POST: what it would do (``step=preview``), or do it, or what is wrong with the form."""
    access = access_of(request)
    action = _allowed_action(access, name)
    if request.method != "POST":
        asked = request.GET.dict()  # a form may follow what was chosen in it so far
        return _form(request, action, action.form_class(site=access.site, access=access, initial=asked))
    if "confirm_preview" in request.POST:
        return _confirm(request, access, action)
    form = action.form_class(request.POST, site=access.site, access=access)
    if not form.is_valid():
        return _form(request, action, form)
    dry_run = request.POST.get("step") == "preview"
    if action.erases and not dry_run:
        return _form(request, action, form, {"problem": _("Nothing was changed: look at the preview first.")})
    try:
        selection = read_selection(request)
        if action.erases:
            action.confirm(form.params(), selection.expected_count or 0)
        job = _start(request, access, action, selection, form.params(), dry_run=dry_run)
    except _REFUSALS as error:
        return _form(request, action, form, _refusal(error))
    return _told(request, access, action, job)


@require_GET
def show_action_job(request: HttpRequest, name: str, job_id: int) -> HttpResponse:
    """How far the preview or the job is that the panel shows, and in the end what came of it."""
    access = access_of(request)
    action = _allowed_action(access, name)
    job = _own_job(access, action, job_id)
    response = TemplateResponse(request, _JOB, job_context(action, job, access))
    if job.finished and not job.dry_run:
        # Asked only until it has ended, so this is said once: the rows are not those that stand there.
        response["HX-Trigger"] = json.dumps({"people-changed": {}, "jobs-changed": {}})
    return response


def _allowed_action(access: Access, name: str) -> Action:
    if name not in actions:
        raise Http404
    action = actions.get(name)
    if not action.may_run(access):
        raise PermissionDenied
    return action


def _own_job(access: Access, action: Action, job_id: int | None) -> Job:
    jobs = Job.objects.select_related("site", "undo_of", "operator")
    job = jobs.filter(site=access.site, operator=access.operator, pk=job_id or 0).first()
    # An action that has a kind of job of its own gives it its name.
    if job is None or action.name not in (job.kind, job.params.get("action")):
        raise Http404
    return job


def _start(
    request: HttpRequest,
    access: Access,
    action: Action,
    selection: Selection,
    params: Mapping[str, Any],
    *,
    dry_run: bool,
) -> Job:
    return start_action(
        action,
        selection,
        params,
        site=access.site,
        actor=actor_of(request),
        asker=Asker.of(access),
        dry_run=dry_run,
    )


def _confirm(request: HttpRequest, access: Access, action: Action) -> HttpResponse:
    """Do what the preview showed, to the people it showed."""
    preview = _own_job(access, action, read_id(request.POST["confirm_preview"]))
    if not preview.dry_run or preview.state != Job.State.DONE:
        raise Http404
    asked = preview.params
    try:
        selection = parse_selection(asked["selection"], expected_count=preview.total)
        job = _start(request, access, action, selection, asked["params"], dry_run=False)
    except _REFUSALS as error:
        context = {**job_context(action, preview, access), **_refusal(error), "confirmable": False}
        return _beside_the_form(TemplateResponse(request, _JOB, context))
    return _told(request, access, action, job)


def read_selection(request: HttpRequest) -> Selection:
    """What the page sent beside a form; ``SelectionInvalid`` or ``FilterError`` when it is none."""
    try:
        data = json.loads(request.POST.get("selection", ""))
        expected = json.loads(request.POST.get("expectedCount") or "null")
    except (ValueError, RecursionError) as error:
        raise SelectionInvalid("selection", "invalid") from error
    if isinstance(data, dict) and isinstance(data.get("filter"), str):
        # The key of a long filter, which the page was not sent; what is kept under a key never changes.
        kept = kept_document(access_of(request).site, data["filter"], now=timezone.now())
        data = {**data, "filter": kept}
    return parse_selection(data, expected_count=expected)


def _refusal(error: Exception) -> dict[str, Any]:
    """Why nothing happened; ``found``: how many match now, so that the page can offer to take them instead."""
    if isinstance(error, SelectionChanged):
        words = _("Nothing was changed: you chose %(expected)d people, and %(found)d match now.")
        return {"problem": words % {"expected": error.expected, "found": error.found}, "found": error.found}
    if isinstance(error, SelectionInvalid):
        if error.code == "too_many":
            words = _("Nothing was changed: these are too many to tick one by one. Choose all that match instead.")
            return {"problem": words}
        return {"problem": _("Nothing was changed: nobody is selected.")}
    if isinstance(error, FilterError):
        return {"problem": error.problems[0].message}
    if isinstance(error, TookTooLong):
        return {"problem": _("Nothing was changed: finding these people took too long. Narrow the filter.")}
    return {"problem": str(error)}


# --- answers ------------------------------------------------------------------------------------------------


def _form(
    request: HttpRequest, action: Action, form: ActionForm, more: Mapping[str, Any] | None = None
) -> HttpResponse:
    context = {"action": action, "form": form, "erases": action.erases, **(more or {})}
    return TemplateResponse(request, _FORM, context)


def _told(request: HttpRequest, access: Access, action: Action, job: Job) -> HttpResponse:
    """What was done at once is a toast; a preview, and what goes on in the background, stays in the panel."""
    if job.finished and not job.dry_run:
        return _done(action, job)
    response = TemplateResponse(request, _JOB, {**job_context(action, job, access), "first": True})
    response["HX-Trigger"] = json.dumps({"jobs-changed": {}})
    return _beside_the_form(response)


def _beside_the_form(response: HttpResponse) -> HttpResponse:
    """The form stays where it is, with what was entered, for whoever goes back to it."""
    response["HX-Retarget"] = "#action-preview"
    response["HX-Reswap"] = "innerHTML"
    return response


def _done(action: Action, job: Job) -> HttpResponse:
    """204 leaves the page as it is; the event makes the list load its rows again."""
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"action-done": {"name": action.name}})
    toast_job(response, job)
    return response
