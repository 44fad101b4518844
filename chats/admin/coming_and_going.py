"""CHAT-10: who signs in is there to be given chats, and who signs out is not."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from chats.availability import came, went
from desk.actors import Actor
from desk.admin import client_address
from desk.models import Operator


@receiver(user_logged_in, dispatch_uid="availability")
def _came(request: HttpRequest, user: Any, **told: Any) -> None:
    if isinstance(user, Operator):
        came(user, actor=_actor(user, request), now=timezone.now())


@receiver(user_logged_out, dispatch_uid="availability")
def _went(request: HttpRequest, user: Any, **told: Any) -> None:
    if isinstance(user, Operator):  # a session that had ended already is nobody's
        went(user, actor=_actor(user, request), now=timezone.now())


def _actor(operator: Operator, request: HttpRequest) -> Actor:
    return Actor.of_operator(operator, client_address(request))
