"""GRADE-3: rules from a file: upload, see what it would do, then do it; and all rules as a file."""

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from contacts.importing.encodings import ENCODINGS
from contacts.importing.reasons import FileRefused
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from tags.admin.grade import tell_of
from tags.grade_catalogue import grades_of
from tags.grade_errors import GradeRefused
from tags.grade_file import LABELS, MAX_LINES, FilePlan, RuleFileRefused, apply_plan, export_rules, plan_file
from tags.models import GradeRule

MAX_BYTES = 2_000_000
SHOWN = 100
EXAMPLES = 20
# A preview is confirmed within the day, and by the one who saw it.
_MAX_AGE = 24 * 3600
_SALT = "tags.grade_import"


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, TSV or XLSX with a header row; at most 20,000 rules."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("The file is too large: at most %(n)d MB.") % {"n": MAX_BYTES // 1_000_000})
        return file


def import_rules(request: HttpRequest) -> HttpResponse:
    """GET: the upload. POST with a file: what it would do. POST with ``confirmed``: do what was shown."""
    access = _admitted(request)
    if request.method == "POST" and "confirmed" in request.POST:
        return _apply(request, access)
    form = UploadForm(request.POST or None, request.FILES or None)
    plan: FilePlan | None = None
    if request.method == "POST" and form.is_valid():
        plan = _plan(form, access)
    context: dict[str, Any] = {
        **desk_site.each_context(request),
        "title": _("Import rules"),
        "opts": GradeRule._meta,
        "form": form,
        "limit": MAX_LINES,
        "grades": grades_of(access.site),
    }
    if plan is not None:
        context |= _preview(plan, access)
    return TemplateResponse(request, "tags/grade_import.html", context)


@require_GET
def export_all(request: HttpRequest) -> HttpResponse:
    """All rules as CSV."""
    access = _admitted(request)
    lines = export_rules(access.site, actor=actor_of(request), sees_personal_data=access.sees_personal_data)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="grade-rules.csv"'
    return response  # type: ignore[return-value]


def _admitted(request: HttpRequest) -> Access:
    access = access_of(request)
    if not access.may("tags.change"):
        raise PermissionDenied
    return access


def _plan(form: UploadForm, access: Access) -> FilePlan | None:
    upload: UploadedFile = form.cleaned_data["file"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules"
        path.write_bytes(b"".join(upload.chunks()))
        try:
            return plan_file(path, upload.name or "", access.site)
        except (FileRefused, RuleFileRefused) as refused:
            form.add_error("file", refused.message)
    return None


def _preview(plan: FilePlan, access: Access) -> dict[str, Any]:
    signed = signing.dumps(
        {"site": access.site.pk, "operator": access.operator.pk, "lines": plan.lines}, salt=_SALT, compress=True
    )
    return {
        "plan": plan,
        "encoding": ENCODINGS.get(plan.encoding, plan.encoding),
        "numbers": [
            (localize(len(plan.new)), _("new rules")),
            (localize(len(plan.noted)), _("new notes")),
            (localize(plan.unchanged + plan.repeated), _("already there")),
            (localize(len(plan.problems)), _("left out")),
        ],
        "problems": [(one, LABELS.get(one.column, "–")) for one in plan.problems[:SHOWN]],
        "more_problems": localize(max(0, len(plan.problems) - SHOWN)),
        "has_more_problems": len(plan.problems) > SHOWN,
        "examples": plan.good[:EXAMPLES],
        "confirmed": signed if plan.lines else "",
    }


def _apply(request: HttpRequest, access: Access) -> HttpResponse:
    try:
        told = signing.loads(request.POST["confirmed"], salt=_SALT, max_age=_MAX_AGE)
    except signing.BadSignature:
        told = {}
    if told.get("site") != access.site.pk or told.get("operator") != access.operator.pk:
        toast(request, _("This preview is no longer valid. Choose the file again."), level="error")
        return HttpResponseRedirect(reverse("admin:grade_rules_import"))
    lines = [(line[0], line[1], line[2], line[3]) for line in told["lines"]]
    try:
        added = apply_plan(lines, access.site, actor=actor_of(request), now=timezone.now())
    except GradeRefused as refused:
        words = _("Nothing was imported, for something changed since the preview: %(reason)s")
        toast(request, words % {"reason": refused.message}, level="error")
        return HttpResponseRedirect(reverse("admin:grade_rules_import"))
    words = ngettext("%(n)s rule added.", "%(n)s rules added.", len(added.rules)) % {"n": localize(len(added.rules))}
    toast(request, words)
    tell_of(request, added.job)
    return HttpResponseRedirect(reverse("admin:tags_graderule_changelist"))


desk_site.add_page("grade-rules/import/", import_rules, "grade_rules_import")
desk_site.add_page("grade-rules/export/", export_all, "grade_rules_export")
