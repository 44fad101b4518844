"""IMP-1, IMP-10: the first step of an import, at the address that django-import-export gives it.

The page's script sends the file by itself and shows how far it is; without the script the form does. A refusal keeps
the page as it is and says why; nothing of the file is kept then.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from contacts.admin.import_base import TEMPLATES, importer, open_import, page_url, steps_of
from contacts.importing.storing import MAX_BYTES
from contacts.importing.uploading import ImportUploadHandler, UploadRefused, delete_upload, take_upload
from contacts.models import Contact
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast

FIELD = "import_file"  # as django-import-export calls it
_STATUS = {"full": 507, "too_large": 413}


def show_upload(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: the stored import's next step, or why the file was refused.

    Called before anything has looked at the body (``csrf_exempt``): how an upload is taken has to be said first.
    """
    importer(request)
    handler = ImportUploadHandler(request)
    request.upload_handlers = [handler]
    return _checked(request, handler)


@csrf_protect
def _checked(request: HttpRequest, handler: ImportUploadHandler) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "", 200)
    file = request.FILES.get(FIELD)
    try:
        made = take_upload(access_of(request).site, file, problem=handler.problem, actor=actor_of(request))
    except UploadRefused as refused:
        status = _STATUS.get(refused.code, 400)
        if _by_script(request):
            return JsonResponse({"error": refused.message}, status=status)
        return _page(request, refused.message, status)
    url = page_url("file", made)
    return JsonResponse({"url": url}, status=201) if _by_script(request) else HttpResponseRedirect(url)


@require_POST
def delete(request: HttpRequest, object_id: str) -> HttpResponse:
    """An upload that was never checked is thrown away, its file with it."""
    opened = open_import(request, object_id)
    if delete_upload(opened.row, actor=actor_of(request)):
        toast(request, _("%(name)s was deleted.") % {"name": opened.row.name})
    else:
        toast(request, _("This file was checked meanwhile, so it stays."), level="error")
    return HttpResponseRedirect(reverse("admin:contacts_contactimport_changelist"))


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


def _page(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    context = {
        **desk_site.each_context(request),
        "title": _("Import people"),
        "problem": problem,
        "field": FIELD,
        "max_bytes": MAX_BYTES,
        "max_megabytes": MAX_BYTES // (1024 * 1024),
        "steps": steps_of(None, "upload"),
        "imports_url": reverse("admin:contacts_contactimport_changelist"),
        "opts": Contact._meta,
    }
    return TemplateResponse(request, f"{TEMPLATES}/upload.html", context, status=status)
