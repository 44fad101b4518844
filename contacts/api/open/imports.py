"""The doors of the open API for imports: upload, look, run, rejected rows, undo (API-2, IMP-1..8).

An upload is checked first, whatever is asked for; without ``dryRun`` what was checked is imported as soon as the check
is done. Importing the same file again changes nothing (IMP-8).
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpResponseBase, QueryDict, StreamingHttpResponse
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.open.base import nothing_else
from contacts.api.open.imports_shapes import UPLOAD, ImportPageShape, ImportShape, import_data, read_mapping
from contacts.importing.columns import check_mapping, guess_columns
from contacts.importing.drafting import Reading, look_at
from contacts.importing.reading import Understood
from contacts.importing.reasons import FileRefused
from contacts.importing.reasons import Problem as MappingProblem
from contacts.importing.rejects import rejected_rows
from contacts.importing.starting import MAX_TAG, ImportRefused, start_check, start_run
from contacts.importing.storing import why_gone
from contacts.importing.uploading import ImportUploadHandler, UploadRefused, take_upload, throw_away
from contacts.models import ContactImport
from desk.api.errors import ApiError, Malformed, Problem
from desk.api.idempotency import IDEMPOTENCY, IdempotentView
from desk.api.open import PAGING, OpenApiView, read_limit
from desk.api.parsers import StrictJSONParser
from desk.audit import record
from desk.ids import read_id
from desk.jobs.queueing import JobCannotBeUndone, undo_job
from desk.jobs.words import told

_FIELDS = frozenset({"mapping", "importTag", "dryRun"})
_CONFLICT = OpenApiResponse({"$ref": "#/components/schemas/Error"}, description="Why it cannot be done now.")
_STATUS = {"too_large": 413, "full": 507}


class UploadParser(BaseParser):
    """``multipart/form-data`` with one file; it goes to the disk while it comes."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[QueryDict, Any]":
        assert parser_context is not None  # REST framework's
        request = parser_context["request"]
        handler = ImportUploadHandler(request)
        meta = {**request.META, "CONTENT_TYPE": media_type}
        try:
            data, files = MultiPartParser(meta, stream, [handler], "utf-8").parse()
        except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent):
            raise ApiError(400, "invalid", _("The body is not a form with one file.")) from None
        parser_context["view"].problem = handler.problem
        return DataAndFiles(data, files)


def imports_of(view: OpenApiView) -> QuerySet[ContactImport]:
    """The imports of the site with what an answer tells of them."""
    return ContactImport.objects.filter(site=view.site).select_related(
        "site", "check_job__site", "check_job__operator", "run_job__site", "run_job__operator"
    )


class ImportsView(IdempotentView):
    """All imports, and new ones."""

    parser_classes = [UploadParser, StrictJSONParser]
    problem = ""

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"limit", "since"}) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="list_imports",
        tags=["imports"],
        summary="Imports, newest first",
        parameters=PAGING,
        responses=ImportPageShape,
    )
    def get(self, request: Request) -> Response:
        limit, imports = read_limit(request.query_params), imports_of(self)
        if request.query_params.get("since"):
            since = read_id(request.query_params["since"])
            if since is None:
                raise Malformed(Problem("since", "invalid", _("This is not the “next” of such a page.")))
            imports = imports.filter(pk__lt=since)
        found = list(imports.order_by("-pk")[: limit + 1])
        following = str(found[limit - 1].pk) if len(found) > limit else None
        return Response({"imports": [import_data(one) for one in found[:limit]], "next": following})

    @extend_schema(
        operation_id="create_import",
        tags=["imports"],
        summary="Upload a file of contacts: it is checked, and imported unless it is a dry run",
        parameters=[IDEMPOTENCY],
        request={"multipart/form-data": UPLOAD},
        responses={
            202: ImportShape,
            507: OpenApiResponse({"$ref": "#/components/schemas/Error"}, description="`full`: no room for the file."),
        },
    )
    def post(self, request: Request) -> Response:
        sent = _read_form(request)
        wanted, tag = read_mapping(sent.get("mapping")), sent.get("importTag")
        if tag is not None and not (1 <= len(tag.strip()) <= MAX_TAG and tag.strip().isprintable()):
            raise Malformed(Problem("importTag", "invalid", _("An import needs a tag of 1 to 100 characters.")))
        try:
            file = cast("UploadedFile | None", request.FILES.get("file"))
            made = take_upload(self.site, file, problem=self.problem, actor=self.actor)
        except UploadRefused as refused:
            raise ApiError(_STATUS.get(refused.code, 400), refused.code, refused.message, path="file") from None
        try:
            mapping = _mapping_of(made, wanted)
            start_check(made, mapping, tag or made.import_tag, actor=self.actor, then_run=sent.get("dryRun") != "true")
        except BaseException:
            throw_away(made)
            raise
        return self.answer_again(str(made.pk))

    def answer_again(self, reference: str) -> Response:
        return Response(import_data(self.found(imports_of(self), reference)), status=202)

    def fingerprint_of(self, request: Request) -> str:
        """By its length: a file of half a gigabyte is not read twice to tell it from another."""
        told_ = f"{request.method} {request.get_full_path()} {request.META.get('CONTENT_LENGTH', '')}"
        return hashlib.sha256(told_.encode("utf-8", "replace")).hexdigest()


def _read_form(request: Request) -> dict[str, str]:
    """The fields beside the file; what is unknown or there twice is refused."""
    data = request.data
    if not isinstance(data, QueryDict):
        raise ApiError(415, "unsupported_media_type", _("A form (multipart/form-data) with the file is expected."))
    problems = [
        Problem(name, "unknown", _("This field is not known.")) for name in {*data, *request.FILES} - _FIELDS - {"file"}
    ]
    problems += [
        Problem(name, "repeated", _("This parameter stands here twice."))
        for name in (*data, *request.FILES)
        if len(data.getlist(name)) > 1 or len(request.FILES.getlist(name)) > 1
    ]
    if data.get("dryRun", "false") not in ("true", "false"):
        problems.append(Problem("dryRun", "invalid", _("true or false is expected.")))
    if problems:
        raise Malformed(*problems)
    return {name: str(data[name]) for name in _FIELDS if name in data}


def _mapping_of(made: ContactImport, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The whole mapping: how the file is read, and its columns as they were named, or guessed."""
    understood = _looked_at(made, wanted)
    if "columns" in wanted:
        columns = _columns_of(understood, wanted["columns"])
    else:
        columns = guess_columns(understood.header, understood.sample, made.site)
    mapping = {**understood.as_data(), "columns": columns}
    problems = check_mapping(mapping, made.site)
    if problems:
        sent = wanted.get("columns", columns)
        raise Malformed(*(Problem(_path(one, columns, sent), one.code, one.message) for one in problems))
    return mapping


def _looked_at(made: ContactImport, wanted: Mapping[str, Any]) -> Understood:
    kinds: dict[str, type] = {"encoding": str, "separator": str, "header": bool, "sheet": str}
    wrong = [name for name, kind in kinds.items() if not isinstance(wanted.get(name), kind | None)]
    if wrong:
        raise Malformed(
            *(Problem(f"mapping.{name}", "wrong_type", _("This value has the wrong type.")) for name in wrong)
        )
    reading = Reading(**{name: wanted[name] for name in kinds if wanted.get(name) is not None})
    try:
        return look_at(made, reading)
    except FileRefused as refused:
        raise ApiError(400, refused.code, refused.message, path="mapping") from None


def _columns_of(understood: Understood, sent: object) -> list[dict[str, Any]]:
    """All columns of the file: those that were named as they were, the others left out."""
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise Malformed(Problem("mapping.columns", "wrong_type", _("A list of objects is expected.")))
    headers = list(understood.header)
    named: dict[int, dict[str, Any]] = {}
    for place, one in enumerate(sent):
        number = one.get("column", headers.index(one["header"]) if one.get("header") in headers else None)
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(headers):
            raise Malformed(Problem(f"mapping.columns.{place}", "column_unknown", _("The file has no such column.")))
        if number in named:
            raise Malformed(Problem(f"mapping.columns.{place}", "column_twice", _("This column is mapped twice.")))
        named[number] = {"field": None, **one, "column": number, "header": headers[number]}
    return [named.get(number, {"column": number, "header": name, "field": None}) for number, name in enumerate(headers)]


def _path(problem: MappingProblem, columns: Sequence[Mapping[str, Any]], sent: Any) -> str:
    """Where in what was sent the problem is."""
    if problem.column is None:
        return "mapping.columns"
    header = columns[problem.column]["header"]
    for place, one in enumerate(sent):
        if one.get("column", problem.column if one.get("header") == header else None) == problem.column:
            return f"mapping.columns.{place}"
    return "mapping.columns"


class _OneImport(IdempotentView):
    def contact_import(self, import_id: str) -> ContactImport:
        """The import of this site, or 404."""
        return self.found(imports_of(self), import_id)

    def answer_again(self, reference: str) -> Response:
        return Response(import_data(self.contact_import(reference)), status=202)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, ImportRefused):
            return super().handle_exception(ApiError(409, exc.code, exc.message))
        return super().handle_exception(exc)


class ImportView(_OneImport):
    """One import."""

    @extend_schema(
        operation_id="read_import",
        tags=["imports"],
        summary="An import: how far it is, what became of its rows, and its job",
        responses=ImportShape,
    )
    def get(self, request: Request, import_id: str) -> Response:
        return Response(import_data(self.contact_import(import_id)))


class ImportRunView(_OneImport):
    """Importing what a dry run has checked."""

    @extend_schema(
        operation_id="run_import",
        tags=["imports"],
        summary="Import what was checked",
        parameters=[IDEMPOTENCY],
        request=None,
        responses={202: ImportShape, 409: _CONFLICT},
    )
    def post(self, request: Request, import_id: str) -> Response:
        found = self.contact_import(import_id)
        nothing_else(self.body())
        start_run(found, actor=self.actor)
        return self.answer_again(import_id)


class ImportUndoView(_OneImport):
    """Taking it back."""

    @extend_schema(
        operation_id="undo_import",
        tags=["imports"],
        summary="Take back what the import did and nobody changed since",
        parameters=[IDEMPOTENCY],
        request=None,
        responses={202: ImportShape, 409: _CONFLICT},
    )
    def post(self, request: Request, import_id: str) -> Response:
        found = self.contact_import(import_id)
        nothing_else(self.body())
        if found.run_job is None:
            raise ApiError(409, "not_imported", _("Nothing was imported, so there is nothing to undo."))
        try:
            undo_job(found.run_job, actor=self.actor)
        except JobCannotBeUndone as refused:
            raise ApiError(409, refused.code, told(found.run_job, refused.code, {})) from None
        return self.answer_again(import_id)


class ImportRejectedView(_OneImport):
    """IMP-5: the rows that were left out."""

    @extend_schema(
        operation_id="read_rejected_rows",
        tags=["imports"],
        summary="The rows that were left out with the reason, as a file in the encoding of the one that came",
        responses={(200, "text/csv"): OpenApiTypes.BINARY, 409: _CONFLICT},
    )
    def get(self, request: Request, import_id: str) -> HttpResponseBase:
        found = self.contact_import(import_id)
        if not found.stored_as:
            raise ImportRefused(why_gone(found))
        if not (found.checked or found.ran):
            raise ImportRefused("not_checked")
        details = {"name": found.name}
        record("contactimport.download", actor=self.actor, site=self.site, target=found, details=details)
        response = StreamingHttpResponse(rejected_rows(found), content_type="text/csv")
        response["Content-Disposition"] = f'attachment; filename="rejected-{found.pk}.csv"'
        return response
