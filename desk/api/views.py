"""What every API door has in common: JSON in and out, unknown query parameters refused, rate limits told."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from desk.api.errors import ApiError, Malformed, Problem
from desk.api.parsers import StrictJSONParser


class JsonOnly(BaseContentNegotiation):
    """Answers are JSON whatever ``Accept`` says; a body is parsed by its ``Content-Type``."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        sent = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class ApiView(APIView):
    """Base of all API views. ``query_parameters``: the ones this address takes."""

    content_negotiation_class = JsonOnly
    parser_classes: Sequence[type[BaseParser]] = [StrictJSONParser]
    metadata_class = None
    query_parameters: frozenset[str] = frozenset()
    # Asked before the credentials are looked at; ``throttle_classes`` are asked after.
    early_throttle_classes: Sequence[type[BaseThrottle]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        unknown = [name for name in request.query_params if name not in self.query_parameters]
        if unknown:
            message = _("This parameter is not known.")
            raise Malformed(*(Problem(name, "unknown", message) for name in unknown))

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, ApiError) and exc.status_code == 401:
            exc.auth_header = self.get_authenticate_header(self.request)
        return super().handle_exception(exc)

    def perform_authentication(self, request: Request) -> None:
        for throttle in (throttle_class() for throttle_class in self.early_throttle_classes):
            if not throttle.allow_request(request, self):
                raise Throttled(throttle.wait())
        super().perform_authentication(request)

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; empty when nothing was."""
        return self.request.data if isinstance(self.request.data, dict) else {}

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        # Answers name people: no cache between us and the page may keep them.
        answer["Cache-Control"] = "no-store"
        limits = getattr(request, "rate_limits", None)
        if limits:
            tightest = min(limits, key=lambda limit: limit.remaining / limit.limit)
            answer["x-ratelimit-limit"] = str(tightest.limit)
            answer["x-ratelimit-remaining"] = str(tightest.remaining)
            answer["x-ratelimit-reset"] = str(tightest.reset)
        return answer


class NothingHere(ApiView):
    """Every address below /api/ that is none, in the error shape."""

    authentication_classes = []
    permission_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(_("There is nothing here."))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Never reached: ``initial`` answers for every method."""
        raise NotFound
