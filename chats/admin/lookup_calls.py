"""The calls of a lookup (LOOK-7): that they were made and how they ended, never what was asked or answered."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from chats.admin.lookup_settings import api_of
from chats.admin.lookup_words import show_call
from chats.admin.settings_frame import framed
from chats.lookups.answers import NO_RESULT, OK
from chats.lookups.log import calls_of
from desk.admin.site import desk_site
from desk.ids import read_id

PAGE = 50


@require_GET
def show_calls(request: HttpRequest, api_id: int) -> HttpResponse:
    """Newest first, ``PAGE`` at a time, or only those that came to nothing; ``from`` is where an older page begins."""
    api = api_of(request, api_id)
    failed = request.GET.get("failed") == "1"
    rows = calls_of(api.site, api)
    if failed:
        rows = rows.exclude(outcome__in=[OK, NO_RESULT])
    if before := "from" in request.GET:
        place = read_id(request.GET["from"])
        if place is None:
            raise Http404
        rows = rows.filter(pk__lt=place)
    page = list(rows[: PAGE + 1])
    older = f"{'failed=1&' if failed else ''}from={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    context = framed(
        request,
        api.name,
        api=api,
        calls=[show_call(api, call) for call in page[:PAGE]],
        older=older,
        failed=failed,
        before=before,
    )
    return TemplateResponse(request, "chats/settings/lookup_calls.html", context)


desk_site.add_page("settings/chats/lookups/<int:api_id>/calls/", show_calls, "chat_lookup_calls")
