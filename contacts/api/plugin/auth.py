"""Who calls the plugin API after boot: the visitor with a live session (BOOT-8)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from contacts.api.errors import session_expired
from contacts.visits import Visitor, visitor_of


class SessionAuthentication(BaseAuthentication):
    """``Authorization: Bearer <session token>``; ``request.user`` becomes a ``contacts.visits.Visitor``."""

    def authenticate(self, request: Request) -> tuple[Visitor, str]:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise NotAuthenticated
        visitor = visitor_of(token.strip(), now=timezone.now())
        if visitor is None:
            raise session_expired()
        return visitor, token.strip()

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionScheme(OpenApiAuthenticationExtension):
    """How the API description shows it."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "The session token that boot returned."}
