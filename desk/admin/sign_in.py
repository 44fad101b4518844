"""The sign-in form, and its side of brute-force protection (django-axes)."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class SignInForm(AdminAuthenticationForm):
    """Django's, in words of our own: its own speak of a staff account and bend "e-mail" wrongly in Korean."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("E-mail or password is wrong. Capital and small letters count in the password."),
    }


def tried_address(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str | None:
    """The e-mail that was tried, in normal form: another spelling of capitals is not another account."""
    typed = (credentials or {}).get("username") or (request.POST.get("username") if request is not None else None)
    return str(typed).strip().lower()[:254] if typed else None
