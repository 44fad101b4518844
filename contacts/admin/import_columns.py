"""IMP-2, IMP-7: the third step: where each column goes. Every change is kept at once and answered with its problems."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contacts.admin.import_base import TEMPLATES, Opened, open_import, step_context
from contacts.admin.import_words import field_label, field_labels
from contacts.drafts import PROFILE
from contacts.importing.columns import check_mapping, guess_columns, suggested_key
from contacts.importing.drafting import examples_of, keep_columns, keep_reading, look_at
from contacts.importing.names import KEPT_BY_THE_DESK
from contacts.importing.reading import column_letters
from contacts.importing.reasons import FileRefused, Problem, told
from contacts.importing.saved_mappings import MappingNotSaved, applied, delete_mapping, save_mapping
from contacts.importing.starting import ImportRefused, start_check
from contacts.masking import mask
from contacts.models import FieldType, SavedMapping
from desk.admin import actor_of
from desk.admin.toasts import toast, toast_now

NEW = "new"
LEFT_OUT = ""
_OWN_GROUP = ("name", "mobileNumber", "email", "memberId", "landlineNumber", "birthDate", "address", "memo")


@dataclass(frozen=True, slots=True)
class Row:
    """One column of the file as the page shows it. ``field``: a public name, ``new`` or empty (left out)."""

    number: int
    letter: str
    header: str
    examples: Sequence[object]
    field: str
    label: str
    key: str
    type: str
    mode: str
    problems: Sequence[str]

    @property
    def is_new(self) -> bool:
        return self.field == NEW


def show_columns(request: HttpRequest, object_id: str) -> HttpResponse:
    """GET: the columns. POST ``do``: keep (htmx), apply or save a mapping, guess anew, or check the file."""
    opened = open_import(request, object_id)
    if opened.has_run:
        return HttpResponseRedirect(opened.url("report"))
    problem = ""
    try:
        if "columns" not in opened.row.mapping:
            keep_reading(opened.row, look_at(opened.row))
        if request.method == "POST":
            answer = _do(request, opened)
            if answer is not None:
                return answer
    except (FileRefused, ImportRefused, MappingNotSaved) as refused:
        problem = refused.message
    return _page(request, opened, problem)


def _do(request: HttpRequest, opened: Opened) -> HttpResponse | None:
    """Carry out what was pressed; None: show the page as it is then."""
    what, row = request.POST.get("do", "keep"), opened.row
    columns = columns_in(request.POST, row.mapping["columns"])
    if what == "apply":
        columns = applied(_saved(opened, request.POST.get("saved", "")), columns)
    elif what == "guess":
        understood = look_at(row)
        columns = guess_columns(understood.header, understood.sample, opened.access.site)
    elif what == "fields":
        columns = [_as_field(column) for column in columns]
    keep_columns(row, columns, request.POST.get("importTag", row.import_tag))
    if what == "save":
        saved = save_mapping(opened.access.site, request.POST.get("name", ""), columns, actor=actor_of(request))
        return _told(request, opened, _("The mapping “%(name)s” was saved.") % {"name": saved.name})
    if what == "forget":
        saved = _saved(opened, request.POST.get("saved", ""))
        delete_mapping(saved, actor=actor_of(request))
        return _told(request, opened, _("The mapping “%(name)s” was deleted.") % {"name": saved.name})
    if what == "check":
        if check_mapping(row.mapping, opened.access.site):
            return None
        start_check(row, row.mapping, row.import_tag, actor=actor_of(request))
        return HttpResponseRedirect(opened.url("check"))
    return None if request.headers.get("hx-request") == "true" else HttpResponseRedirect(opened.url("columns"))


def _told(request: HttpRequest, opened: Opened, words: str) -> HttpResponse:
    if request.headers.get("hx-request") == "true":
        response = _page(request, opened, "")
        toast_now(response, words)
        return response
    toast(request, words)
    return HttpResponseRedirect(opened.url("columns"))


def _saved(opened: Opened, number: str) -> SavedMapping:
    rows = SavedMapping.objects.filter(site=opened.access.site)
    found = rows.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    if found is None:
        raise MappingNotSaved("gone")
    return found


def columns_in(sent: QueryDict, before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The columns of a mapping as the form has them; a column the form does not name stays as it was."""
    return [
        _column_in(sent, dict(column)) if f"field-{column['column']}" in sent else dict(column) for column in before
    ]


def _column_in(sent: QueryDict, before: dict[str, Any]) -> dict[str, Any]:
    number = before["column"]
    field = sent[f"field-{number}"]
    key = sent.get(f"key-{number}", _key_of(before)).strip()
    if field == NEW and not before.get("new"):
        key = key or suggested_key(before["header"])
    type_ = sent.get(f"type-{number}") or before.get("type", "")
    column: dict[str, Any] = {"column": number, "header": before["header"], "field": field or None}
    if field == LEFT_OUT:
        return column | {"key": key, "type": type_}
    if field == NEW:
        column |= {"field": f"{PROFILE}{key}", "new": True, "type": type_}
    elif type_:
        column |= {"key": key, "type": type_}
    modes = ("add", "replace") if field == "tags" else ("overwrite", "fill")
    mode = sent.get(f"mode-{number}")
    return column | {"mode": mode if mode in modes else modes[0]}


def _as_field(column: dict[str, Any]) -> dict[str, Any]:
    """IMP-2: a column that was left out as a new custom field, where its name can be the key of one."""
    if column.get("field") or not column.get("key") or column["header"] in KEPT_BY_THE_DESK:
        return column
    field = {"field": f"{PROFILE}{column['key']}", "new": True, "mode": "overwrite"}
    return {**column, **field, "type": column.get("type") or FieldType.TEXT.value}


def _key_of(column: Mapping[str, Any]) -> str:
    if column.get("new"):
        return str(column["field"]).removeprefix(PROFILE)
    return str(column.get("key") or suggested_key(column["header"]))


def _page(request: HttpRequest, opened: Opened, problem: str) -> HttpResponse:
    labels = field_labels(opened.access.site)
    columns = opened.row.mapping.get("columns", [])
    problems = check_mapping(opened.row.mapping, opened.access.site) if columns else []
    pressed = request.method == "POST" and request.POST.get("do") == "check"
    tag_problem = "" if opened.row.import_tag else _("An import needs a tag of 1 to 100 characters.")
    context = {
        "rows": _rows(opened, labels, problems),
        "general": [_words(one, labels) for one in problems if one.column is None],
        "problem": problem,
        "tag_problem": tag_problem,
        "wrong": len(problems) + bool(tag_problem),
        "pressed": pressed,
        "types": FieldType.choices,
        "unmapped": [column["header"] for column in columns if not column.get("field") and column.get("key")],
        "mapped": sum(1 for column in columns if column.get("field")),
        "saved": SavedMapping.objects.filter(site=opened.access.site),
    }
    status = 400 if (problem or problems) and pressed else 200
    if request.headers.get("hx-request") == "true":
        page = {"import": opened.row, "opened": opened, **context}
        return TemplateResponse(request, f"{TEMPLATES}/columns_form.html", page)
    catalogue = json.dumps(_catalogue(labels), ensure_ascii=False, separators=(",", ":"))
    page = step_context(request, opened, "columns", catalogue=catalogue, **context)
    return TemplateResponse(request, f"{TEMPLATES}/columns.html", page, status=status)


def _rows(opened: Opened, labels: Mapping[str, str], problems: Sequence[Problem]) -> list[Row]:
    columns = opened.row.mapping.get("columns", [])
    try:
        examples: list[list[str]] = examples_of(opened.row) if columns else []
    except ImportRefused:
        examples = []
    return [
        _row(column, examples[place] if place < len(examples) else [], labels, problems, sees=opened.sees)
        for place, column in enumerate(columns)
    ]


def _row(
    column: Mapping[str, Any],
    examples: Sequence[str],
    labels: Mapping[str, str],
    problems: Sequence[Problem],
    *,
    sees: bool,
) -> Row:
    field = column.get("field") or LEFT_OUT
    return Row(
        number=column["column"],
        letter=column_letters(column["column"]),
        header=column["header"],
        examples=[value if sees else mask(field, value) for value in examples],
        field=NEW if column.get("new") else field,
        label=pgettext("column of a file", "New field")
        if column.get("new")
        else field_label(field, labels)
        if field
        else pgettext("column of a file", "Leave out"),
        key=_key_of(column),
        type=str(column.get("type") or FieldType.TEXT),
        mode=str(column.get("mode") or ""),
        problems=[_words(one, labels) for one in problems if one.column == column["column"]],
    )


def _words(problem: Problem, labels: Mapping[str, str]) -> str:
    """The sentence, with a field by the name that operators read."""
    values = dict(problem.values)
    if isinstance(values.get("field"), str):
        values["field"] = field_label(values["field"], labels)
    return told(problem.code, values)


def _catalogue(labels: Mapping[str, str]) -> dict[str, Any]:
    """The menu of fields for the page's script."""
    person = [name for name in labels if name in _OWN_GROUP]
    others = [name for name in labels if name not in _OWN_GROUP and not name.startswith(PROFILE)]
    custom = [name for name in labels if name.startswith(PROFILE)]
    groups = [
        (
            _("This column"),
            [(LEFT_OUT, pgettext("column of a file", "Leave out")), (NEW, pgettext("column of a file", "New field"))],
        ),
        (
            pgettext("group of fields", "Person"),
            [(name, labels[name]) for name in sorted(person, key=_OWN_GROUP.index)],
        ),
        (_("Further details"), [(name, labels[name]) for name in others]),
        (_("Custom fields"), [(name, labels[name]) for name in custom]),
    ]
    return {
        "groups": [
            {"label": label, "fields": [{"key": key, "label": words} for key, words in fields]}
            for label, fields in groups
            if fields
        ]
    }
