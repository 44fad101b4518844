"""What the doors of the open API have in common: the key's site, limits, and refused filters as answers."""

import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.filters.errors import FilterError
from contacts.time_limit import TookTooLong
from desk.actors import Actor
from desk.api.auth import ApiClient, ApiKeyAuthentication
from desk.api.errors import ApiError, Malformed, Problem
from desk.api.throttles import ApiKeyThrottle, address_of
from desk.api.views import ApiView
from desk.models import Site

_INDEX = re.compile(r"\[(\d+)\]")


class OpenView(ApiView):
    """Base of all open-API calls: by access key and secret, limited per key."""

    authentication_classes = [ApiKeyAuthentication]
    throttle_classes = [ApiKeyThrottle]

    @property
    def site(self) -> Site:
        """The key's site."""
        return self._client.site

    @property
    def actor(self) -> Actor:
        """The program behind the key."""
        return Actor.of_api_key(self._client.key, address_of(self.request))

    @property
    def _client(self) -> ApiClient:
        client: Any = self.request.user
        assert isinstance(client, ApiClient)
        return client

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        repeated = [name for name in request.query_params if len(request.query_params.getlist(name)) > 1]
        if repeated:
            raise Malformed(*(Problem(name, "repeated", _("This parameter stands here twice.")) for name in repeated))

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
