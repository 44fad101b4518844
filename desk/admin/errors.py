"""Pages for what went wrong: what happened, what was kept, what to do. Programs get the error shape of api.md."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from desk.models import Operator


@dataclass(frozen=True, slots=True)
class _Problem:
    status: int
    code: str
    icon: str
    heading: str | Promise
    text: str | Promise


_BAD = _Problem(
    400,
    "invalid",
    "warning",
    _("The desk could not read this request"),
    _("Nothing was changed. Go back, reload the page and try again."),
)
_DENIED = _Problem(
    403,
    "forbidden",
    "lock",
    _("Your role does not allow this"),
    _("Nothing was changed. An administrator of the site can give you another role under Settings → Team."),
)
_EXPIRED = _Problem(
    403,
    "csrf_failed",
    "refresh",
    _("This page was open for too long, or cookies are switched off"),
    _("Nothing was saved. Go back, reload the page and send it again; what you typed is still in the form there."),
)
_MISSING = _Problem(
    404,
    "not_found",
    "search",
    _("There is nothing here"),
    _("It may have been deleted or merged, or it belongs to another site: switch the site at the top left."),
)
_NO_PAGE = _Problem(
    404,
    "not_found",
    "search",
    _("There is nothing here"),
    _("The address may be mistyped, or what was here is gone."),
)
_BROKEN = _Problem(
    500,
    "error",
    "error",
    _("Something went wrong in the desk"),
    _("It was not your doing, and it is in the log. Try again; if it happens again, tell whoever runs the desk."),
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _answer(request, _BAD)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _answer(request, _DENIED)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token."""
    return _answer(request, _EXPIRED)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, alike for what never was and what another site has (SITE-2)."""
    return _answer(request, _MISSING if request.path.startswith("/desk/") else _NO_PAGE)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Stays outside the frame, whose queries may be what failed."""
    return _answer(request, _BROKEN, framed=False)


def _answer(request: HttpRequest, problem: _Problem, *, framed: bool = True) -> HttpResponse:
    if request.path.startswith("/api/"):
        error = {"code": problem.code, "message": str(problem.heading)}
        return JsonResponse({"error": error}, status=problem.status)
    framed = framed and request.path.startswith("/desk/") and isinstance(getattr(request, "user", None), Operator)
    context = {"problem": problem, "title": problem.heading, "site_title": "Dangol"}
    template = "desk/error.html" if framed else "desk/error_plain.html"
    return HttpResponse(render_to_string(template, context, request if framed else None), status=problem.status)
