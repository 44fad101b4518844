"""The second step of signing in: a code of the app, or a recovery code.

It serves two: whoever gave the right password a moment ago (``desk.admin.sign_in.Pending``), and whoever is signed in
by a session that has not shown the second factor (``desk.middleware`` leads them here). Wrong codes count as failed
sign-ins for django-axes, beside the throttle of the device.
"""

from typing import Any

import django_otp
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_lockout_response
from django.contrib.auth import login
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from desk import second_factor
from desk.actors import Actor
from desk.admin import client_address
from desk.admin.second_factor_words import in_words
from desk.admin.sign_in import Pending, PendingExpired, forget_pending, pending_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Operator
from desk.second_factor import CodeRefused, Verified
from desk.second_factor_duty import Owed

FEW_CODES = 3


@never_cache
@sensitive_post_parameters()
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code; afterwards the operator is signed in."""
    try:
        pending = pending_of(request) or _signed_in_by_half(request)
    except PendingExpired as expired:
        return _page(request, {"expired": True, "next": expired.next})
    if pending is None:
        return HttpResponseRedirect(reverse("admin:index"))
    credentials = {"username": pending.operator.email}
    if not AxesProxyHandler.is_allowed(request, credentials):
        return get_lockout_response(request, credentials=credentials)
    if request.method != "POST":
        return _page(request, {"operator": pending.operator})
    actor = Actor.of_operator(pending.operator, client_address(request))
    try:
        verified = second_factor.verify(pending.operator, request.POST.get("code", ""), actor=actor)
    except CodeRefused as refused:
        if refused.code == "wrong":
            # Says so to django-axes, which may lock, and to the audit log.
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        return _page(request, {"operator": pending.operator, "problem": in_words(refused)})
    return _let_in(request, pending, verified)


def _signed_in_by_half(request: HttpRequest) -> Pending | None:
    """Whoever is signed in by a session without the second factor."""
    if not isinstance(request.user, Operator) or getattr(request, "owed", None) is not Owed.CODE:
        return None
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return Pending(request.user, backend="", next=wanted)


def _let_in(request: HttpRequest, pending: Pending, verified: Verified) -> HttpResponse:
    if pending.backend:
        forget_pending(request)
        login(request, pending.operator, backend=pending.backend)  # with a new session key
    else:
        request.session.cycle_key()
    django_otp.login(request, verified.device)
    left = verified.recovery_codes_left
    if left is not None and left <= FEW_CODES:
        with override(pending.operator.language):
            toast(request, _few_left(left), level="warning")
    return HttpResponseRedirect(safe_address(request, pending.next))


def _few_left(left: int) -> str:
    if not left:
        return gettext("That was your last recovery code. Make new ones under Your profile.")
    words = ngettext(
        "One recovery code is left. Make new ones under Your profile.",
        "%(count)s recovery codes are left. Make new ones under Your profile.",
        left,
    )
    return words % {"count": left}


def safe_address(request: HttpRequest, wanted: str) -> str:
    """Where somebody wanted to go when that is on this host, else the start page."""
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")


def _page(request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
    context = {
        **desk_site.each_context(request),
        "title": gettext("Second step"),
        "with_recovery": "recovery" in request.GET,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        **more,
    }
    return TemplateResponse(request, "desk/sign_in_code.html", context)


desk_site.add_page("sign-in/", sign_in_code, "sign_in_code", public=True)
