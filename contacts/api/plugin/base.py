"""What the doors of the plugin API have in common: limits, the page's origin, the visitor."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.api.errors import api_error_of, origin_not_allowed
from contacts.api.plugin.auth import SessionAuthentication
from contacts.booting import origin_is_allowed
from contacts.visits import Visitor
from desk.api.parsers import StrictJSONParser
from desk.api.throttles import AddressThrottle, WindowThrottle
from desk.api.views import ApiView


class PluginParser(StrictJSONParser):
    """Pages have little to tell: a boot or a batch of events fits into 512 kB."""

    max_bytes = 512_000


class PluginKeyThrottle(WindowThrottle):
    """``PLUGIN_RATE_PER_KEY`` calls of one plugin key."""

    setting = "PLUGIN_RATE_PER_KEY"

    def who(self, request: Request, view: APIView) -> str | None:
        if isinstance(request.user, Visitor):
            return request.user.site.plugin_key
        key = request.data.get("pluginKey") if isinstance(request.data, dict) else None
        return key if isinstance(key, str) else None


class PluginView(ApiView):
    """Base of all plugin calls: public, limited per address and per key."""

    authentication_classes: list[Any] = []
    permission_classes = []
    parser_classes = [PluginParser]
    early_throttle_classes = [AddressThrottle]
    throttle_classes = [PluginKeyThrottle]

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(api_error_of(exc) or exc)


class VisitorView(PluginView):
    """Base of every call that carries a session: ``self.visitor`` is who calls."""

    authentication_classes = [SessionAuthentication]

    @property
    def visitor(self) -> Visitor:
        """Who calls."""
        user: Any = self.request.user
        assert isinstance(user, Visitor)
        return user

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not origin_is_allowed(self.visitor.site, request.headers.get("origin")):
            raise origin_not_allowed()
