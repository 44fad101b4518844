"""``GET stream`` of the plugin API: sends the visitor's page on to its stream (CHAT-4)."""

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chats.stream_address import VisitorTicket, stream_url
from contacts.api.plugin.base import VisitorView
from desk.api.errors import Malformed, Problem


class VisitorStreamView(VisitorView):
    """What happens in the visitor's chats, as it happens."""

    query_parameters = frozenset({"after"})

    @extend_schema(
        operation_id="stream",
        tags=["plugin"],
        summary="Server-sent events of the visitor's chats",
        description="Answers 307 to the address of the stream, good for a minute; `fetch` and `EventSource` follow it. "
        'Events: `message` (a message), `chat` (a chat), `unread` (`{"unread": n}`), `reset` (something is lost: ask '
        "for everything again). Every event has an `id`; go on behind one with `after` or the header `Last-Event-ID`. "
        "204: this desk runs no streams; ask `chats/{id}/messages?after=` now and then instead.",
        parameters=[OpenApiParameter("after", OpenApiTypes.INT64, description="The last event that is known")],
        responses={
            307: OpenApiResponse(description="Go on to the address in `Location`"),
            204: OpenApiResponse(description="There are no streams here"),
        },
    )
    def get(self, request: Request) -> Response:
        after = _after(request)
        ticket = VisitorTicket(self.visitor.site.pk, self.visitor.visit.pk)
        where = stream_url(ticket, host=request.get_host(), after=after)
        headers = {"Cache-Control": "no-store"}
        if where is None:
            return Response(status=204, headers=headers)
        return Response(status=307, headers=headers | {"Location": where})


def _after(request: Request) -> int | None:
    text = request.query_params.get("after") or request.headers.get("last-event-id", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise Malformed(Problem("after", "invalid", _("A whole number is expected here.")))
    return int(text)
