"""What goes over the wire of the open API about imports: the import, its mapping, its counts, its job."""

import json
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.importing.columns import MODES, TAG_MODES
from contacts.importing.starting import Stage, stage_of
from contacts.importing.verdicts import verdicts
from contacts.models import ContactImport, FieldType, Verdict
from desk.api.errors import Malformed, Problem
from desk.api.job_shapes import JobReadShape, job_read_data
from desk.api.serializers import time_text
from desk.models import Job

_TEXT = {"type": "string"}
MAPPING = {
    "type": "object",
    "description": "How the file is read, and where its columns go. What is left out is found by looking at the file. "
    "A column is named by its number (from 0), or by its header; columns not named are left out. Without `columns` all "
    "are guessed by their names.",
    "properties": {
        "encoding": _TEXT,
        "separator": {"type": "string", "enum": [",", ";", "\t"]},
        "header": {"type": "boolean", "description": "The first row names the columns."},
        "sheet": {"type": "string", "nullable": True, "description": "Of a workbook."},
        "columns": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "column": {"type": "integer"},
                    "header": _TEXT,
                    "field": {
                        "type": "string",
                        "nullable": True,
                        "description": "A public name, `tags` or `profile.<key>`; null: left out.",
                    },
                    "mode": {
                        "type": "string",
                        "enum": [*MODES, *TAG_MODES],
                        "description": "`fill`: only where the contact has no value. `add` and `replace`: of tags.",
                    },
                    "new": {"type": "boolean", "description": "Make this custom field."},
                    "type": {"type": "string", "enum": list(FieldType.values), "description": "Of a new field."},
                },
            },
        },
    },
}
_COUNTS = {
    "type": "object",
    "description": "Rows by what becomes of them; they add up to `rows`.",
    "properties": {verdict.value: {"type": "integer"} for verdict in Verdict},
    "required": [verdict.value for verdict in Verdict],
}
UPLOAD = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "mapping": {"type": "string", "description": "JSON, as `mapping` of the answer."},
        "importTag": {"type": "string", "description": "1–100 characters; by default the file's name and the day."},
        "dryRun": {
            "type": "string",
            "enum": ["true", "false"],
            "description": "`true`: only check; `POST imports/{id}/run` imports what was checked. `false`, the "
            "default: check, then import.",
        },
    },
    "required": ["file"],
}


@extend_schema_field(MAPPING)
class MappingField(serializers.Field[Any, Any, Any, Any]):
    """The mapping as it is carried out."""


@extend_schema_field(_COUNTS)
class CountsField(serializers.Field[Any, Any, Any, Any]):
    """Of the run when there was one, else of the check."""


class ImportShape(serializers.Serializer[Any]):
    """An import with the job that was the last to work on it."""

    id = serializers.CharField()
    name = serializers.CharField(help_text="Of the file.")
    size = serializers.IntegerField(help_text="Bytes.")
    stage = serializers.ChoiceField([stage.value for stage in Stage])
    importTag = serializers.CharField()
    mapping = MappingField()
    rows = serializers.IntegerField(help_text="Of the file; 0 before the check is done.")
    counts = CountsField()
    contactsCreated = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    by = serializers.CharField()
    job = JobReadShape(allow_null=True)


class ImportPageShape(serializers.Serializer[Any]):
    """A page of imports, newest first; ``next`` is the ``since`` of the next page, null on the last."""

    imports = ImportShape(many=True)
    next = serializers.CharField(allow_null=True)


def import_data(contact_import: ContactImport) -> dict[str, Any]:
    """``ImportShape``."""
    found, job = verdicts(contact_import), latest_job(contact_import)
    return {
        "id": str(contact_import.pk),
        "name": contact_import.name,
        "size": contact_import.size,
        "stage": stage_of(contact_import).value,
        "importTag": contact_import.import_tag,
        "mapping": contact_import.mapping,
        "rows": found.rows,
        "counts": dict(found.counts),
        "contactsCreated": found.contacts_created,
        "createdAt": time_text(contact_import.created_at),
        "by": contact_import.actor,
        "job": job_read_data(job) if job is not None else None,
    }


def latest_job(contact_import: ContactImport) -> Job | None:
    """The undo, else the run, else the check."""
    run = contact_import.run_job
    undo = run.undos.order_by("-pk").first() if run is not None else None
    return undo or run or contact_import.check_job


def read_mapping(text: str | None) -> dict[str, Any]:
    """The mapping that was sent as text; empty when there is none."""
    if text is None:
        return {}
    try:
        mapping = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed(Problem("mapping", "invalid", _("The mapping is not JSON."))) from None
    if not isinstance(mapping, dict):
        raise Malformed(Problem("mapping", "wrong_type", _("An object is expected.")))
    unknown = mapping.keys() - MAPPING["properties"].keys() - {"format"}  # type: ignore[attr-defined]
    if unknown:
        raise Malformed(*(Problem(f"mapping.{name}", "unknown", _("This field is not known.")) for name in unknown))
    return mapping
