"""LIST-2: which columns the list shows, chosen per operator and site."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from contacts.listing import DEFAULT_COLUMNS, UnknownColumn, choose_columns, chosen_columns, columns_of
from desk.admin import access_of


@require_GET
def show_columns(request: HttpRequest) -> HttpResponse:
    """The dialog's content: chosen columns first, in their order."""
    access = access_of(request)
    columns = columns_of(access.site)
    chosen = chosen_columns(access.operator, access.site, columns)
    names = {column.name for column in chosen}
    others = [column for column in columns.values() if column.name not in names]
    return TemplateResponse(
        request,
        "admin/contacts/contact/columns.html",
        {
            "chosen": chosen,
            "own": [column for column in others if not column.custom],
            "custom": [column for column in others if column.custom],
            "defaults": ",".join(name for name in DEFAULT_COLUMNS if name in columns),
        },
    )


@require_POST
def save_columns(request: HttpRequest) -> HttpResponse:
    """Remember them; the page then loads its rows again."""
    try:
        choose_columns(access_of(request), request.POST.getlist("columns"))
    except UnknownColumn:
        return HttpResponseBadRequest()
    response = HttpResponse(status=204)
    response["HX-Trigger"] = "columns-chosen"
    return response
