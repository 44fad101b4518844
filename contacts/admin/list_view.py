"""LIST-1, LIST-2: the contacts list. Rows come with the page; the exact count is asked by itself right after.

A list that cannot be shown says why and shows nobody (FIL-11): refused filters, unknown parameters and questions that
take too long all end in ``_refused``.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.actions import actions_for
from contacts.admin.cells import rows_of
from contacts.admin.list_request import (
    DEFAULT_ORDER,
    SCOPE,
    ListRefused,
    ListRequest,
    known_parameters,
    read_list_request,
)
from contacts.admin.unmatched_terms import has_many_terms
from contacts.admin.value_names import conditions_of, value_names
from contacts.filters.compile import Purpose
from contacts.filters.describe import describe
from contacts.filters.document import Branch
from contacts.filters.errors import Problem
from contacts.filters.fields import Condition
from contacts.kept_filters import MAX_IN_ADDRESS, fits_address, keep_filter
from contacts.listing import chosen_columns
from contacts.masking import name_of
from contacts.models import Contact, Kind
from contacts.old_names import find_by_old_name
from contacts.paging import CursorRefused, Page, fetch_page
from contacts.time_limit import LIST_SECONDS, TookTooLong, time_limit
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.disclosing import saw_list

_TEMPLATES = "admin/contacts/contact"


def show_list(request: HttpRequest) -> HttpResponse:
    """The page, or only its rows for htmx."""
    access = access_of(request)
    try:
        asked = read_list_request(access, request.GET)
        if not _wants_rows(request) and (short := _short_address(asked)):
            return HttpResponseRedirect(short)
        columns = chosen_columns(access.operator, access.site, asked.columns)
        parameters = asked.parameters
        with time_limit(LIST_SECONDS, first_rows=True):
            page = fetch_page(
                asked.contacts(),
                asked.order,
                columns,
                after=parameters.get("after", ""),
                before=parameters.get("before", ""),
                near=asked.near(),
            )
        context = _list_context(asked, page, columns)
    except ListRefused as refusal:
        return _refused(request, access, refusal.problems)
    except CursorRefused:
        return _refused(request, access, [Problem("after", "invalid", _("This place in the list is not known."))])
    except TookTooLong:
        return _refused(request, access, [_too_long()], status=503)
    _note(request, asked, len(page.contacts))
    if _wants_rows(request):
        return TemplateResponse(request, f"{_TEMPLATES}/rows_fragment.html", context)
    return TemplateResponse(request, f"{_TEMPLATES}/change_list.html", {**_frame(request, access), **context})


def _note(request: HttpRequest, asked: ListRequest, rows: int) -> None:
    """SITE-4: that somebody saw people unmasked, and by what they were found. No value: it may be a person's own."""

    def told() -> dict[str, Any]:
        parameters = asked.parameters
        return {
            **({"kind": parameters["kind"]} if "kind" in parameters else {}),
            **({"segment": _segment_name(asked)} if "segment" in parameters else {}),
            **({"search": True} if asked.search else {}),
            **({"conditions": keys} if (keys := sorted({c.field.key for c in conditions_of(asked.own.root)})) else {}),
        }

    saw_list(asked.access, "contact.list", asked.scope(), actor=actor_of(request), rows=rows, details=told)


def show_count(request: HttpRequest) -> HttpResponse:
    """The exact number of matches (LIST-2) as a fragment."""
    access = access_of(request)
    try:
        asked = read_list_request(access, request.GET)
        with time_limit(LIST_SECONDS):
            count = asked.contacts(Purpose.COUNT).count()
    except (ListRefused, TookTooLong):
        # Why is said by the list itself; a number that is not known is not guessed.
        return TemplateResponse(request, f"{_TEMPLATES}/count.html", {"count": None})
    words = ngettext("%(n)s person", "%(n)s people", count) % {"n": formats.number_format(count, force_grouping=True)}
    return TemplateResponse(request, f"{_TEMPLATES}/count.html", {"count": count, "words": words})


def _wants_rows(request: HttpRequest) -> bool:
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-target") == "people"


def _list_context(asked: ListRequest, page: Page, columns: list[Any]) -> dict[str, Any]:
    shown = [column for column in columns if column.name == "name"] + [c for c in columns if c.name != "name"]
    sees = asked.access.sees_personal_data
    return {
        "asked": asked,
        "title": _title(asked),
        "heads": [_head(asked, column, sees=sees) for column in shown],
        "rows": rows_of(asked.access, page.contacts, columns),
        "after_url": asked.address(after=page.after) if page.after else "",
        "before_url": asked.address(before=page.before) if page.before else "",
        "first_url": asked.address() if page.before else "",
        "paged": "after" in asked.parameters or "before" in asked.parameters,
        "sentence": describe(asked.filter) if asked.filter.root is not None else "",
        "edits_segment": "segment" in asked.parameters and asked.own.root is None,
        "nobody_at_all": not page.contacts and not asked.narrowed,
        "old_name": _old_name(asked),
        "list_data": _list_data(asked),
        "chosen_columns": [column.name for column in columns],
        "scope_url": asked.scope(),
        "many_terms": has_many_terms(asked.own),
        "hidden_scope": [(name, value) for name, value in asked.parameters.items() if name in SCOPE and name != "q"],
    }


def _old_name(asked: ListRequest) -> dict[str, str] | None:
    """UNI-8: what was searched for is the number or memberId of somebody who was merged: where he is now."""
    found = find_by_old_name(asked.access.site, asked.search) if asked.search else None
    if found is None:
        return None
    return {
        "old": found.value,
        "name": name_of(found.contact, sees_personal_data=asked.access.sees_personal_data),
        "number": str(found.contact.customer_number),
        "url": reverse("admin:contacts_contact_change", args=[found.contact.pk]),
    }


def _head(asked: ListRequest, column: Any, *, sees: bool) -> dict[str, Any]:
    """One head cell: its label and where a click on it leads."""
    sortable = bool(column.sort) and (sees or not column.personal)
    current = asked.order.column.name == column.name
    descending = not asked.order.descending if current else column.descending_first
    name = f"-{column.name}" if descending else column.name
    sort = ""
    if current:
        sort = "descending" if asked.order.descending else "ascending"
    url = asked.address(o="" if name == DEFAULT_ORDER else name) if sortable else ""
    return {"label": column.label, "url": url, "sort": sort, "numeric": column.shape in ("number", "reference")}


def _title(asked: ListRequest) -> str:
    parameters = asked.parameters
    if parameters.get("segment"):
        return _segment_name(asked)
    if parameters.get("kind") == Kind.LEAD:
        return _("Leads")
    if parameters.get("kind") == Kind.MEMBER:
        return _("Members")
    return _("Contacts")


def _segment_name(asked: ListRequest) -> str:
    """The segment's name as its condition was resolved: contacts do not know segments themselves."""
    members = asked.filter.root.members if isinstance(asked.filter.root, Branch) else ()
    for member in members:
        if isinstance(member, Condition) and member.field.key == "segment" and member.resolved:
            return str(member.resolved[0][0])
    return _("Segment")


def _short_address(asked: ListRequest) -> str:
    """Where a long filter leads that came in the address all the same; empty when it is short.

    Every link of the page would repeat it, and the next one the operator sends on would be refused on its way.
    """
    if "filter" not in asked.parameters or fits_address(asked.own):
        return ""
    place = {name: asked.parameters.get(name, "") for name in ("after", "before")}
    return asked.address(filter="", f=keep_filter(asked.own, now=timezone.now()), **place)


def _list_data(asked: ListRequest) -> str:
    """What the page's script needs: the people of this list as data (``contacts.selection``), and its filter.

    ``own`` is the builder's part where that is not all of ``filter``. A long document does not travel with every page:
    ``kept`` is its key for actions, and the builder asks for its own part (``parameters.f``) when it opens.
    """
    data: dict[str, Any] = {
        "search": asked.search,
        "site": str(asked.access.site.pk),
        "parameters": dict(asked.parameters),
    }
    if asked.filter.root is None:
        data["filter"] = {}
    elif fits_address(asked.filter):
        data["filter"] = asked.filter.data
    else:
        data["kept"] = keep_filter(asked.filter, now=timezone.now())
    if asked.own.data != asked.filter.data and "f" not in asked.parameters:
        data["own"] = asked.own.data
    if names := value_names(asked.filter):
        data["names"] = names
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _data_of_refused(request: HttpRequest, access: Access) -> str:
    """As far as the address could be read, so that the builder opens on what was refused and shows where."""
    parameters = known_parameters(request.GET)
    try:
        own = json.loads(parameters.get("filter") or "{}")
    except (ValueError, RecursionError):
        own = {}
    data = {"filter": {}, "own": own if isinstance(own, dict) else {}, "search": parameters.get("q", "")}
    return json.dumps({**data, "site": str(access.site.pk), "parameters": parameters}, ensure_ascii=False)


def _frame(request: HttpRequest, access: Access) -> dict[str, Any]:
    return {
        **desk_site.each_context(request),
        "access": access,
        "opts": Contact._meta,
        "may_add": access.may("contacts.add"),
        # As django-import-export's templates of the two buttons ask.
        "has_import_permission": access.may("contacts.import"),
        "has_export_permission": access.may("contacts.export"),
        "may_save_segment": access.may("segments.change"),
        "longest_filter": MAX_IN_ADDRESS,
        "may_merge": access.may("contacts.merge"),
        "actions": actions_for(access),
    }


def _too_long() -> Problem:
    return Problem("filter", "timeout", _("Finding these people took too long and was stopped. Narrow the filter."))


def _refused(request: HttpRequest, access: Access, problems: Any, status: int = 400) -> HttpResponse:
    """No list, and why (FIL-11)."""
    context = {
        "problems": problems,
        "too_slow": status == 503,
        "title": _("Contacts"),
        "list_data": _data_of_refused(request, access),
        "scope_url": "?",
        "chosen_columns": [],
    }
    if _wants_rows(request):
        # htmx shows only what succeeded; the reason is what there is to show.
        return TemplateResponse(request, f"{_TEMPLATES}/rows_fragment.html", context)
    return TemplateResponse(
        request, f"{_TEMPLATES}/change_list.html", {**_frame(request, access), **context}, status=status
    )
