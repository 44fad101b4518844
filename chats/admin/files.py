"""CHAT-9: the files of conversations for operators of the site; their own before they are sent, too."""

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from chats.admin.reaching import viewing
from chats.models import Attachment
from chats.serving import HEADERS, serve
from desk.admin import operator_of
from desk.admin.site import desk_site
from desk.ids import read_id


@require_safe
def show_file(request: HttpRequest, attachment_id: str) -> HttpResponseBase:
    """The file; 404 when it belongs to another site, or to nobody's message yet."""
    access, wanted = viewing(request), read_id(attachment_id)
    may_see = Q(message__isnull=False) | Q(operator=operator_of(request))
    attachment = Attachment.objects.filter(may_see, site=access.site, pk=wanted).first() if wanted is not None else None
    try:
        served = serve(attachment) if attachment is not None else None
    except FileNotFoundError:
        served = None
    if served is None:
        raise Http404
    return FileResponse(
        served.file,
        as_attachment=served.is_download,
        filename=served.name,
        content_type=served.type,
        headers=dict(HEADERS),
    )


desk_site.add_page("inbox/files/<str:attachment_id>/", show_file, "chat_attachment")
