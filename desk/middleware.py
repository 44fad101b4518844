"""Who is at the desk: the signed-in operator's language, the site on show and its time zone (SITE-3).

And who is kept from it (SITE-4): a session that owes the second factor reaches the pages that take it, and nothing
else below ``/desk/``: no page, no part of one, no stream's ticket; also error pages show it no site.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from desk.access import Access, access_to
from desk.second_factor_duty import SHOWN, Owed, owed_by

CHOSEN_SITE = "site"  # the session key of the site switcher
# Where each debt is paid, and what else stays open meanwhile: what strangers may do, and signing out.
_LED_TO = {Owed.CODE: "admin:sign_in_code", Owed.SET_UP: "admin:second_factor"}
_OPEN = {"admin:login", "admin:logout", "admin:set_language", "admin:welcome"}


class OperatorMiddleware:
    """Sets ``request.access`` (lazily: ``Access`` or None); inside the desk also ``request.owed``, the operator's
    language and the site's time zone.
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
        owed = owed_by(request.user, request.session.get(SHOWN))
        request.owed = owed  # type: ignore[attr-defined]
        if owed is not None:
            request.access = None  # type: ignore[attr-defined]
            return self.get_response(request) if _is_open(request, owed) else _led_away(request, owed)
        with timezone.override(access.site.zone if access else None):
            return self.get_response(request)


def _access(request: HttpRequest) -> Access | None:
    if not request.user.is_authenticated:
        return None
    return access_to(request.user, request.session.get(CHOSEN_SITE))


def _is_open(request: HttpRequest, owed: Owed) -> bool:
    try:
        name = resolve(request.path_info).view_name
    except Resolver404:
        return False
    return name == _LED_TO[owed] or name in _OPEN


def _led_away(request: HttpRequest, owed: Owed) -> HttpResponse:
    """To where the debt is paid, and back to this page then. A part of a page takes the whole page along; a script
    that wants data is refused.
    """
    address = reverse(_LED_TO[owed])
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    if not request.accepts("text/html") or request.headers.get("Sec-Fetch-Dest") == "empty":
        error = {"code": "second_factor", "message": _("First the second factor: reload the page.")}
        return JsonResponse({"error": error}, status=403)
    if request.method == "GET" and request.path != reverse("admin:index"):
        address += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(address)
