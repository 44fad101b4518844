"""Who calls the open API: an access key and its secret (API-2)."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from desk.api_keys import find_api_key
from desk.models import ApiKey, Site


@dataclass(frozen=True, slots=True)
class ApiClient:
    """``request.user`` of an open-API call: the program behind a key and the one site it may see."""

    key: ApiKey
    site: Site
    is_authenticated: bool = True


class ApiKeyAuthentication(BaseAuthentication):
    """``x-access-key`` and ``x-access-secret``; ``request.user`` becomes an ``ApiClient``, ``request.auth`` its key."""

    def authenticate(self, request: Request) -> tuple[ApiClient, ApiKey] | None:
        access_key, secret = request.headers.get("x-access-key"), request.headers.get("x-access-secret")
        if not access_key and not secret:
            return None
        key = find_api_key(access_key or "", secret or "", now=timezone.now())
        if key is None:
            raise AuthenticationFailed(_("This access key and secret are not valid."))
        return ApiClient(key, key.site), key

    def authenticate_header(self, request: Request) -> str:
        return "x-access-key"
