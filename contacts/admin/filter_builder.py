"""FIL-9: what the filter builder asks while somebody edits: the fields there are, values that occur, who matches.

The builder itself is contacts/static/contacts/filter-builder.js; what it makes is checked here and nowhere else.
"""

import json
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts.admin.list_request import ListRefused, read_list_request
from contacts.filters.compile import Purpose
from contacts.filters.describe import describe
from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError, Problem
from contacts.filters.fields import GROUP_LABELS, FilterField, fields_of, find_fields
from contacts.filters.operators import UNITS
from contacts.time_limit import TookTooLong, time_limit
from desk.admin import access_of
from desk.models import Site

MAX_SUGGESTIONS = 30
COUNT_SECONDS = 5.0


@require_GET
def catalogue(request: HttpRequest) -> JsonResponse:
    """Every field of the site with its operators, grouped as in the menu."""
    site = access_of(request).site
    fields = fields_of(site)
    return JsonResponse(
        {
            "groups": [{"name": str(name), "label": str(label)} for name, label in GROUP_LABELS.items()],
            "fields": [_field_data(field, site) for field in fields],
            "units": list(UNITS),
        }
    )


def _field_data(field: FilterField, site: Site) -> dict[str, Any]:
    data: dict[str, Any] = {
        "key": field.key,
        "label": capfirst(str(field.label)),
        "group": str(field.group),
        "type": str(field.type),
        "operators": [
            {"name": operator.name, "label": str(operator.label), "takes": str(operator.takes)}
            for operator in field.offered()
        ],
    }
    if field.choices:
        data["choices"] = [{"value": choice.value, "label": str(choice.label)} for choice in field.choices(site)]
    elif field.suggest:
        data["suggests"] = True
    return data


@require_GET
def suggestions(request: HttpRequest) -> JsonResponse:
    """Values that occur for one field and what was typed."""
    site = access_of(request).site
    key, typed = request.GET.get("key", ""), request.GET.get("q", "")[:200]
    field = find_fields(site, [key]).get(key)
    if field is None or "\x00" in typed:
        raise Http404
    found = field.suggest(site, typed) if field.suggest else ()
    return JsonResponse(
        {"values": [{"value": choice.value, "label": str(choice.label)} for choice in found[:MAX_SUGGESTIONS]]}
    )


@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """``{"sentence", "count", "members"}`` of a filter within the list's kind, segment and search, or ``problems``.

    ``members``: the sentence of each condition or group of the outermost "all of", for what the builder cannot edit.
    """
    access = access_of(request)
    try:
        data = json.loads(request.body)
    except ValueError:
        return _problems([Problem("", "invalid", _("This is not a JSON document."))])
    query = request.GET.copy()
    query.pop("filter", None)
    query["filter"] = json.dumps(data) if data else ""
    try:
        asked = read_list_request(access, query)
        with time_limit(COUNT_SECONDS):
            count: int | None = asked.contacts(Purpose.COUNT).count()
    except ListRefused as refusal:
        return _problems(list(refusal.problems))
    except TookTooLong:
        count = None
    own = asked.own
    return JsonResponse(
        {
            "filter": own.data,
            "sentence": describe(own) if own.root is not None else "",
            "count": count,
            "members": [_sentence(member, access.site) for member in own.data.get("and", [])],
        }
    )


def _sentence(member: dict[str, Any], site: Site) -> str:
    try:
        return describe(parse_filter(member, site=site))
    except FilterError as error:
        return error.problems[0].message


def _problems(problems: list[Problem]) -> JsonResponse:
    return JsonResponse(
        {
            "problems": [
                {"path": problem.path, "code": problem.code, "message": problem.message} for problem in problems
            ]
        },
        status=400,
    )
