"""FIL-9: what the filter builder asks while somebody edits: the fields there are, values that occur, who matches.

The builder itself is contacts/static/contacts/filter-builder.js; what it makes is checked here and nowhere else.
"""

import json
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts.admin.filter_words import builder_words
from contacts.admin.list_request import ListRefused, read_list_request, reading_for
from contacts.event_properties import occurring_properties
from contacts.filters.compile import Purpose
from contacts.filters.describe import describe
from contacts.filters.document import parse_filter_text
from contacts.filters.errors import FilterError, Problem
from contacts.filters.event_fields import PREFIX as EVENT
from contacts.filters.fields import GROUP_LABELS, FilterField, fields_of, find_fields
from contacts.filters.operators import OPERATORS, UNITS, Operator
from contacts.filters.reading import Asker
from contacts.kept_filters import keep_filter, kept_document
from contacts.time_limit import TookTooLong, time_limit
from desk.admin import access_of
from desk.models import Site

MAX_SUGGESTIONS = 30
COUNT_SECONDS = 5.0
# Fields whose values are codes that the browser can name in the operator's language.
_CODES = {"country": "region", "language": "language"}


@require_GET
def catalogue(request: HttpRequest) -> JsonResponse:
    """Every field of the site, grouped as in the menu, the operators of each type, and the builder's words."""
    site = access_of(request).site
    return JsonResponse(
        {
            "groups": [{"name": str(name), "label": str(label)} for name, label in GROUP_LABELS.items()],
            "fields": [_field_data(field, site) for field in fields_of(site)],
            "operators": {
                str(type_): [_operator_data(operator) for operator in operators.values()]
                for type_, operators in OPERATORS.items()
            },
            "units": list(UNITS),
            "words": builder_words(),
        }
    )


def _operator_data(operator: Operator) -> dict[str, str]:
    return {"name": operator.name, "label": str(operator.label), "takes": str(operator.takes)}


def _field_data(field: FilterField, site: Site) -> dict[str, Any]:
    """``strict``: a whole value is one of those offered; ``codes``: what the browser can name (Intl.DisplayNames)."""
    data: dict[str, Any] = {
        "key": field.key,
        "label": capfirst(str(field.label)),
        "group": str(field.group),
        "type": str(field.type),
    }
    if field.operators:
        data["operators"] = list(field.operators)
    if field.choices:
        data["choices"] = [{"value": choice.value, "label": str(choice.label)} for choice in field.choices(site)]
    elif field.suggest:
        data["suggests"] = True
    if field.choices or field.resolve:
        data["strict"] = True
    if field.key in _CODES:
        data["codes"] = _CODES[field.key]
    return data


@require_GET
def suggestions(request: HttpRequest) -> JsonResponse:
    """Values that occur for one field and what was typed."""
    access = access_of(request)
    site = access.site
    key, typed = request.GET.get("key", ""), request.GET.get("q", "")[:200]
    field = find_fields(site, [key]).get(key)
    if field is None or "\x00" in typed:
        raise Http404
    found = field.suggest(site, typed, Asker.of(access)) if field.suggest else ()
    return JsonResponse(
        {"values": [{"value": choice.value, "label": str(choice.label)} for choice in found[:MAX_SUGGESTIONS]]}
    )


@require_GET
def properties(request: HttpRequest) -> JsonResponse:
    """The properties that events of one name carried of late, with their kind of value and some values (FIL-6)."""
    name = request.GET.get("key", "").removeprefix(EVENT)
    if "\x00" in name:
        raise Http404
    found = occurring_properties(access_of(request).site, name)
    return JsonResponse(
        {"properties": [{"name": one.name, "type": one.type, "values": list(one.values)} for one in found]}
    )


@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """``{"filter", "sentence", "count"}`` of a filter within the list's kind and search, or ``problems``."""
    query = request.GET.copy()
    for name in ("filter", "f"):
        query.pop(name, None)
    try:
        query["filter"] = _posted(request)
        asked = read_list_request(access_of(request), query)
        with time_limit(COUNT_SECONDS):
            count: int | None = asked.contacts(Purpose.COUNT).count()
    except (ListRefused, FilterError) as refusal:
        return _problems(refusal.problems)
    except TookTooLong:
        count = None
    own = asked.own
    return JsonResponse({"filter": own.data, "sentence": describe(own) if own.root is not None else "", "count": count})


@require_POST
def keep(request: HttpRequest) -> JsonResponse:
    """``{"f": key}``: the name by which an address asks for a filter that is too long for it."""
    access = access_of(request)
    try:
        filter_ = parse_filter_text(_posted(request), site=access.site, reading=reading_for(access))
    except FilterError as error:
        return _problems(error.problems)
    return JsonResponse({"f": keep_filter(filter_, now=timezone.now())})


@require_GET
def kept(request: HttpRequest) -> JsonResponse:
    """The document that ``f`` stands for, as it was kept: the builder shows it also when it is refused by now."""
    try:
        document = kept_document(access_of(request).site, request.GET.get("f", ""), now=timezone.now())
    except FilterError as error:
        return _problems(error.problems)
    return JsonResponse({"document": document})


def _posted(request: HttpRequest) -> str:
    try:
        text = request.body.decode()
    except RequestDataTooBig:
        raise FilterError(Problem("", "too_large", _("This filter is too large."))) from None
    except UnicodeDecodeError:
        raise FilterError(Problem("", "invalid_json", _("This is not a JSON document."))) from None
    return json.dumps({}) if not text.strip() else text


def _problems(problems: tuple[Problem, ...]) -> JsonResponse:
    return JsonResponse(
        {
            "problems": [
                {"path": problem.path, "code": problem.code, "message": problem.message} for problem in problems
            ]
        },
        status=400,
    )
