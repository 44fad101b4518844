"""What the doors of the open API that find people have in common: refused filters as answers."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.response import Response

from contacts.filters.errors import FilterError
from contacts.time_limit import TookTooLong
from desk.api.errors import ApiError, Malformed, Problem
from desk.api.open import OpenApiView

_INDEX = re.compile(r"\[(\d+)\]")


class OpenView(OpenApiView):
    """Base of the doors that find people: what a filter is refused for and what took too long is told."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, FilterError):
            return super().handle_exception(refused_filter(exc, "filter"))
        if isinstance(exc, TookTooLong):
            return super().handle_exception(ApiError(503, "timeout", _("Finding these people took too long.")))
        return super().handle_exception(exc)


def refused_filter(error: FilterError, below: str, *, status: int = 400, code: str = "invalid") -> ApiError:
    """The answer to a refused filter that stands at ``below``: every problem with its path (dots) and its own code."""
    problems = tuple(Problem(path_below(below, one.path), one.code, one.message) for one in error.problems)
    return ApiError(status, code, problems[0].message, path=problems[0].path, problems=problems)


def path_below(below: str, path: str) -> str:
    """``and[0].values[1]`` of the document that stands at ``below``, in dots as everywhere in the API."""
    return ".".join(filter(None, (below, _INDEX.sub(r".\1", path).lstrip("."))))


def nothing_else(body: Mapping[str, Any]) -> None:
    """For calls that take no body; what is sent all the same is not ignored."""
    if body:
        raise Malformed(*(Problem(name, "unknown", _("This field is not known.")) for name in body))
