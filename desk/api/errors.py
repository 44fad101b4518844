"""The one error shape of api.md: ``{"error": {"code", "message", "path"?, "details"?}}``.

Rules raise small exceptions of their own; each API translates those into ``ApiError`` once. What Django and REST
framework raise is translated here.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from rest_framework import exceptions, status
from rest_framework.response import Response

_LONGEST_PATH = 200

# What the field classes of REST framework call it, and what we call it.
_CODES = {"max_length": "too_long", "max_items": "too_many", "not_a_dict": "wrong_type", "not_a_list": "wrong_type"}

_BY_TYPE: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ParseError, "invalid"),
    (exceptions.NotAuthenticated, "not_authenticated"),
    (exceptions.AuthenticationFailed, "not_authenticated"),
    (exceptions.PermissionDenied, "not_allowed"),
    (exceptions.NotFound, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "throttled"),
)

_OF_DJANGO: tuple[tuple[type[Exception], int, str, Promise | str], ...] = (
    (Http404, 404, "not_found", lazy("There is nothing here.")),
    (PermissionDenied, 403, "not_allowed", lazy("You are not allowed to do this.")),
    (UnreadablePostError, 400, "invalid", lazy("The request ended before its body did.")),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request; ``path`` leads to it with dots (``profile.size``, ``events.0.name``)."""

    path: str
    code: str
    message: str


class ApiError(exceptions.APIException):
    """An answer other than success, as the doors raise it."""

    def __init__(
        self,
        status_code: int,
        code: str,
        message: str | Promise,
        *,
        path: str | None = None,
        problems: tuple[Problem, ...] = (),
        contact: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(str(message), code)
        self.status_code = status_code
        self.code = code
        self.message = str(message)
        self.path = path
        self.problems = problems
        # Of a conflict: the id of the contact that stands in the way.
        self.contact = contact
        # Further values of this error, by their public names.
        self.more = dict(more or {})
        # For 401: what ``WWW-Authenticate`` says; set by the view, which knows how callers prove themselves.
        self.auth_header: str | None = None


class Malformed(ApiError):
    """400 ``invalid``: one problem is named by ``path``, several are listed."""

    def __init__(self, *problems: Problem) -> None:
        first = problems[0]
        listed = problems if len(problems) > 1 else ()
        super().__init__(400, "invalid", first.message, path=first.path or None, problems=listed)


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. None for a fault of ours: that one is for the log, not for the caller."""
    known = as_api_error(error)
    if known is None:
        return None
    headers = {}
    scheme = getattr(error, "auth_header", None)
    if scheme:
        headers["WWW-Authenticate"] = scheme
    wait = getattr(error, "wait", None)  # seconds, of ``Throttled``
    if wait is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return Response({"error": body_of(known)}, status=known.status_code, headers=headers)


def body_of(error: ApiError) -> dict[str, Any]:
    """What stands under ``error``."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.path is not None:
        body["path"] = _readable(error.path)
    if error.contact is not None:
        body["contact"] = error.contact
    body |= error.more
    if error.problems:
        body["details"] = [
            {"path": _readable(one.path), "code": one.code, "message": one.message} for one in error.problems
        ]
    return body


def as_api_error(error: Exception) -> ApiError | None:
    """The answer to an exception of Django's or REST framework's; None for anything else."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, exceptions.ValidationError):
        return Malformed(*_problems(error.get_full_details(), ""))
    if isinstance(error, RequestDataTooBig):
        return too_large()
    if isinstance(error, exceptions.APIException):
        code = next((code for kind, code in _BY_TYPE if isinstance(error, kind)), "error")
        return ApiError(error.status_code, code, str(error.detail))
    for kind, status_code, code, message in _OF_DJANGO:
        if isinstance(error, kind):
            return ApiError(status_code, code, message)
    return None


def too_large() -> ApiError:
    """413: the body is larger than this address takes."""
    return ApiError(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, "too_large", _("The body is too large."))


def _problems(details: Any, path: str) -> Iterator[Problem]:
    """The leaves of a serializer's errors with the way to each."""
    if isinstance(details, Mapping) and isinstance(details.get("message"), str) and "code" in details:
        code = str(details["code"])
        yield Problem(path, _CODES.get(code, code), str(details["message"]))
    elif isinstance(details, Mapping):
        for key, inner in details.items():
            own = path if key == "non_field_errors" else f"{path}.{key}" if path else str(key)
            yield from _problems(inner, own)
    else:
        leaves = all(isinstance(inner, Mapping) and set(inner) == {"message", "code"} for inner in details)
        for index, inner in enumerate(details):
            if inner:
                yield from _problems(inner, path if leaves else f"{path}.{index}")


def _readable(path: str) -> str:
    """A path may hold what the client sent: cut, and without halves of characters that no answer could carry."""
    return path[:_LONGEST_PATH].encode("utf-8", "replace").decode()
