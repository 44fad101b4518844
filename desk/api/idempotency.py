"""API-2: the header ``Idempotency-Key`` on writes of the open API (``desk.idempotency`` holds the rule).

A view that makes something derives from ``IdempotentView`` and says how it answers again: ``answer_again(reference)``,
where the reference is the ``id`` in its first answer.
"""

import hashlib
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from desk.api.errors import ApiError, Malformed, Problem
from desk.api.open import OpenApiView
from desk.idempotency import KeyReused, StillAtWork, begin, finish, give_up

HEADER = "Idempotency-Key"
LONGEST = 200
IDEMPOTENCY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A text of your own, up to 200 characters. The same call under the same key within 24 hours is done "
    "once and answered with what came of it, as it is now (`Idempotent-Replay: true`).",
)


class _AnsweredBefore(Exception):
    """The call was made before; ``response`` answers it again."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class IdempotentView(OpenApiView):
    """Base of the doors whose POST may be sent twice under one key."""

    _held = ""  # the key of this call while it is at work

    def answer_again(self, reference: str) -> Response:
        """What the first call made, as it is now; ``NotFound`` when it is gone since."""
        raise NotImplementedError

    def fingerprint_of(self, request: Request) -> str:
        """Tells this call from another one under the same key."""
        return _fingerprint(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if request.method != "POST" or key is None:
            return
        if not (1 <= len(key) <= LONGEST and key.isprintable()):
            raise Malformed(Problem(HEADER, "invalid", _("This is no key: 1 to 200 printable characters are.")))
        try:
            earlier = begin(self._client.key, key, self.fingerprint_of(request), now=timezone.now())
        except KeyReused:
            message = _("This key stood on another request before.")
            raise ApiError(409, "idempotency_key_reused", message, path=HEADER) from None
        except StillAtWork:
            message = _("The first call with this key is still at work.")
            raise ApiError(409, "in_progress", message, path=HEADER) from None
        if earlier is None:
            self._held = key
            return
        response = self.answer_again(earlier.reference)
        response.status_code = earlier.status
        response["Idempotent-Replay"] = "true"
        raise _AnsweredBefore(response)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _AnsweredBefore):
            return exc.response
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if self._held and response.status_code < 400:
            finish(self._client.key, self._held, reference=str(response.data["id"]), status=response.status_code)
            self._held = ""
        return super().finalize_response(request, response, *args, **kwargs)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            # Refused, or a fault of ours: the program may mend it and send the key again.
            if self._held:
                give_up(self._client.key, self._held)
                self._held = ""


def _fingerprint(request: Request) -> str:
    written = f"{request.method} {request.get_full_path()}\n".encode("utf-8", "replace")
    return hashlib.sha256(written + request._request.body).hexdigest()
