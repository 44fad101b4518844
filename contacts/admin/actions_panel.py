"""LIST-3: an action on the selected people, from the panel at the right or from a person's own page.

The form is the action's; what is selected comes beside it as data (``contacts.selection``), never from the session.
"""

import json

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.actions import Action, ActionRefused, Outcome, actions, run
from contacts.filters.errors import FilterError
from contacts.filters.reading import Asker
from contacts.kept_filters import kept_document
from contacts.selection import Selection, SelectionChanged, SelectionInvalid, parse_selection
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.toasts import toast_now

_TEMPLATE = "admin/contacts/contact/action.html"


def show_action(request: HttpRequest, name: str) -> HttpResponse:
    """GET: the action's form. POST: do it and say how many (a toast), or show the form with what is wrong."""
    access = access_of(request)
    action = _allowed_action(access, name)
    if request.method != "POST":
        form = action.form_class(site=access.site, access=access)
        return TemplateResponse(request, _TEMPLATE, {"action": action, "form": form})
    form = action.form_class(request.POST, site=access.site, access=access)
    problem = ""
    if form.is_valid():
        try:
            selection = _read_selection(request)
            outcome = run(
                action,
                selection,
                form.params(),
                site=access.site,
                actor=actor_of(request),
                asker=Asker.of(access),
            )
        except (SelectionInvalid, SelectionChanged, FilterError, ActionRefused) as error:
            problem = _reason(error)
        else:
            return _done(action, outcome)
    return TemplateResponse(request, _TEMPLATE, {"action": action, "form": form, "problem": problem})


def _allowed_action(access: Access, name: str) -> Action:
    if name not in actions:
        raise Http404
    action = actions.get(name)
    if not action.may_run(access):
        raise PermissionDenied
    return action


def _read_selection(request: HttpRequest) -> Selection:
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


def _reason(error: Exception) -> str:
    if isinstance(error, SelectionChanged):
        words = _(
            "Nothing was changed: you chose %(expected)d people, and %(found)d match now. Look at the list again."
        )
        return words % {"expected": error.expected, "found": error.found}
    if isinstance(error, SelectionInvalid):
        if error.code == "too_many":
            return _("Nothing was changed: these are too many to tick one by one. Choose all that match instead.")
        return _("Nothing was changed: nobody is selected.")
    if isinstance(error, FilterError):
        return error.problems[0].message
    return str(error)


def _done(action: Action, outcome: Outcome) -> HttpResponse:
    """204 leaves the page as it is; the event makes the list load its rows again."""
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"action-done": {"name": action.name}})
    reasons = {refusal.reason for refusal in outcome.refused}
    text = " ".join([outcome.sentence(), *sorted(reasons)[:2]])
    toast_now(response, text, level="warning" if outcome.refused_count else "success")
    return response
