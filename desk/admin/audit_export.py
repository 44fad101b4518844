"""SITE-4: the audit log as a file: what the list is narrowed to, for a reason, which is itself in the log."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from desk.access import Access
from desk.admin import actor_of
from desk.admin.audit_asked import Asked
from desk.admin.audit_words import details_in_words, target_in_words, told_details, words_of
from desk.admin.csv_files import BOM, csv_line
from desk.admin.site import desk_site
from desk.audit import record
from desk.audit_log import batches
from desk.models import AuditEntry

MOST = 100_000


class ReasonForm(forms.Form):
    """Why the log leaves the desk."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Kept in the audit log with your name."),
    )


def show_export(request: HttpRequest, access: Access, asked: Asked) -> HttpResponseBase:
    """GET: asks for the reason. POST: the file, newest entry first."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            record(
                "auditentry.export",
                actor=actor_of(request),
                site=access.site,
                reason=form.cleaned_data["reason"],
                details=_told(asked),
            )
        lines = _lines(access, asked, translation.get_language() or "en")
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"audit-{timezone.localtime():%Y%m%d-%H%M}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    context = {
        **desk_site.each_context(request),
        "title": _("Export the audit log"),
        "form": form,
        "most": localize(MOST),
        "narrowed": asked.narrowed,
        "facts": _facts(asked),
        "list_url": reverse("admin:desk_auditentry_changelist") + asked.address(),
    }
    return TemplateResponse(request, "desk/audit_export.html", context)


def _told(asked: Asked) -> dict[str, Any]:
    """What the log says of the export. Not what was searched for, nor whom: that may be a person's own."""
    given = asked.parameters
    told: dict[str, Any] = {
        "what": given.get("what"),
        "since": given.get("from"),
        "until": given.get("to"),
        "who": dict(asked.operators).get(given.get("who", "")),
        "person": bool(given.get("person")) or None,
        "search": bool(given.get("q")) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _facts(asked: Asked) -> list[tuple[str, str]]:
    """The same for who is about to export it."""
    return told_details(AuditEntry(action="auditentry.export", details=_told(asked)), sees_personal_data=True)


def _lines(access: Access, asked: Asked, language: str) -> Iterator[bytes]:
    """The file. It is written after the request has ended, so language and zone are named for each piece."""
    yield BOM
    with translation.override(language):
        head = csv_line(
            [
                _("Time"),
                _("Actor"),
                _("Action"),
                _("Code"),
                pgettext("audit", "On"),
                _("Details"),
                _("Reason"),
                _("IP address"),
            ]
        )
    yield head
    for entries in batches(asked.question, most=MOST):
        with translation.override(language):
            piece = b"".join(csv_line(_cells(access, entry)) for entry in entries)
        yield piece


def _cells(access: Access, entry: AuditEntry) -> list[object]:
    at = entry.at.astimezone(access.site.zone)
    details = details_in_words(entry, sees_personal_data=access.sees_personal_data)
    target = capfirst(target_in_words(entry))
    action = words_of(entry.action)
    return [
        f"{at:%Y-%m-%d %H:%M:%S%z}",
        entry.actor,
        action,
        entry.action,
        target,
        details,
        entry.reason,
        entry.address or "",
    ]
