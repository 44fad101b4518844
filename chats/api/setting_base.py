"""What the doors of the open API to the settings of chats have in common."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.response import Response

from chats.api.errors import refused_chat
from chats.errors import ChatRefused
from desk.api.errors import Malformed, Problem
from desk.api.open import M, OpenApiView, read_limit
from desk.ids import read_id


class SettingApiView(OpenApiView):
    """Base of the doors to what a site sets about its chats: refusals name the field, pages go by id."""

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        paged = self.request.method == "GET" and not self.kwargs
        return frozenset({"limit", "since"}) if paged else frozenset()

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(refused_chat(exc) if isinstance(exc, ChatRefused) else exc)

    def page_of(self, rows: QuerySet[M]) -> tuple[list[M], str | None]:
        """A page in the order of making, and where the next one begins."""
        limit, since = read_limit(self.request.query_params), self.request.query_params.get("since")
        if since is not None:
            if (after := read_id(since)) is None:
                raise Malformed(Problem("since", "invalid", _("This is no place in the list.")))
            rows = rows.filter(pk__gt=after)
        found = list(rows.order_by("pk")[: limit + 1])
        return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None
