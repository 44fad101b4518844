"""IMP-1, IMP-4: the second step: what was understood of the file. Every change shows the first rows anew, at once."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from contacts.admin.import_base import TEMPLATES, Opened, open_import, step_context
from contacts.importing.columns import guess_columns
from contacts.importing.drafting import Reading, keep_reading, look_at
from contacts.importing.encodings import ENCODINGS
from contacts.importing.reading import SEPARATORS, Understood, column_letters
from contacts.importing.reasons import FileRefused
from contacts.importing.starting import ImportRefused
from contacts.masking import mask


def show_file(request: HttpRequest, object_id: str) -> HttpResponse:
    """GET: the table, for htmx with other choices only that. POST: keep the choices and go on."""
    opened = open_import(request, object_id)
    if opened.has_run:
        return HttpResponseRedirect(opened.url("report"))
    asked = request.POST if request.method == "POST" else request.GET
    reading = _reading_of(asked) if "header" in asked or request.method == "POST" else None
    understood, problem = _looked_at(opened, reading)
    if request.method == "POST" and understood is not None:
        try:
            keep_reading(opened.row, understood)
            return HttpResponseRedirect(opened.url("columns"))
        except ImportRefused as refused:
            problem = refused.message
    context = {"understood": understood, "problem": problem, **_table(opened, understood)}
    if request.headers.get("hx-request") == "true":
        return TemplateResponse(request, f"{TEMPLATES}/table.html", context)
    told = _told(opened, reading, understood)
    page = step_context(
        request, opened, "file", told=told, encodings=ENCODINGS.items(), separators=_separators(), **context
    )
    return TemplateResponse(request, f"{TEMPLATES}/file.html", page, status=400 if problem and asked else 200)


def _reading_of(asked: Any) -> Reading:
    """What the form says; what is not in it stays as it was understood."""
    separator = {"comma": ",", "semicolon": ";", "tab": "\t"}.get(asked.get("separator", ""))
    return Reading(asked.get("encoding") or None, separator, asked.get("header") == "yes", asked.get("sheet") or None)


def _looked_at(opened: Opened, reading: Reading | None) -> tuple[Understood | None, str]:
    try:
        return look_at(opened.row, reading), ""
    except FileRefused as refused:
        return None, refused.message
    except ImportRefused as refused:
        return None, refused.message


def _separators() -> list[tuple[str, str, Any]]:
    """(character, name in the form, words)."""
    return list(zip(SEPARATORS, ("comma", "semicolon", "tab"), (_("Comma ,"), _("Semicolon ;"), _("Tab")), strict=True))


def _told(opened: Opened, reading: Reading | None, understood: Understood | None) -> dict[str, Any]:
    """What the controls show: what is chosen, also when the file cannot be read so."""
    if understood is not None:
        return understood.as_data() | {"sheets": understood.sheets}
    kept = opened.row.mapping
    if reading is None:
        return dict(kept)
    return {**kept, "encoding": reading.encoding, "separator": reading.separator, "header": reading.header}


def _table(opened: Opened, understood: Understood | None) -> dict[str, Any]:
    """The head and the first rows, masked where the operator may not see (SITE-4)."""
    if understood is None:
        return {}
    fields: Sequence[str | None] = [None] * len(understood.header)
    if not opened.sees:
        guessed = guess_columns(understood.header, understood.sample, opened.access.site)
        fields = [column["field"] for column in guessed]
    rows = [
        [mask(field or "", cell) for field, cell in zip(fields, cells, strict=False)] for cells in understood.sample
    ]
    heads = [(column_letters(number), name) for number, name in enumerate(understood.header)]
    return {"heads": heads, "rows": rows, "notes": [problem.message for problem in understood.problems]}
