"""Who is at the desk: the signed-in operator's language, the site on show and its time zone (SITE-3)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from desk.access import Access, access_to

CHOSEN_SITE = "site"  # the session key of the site switcher


class OperatorMiddleware:
    """Sets ``request.access`` (lazily: ``Access`` or None); inside the desk also the operator's language and the
    site's time zone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        access = SimpleLazyObject(lambda: _access(request))
        request.access = access  # type: ignore[attr-defined]
        if not request.path.startswith("/desk/") or not request.user.is_authenticated:
            return self.get_response(request)
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = request.user.language
        with timezone.override(access.site.zone if access else None):
            return self.get_response(request)


def _access(request: HttpRequest) -> Access | None:
    if not request.user.is_authenticated:
        return None
    return access_to(request.user, request.session.get(CHOSEN_SITE))
