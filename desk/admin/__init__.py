"""Doors of the desk for people: what every admin view asks about its request."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from desk.access import Access
from desk.actors import Actor
from desk.models import Operator


def operator_of(request: HttpRequest) -> Operator:
    """The signed-in operator; ``PermissionDenied`` for a stranger."""
    if not isinstance(request.user, Operator):
        raise PermissionDenied
    return request.user


def access_of(request: HttpRequest) -> Access:
    """What the operator may do on the site on show; ``PermissionDenied`` without a site (SITE-3)."""
    access: Access | None = getattr(request, "access", None)
    if not access:  # also a lazy object around None
        raise PermissionDenied
    return access


def client_address(request: HttpRequest) -> str | None:
    """The visitor's IP address: the peer's, or what the outermost trusted proxy saw (``TRUSTED_PROXIES``)."""
    forwarded = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if settings.TRUSTED_PROXIES and forwarded:
        return forwarded[-min(settings.TRUSTED_PROXIES, len(forwarded))]
    return request.META.get("REMOTE_ADDR") or None


def actor_of(request: HttpRequest) -> Actor:
    """The operator as the actor of a write, with the address for the audit log."""
    return Actor.of_operator(operator_of(request), client_address(request))
