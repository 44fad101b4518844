"""The sign-in: the form, its side of brute-force protection (django-axes), and the first of its two steps.

After the right password of somebody with a second factor nobody is signed in yet: the session keeps for five minutes
who it was (``Pending``), and ``desk.admin.sign_in_code`` asks for the code.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from desk import second_factor
from desk.models import Operator

PENDING_FOR = datetime.timedelta(minutes=5)
_PENDING = "sign_in_pending"


class SignInForm(AdminAuthenticationForm):
    """Django's, in words of our own: its own speak of a staff account and bend "e-mail" wrongly in Korean."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("E-mail or password is wrong. Capital and small letters count in the password."),
    }


class SignInView(LoginView):
    """Django's; whoever has a second factor goes on to the second step instead of into the desk."""

    authentication_form = SignInForm
    template_name = "admin/login.html"

    def form_valid(self, form: Any) -> HttpResponse:
        operator: Operator = form.get_user()
        if not second_factor.is_on(operator):
            return super().form_valid(form)
        _remember(self.request, operator, self.get_success_url())
        return HttpResponseRedirect(reverse("admin:sign_in_code"))


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody whose password was right a moment ago, by which backend, and where they wanted to go."""

    operator: Operator
    backend: str
    next: str


class PendingExpired(Exception):
    """The password was right too long ago, or has been changed since; ``next`` is where they wanted to go."""

    def __init__(self, next: str) -> None:
        super().__init__(next)
        self.next = next


def _remember(request: HttpRequest, operator: Operator, wanted: str) -> None:
    if request.user.is_authenticated:
        logout(request)
    # Nobody who put a session of theirs into this browser shares what the password has opened.
    request.session.cycle_key()
    request.session[_PENDING] = {
        "operator": operator.pk,
        "backend": operator.backend,  # set by authenticate()
        "password": operator.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
        "next": wanted,
    }


def pending_of(request: HttpRequest) -> Pending | None:
    """Who is half signed in here; None for nobody. ``PendingExpired`` once."""
    held = request.session.get(_PENDING)
    if held is None:
        return None
    operator = Operator.objects.filter(pk=held["operator"], is_active=True).first()
    age = timezone.now().timestamp() - held["at"]
    in_time = 0 <= age <= PENDING_FOR.total_seconds()
    if operator is None or not in_time or not _same_password(operator, held["password"]):
        forget_pending(request)
        raise PendingExpired(held["next"])
    return Pending(operator, held["backend"], held["next"])


def _same_password(operator: Operator, known: str) -> bool:
    return constant_time_compare(known, operator.get_session_auth_hash())


def forget_pending(request: HttpRequest) -> None:
    """The second step is done or given up."""
    request.session.pop(_PENDING, None)


def tried_address(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str | None:
    """The e-mail that was tried, in normal form: another spelling of capitals is not another account."""
    typed = (credentials or {}).get("username") or (request.POST.get("username") if request is not None else None)
    return str(typed).strip().lower()[:254] if typed else None
