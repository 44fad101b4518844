"""What the doors of the open API have in common: the key's site, its limits, a row by its id, pages of rows (API-2)."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from desk.actors import Actor
from desk.api.auth import ApiClient, ApiKeyAuthentication
from desk.api.errors import Malformed, Problem
from desk.api.throttles import ApiKeyThrottle, address_of
from desk.api.views import ApiView
from desk.disclosing import program_read
from desk.ids import read_id
from desk.models import Site

M = TypeVar("M", bound=Model)
MAX_LIMIT = 500
DEFAULT_LIMIT = 25
PAGING = [
    OpenApiParameter("limit", int, description=f"1–{MAX_LIMIT}, default {DEFAULT_LIMIT}"),
    OpenApiParameter("since", str, description="The `next` of the page before"),
]


class OpenApiView(ApiView):
    """Base of all open-API calls: by access key and secret, limited per key."""

    authentication_classes = [ApiKeyAuthentication]
    throttle_classes = [ApiKeyThrottle]
    # What of people this answers, unmasked as to every program (SITE-4): "contacts", "chats" …
    discloses = ""

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

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if self.discloses and response.status_code < 300:
            program_read(self._client.key, self.site, self.discloses, actor=self.actor)
        return super().finalize_response(request, response, *args, **kwargs)

    def found(self, rows: QuerySet[M], text: str) -> M:
        """The one of ``rows`` with the opaque id ``text``, or 404."""
        wanted = read_id(text)
        row = rows.filter(pk=wanted).first() if wanted is not None else None
        if row is None:
            raise NotFound
        return row


def read_limit(query: QueryDict) -> int:
    """How many a page may hold at most, as the address says."""
    text = query.get("limit", str(DEFAULT_LIMIT))
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT:
        return int(text[:9])
    message = _("A whole number from %(least)d to %(most)d is expected here.") % {"least": 1, "most": MAX_LIMIT}
    raise Malformed(Problem("limit", "out_of_range", message))
