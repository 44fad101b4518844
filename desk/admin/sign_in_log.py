"""SITE-4: what happens at the sign-in page, as signals of Django and django-axes tell it, for ``desk.sign_ins``."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from desk import sign_ins
from desk.admin import client_address
from desk.admin.sign_in import tried_address
from desk.models import Operator


@receiver(user_logged_in, dispatch_uid="audit")
def _came(request: HttpRequest, user: Any, **told: Any) -> None:
    if isinstance(user, Operator):
        sign_ins.note(sign_ins.SIGNED_IN, user, address=client_address(request))


@receiver(user_logged_out, dispatch_uid="audit")
def _went(request: HttpRequest, user: Any, **told: Any) -> None:
    if isinstance(user, Operator):  # a session that had ended already is nobody's
        sign_ins.note(sign_ins.SIGNED_OUT, user, address=client_address(request))


@receiver(user_login_failed, dispatch_uid="audit")
def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **told: Any) -> None:
    if request is not None:  # a command that tries a password is no sign-in
        sign_ins.note_failure(tried_address(request, credentials) or "", address=client_address(request))


@receiver(user_locked_out, dispatch_uid="audit")
def _locked_out(request: HttpRequest, username: str | None = None, **told: Any) -> None:
    sign_ins.note_lock_out(username or "", address=client_address(request))
