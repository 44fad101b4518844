"""Pages that are one form in sections: what it is about on the left, the fields on the right."""

from dataclasses import dataclass, field
from typing import Any

from django.forms import BaseForm, BoundField
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class FormSection:
    """One section: rows of fields that stand beside each other."""

    heading: str | Promise
    text: str | Promise = ""
    rows: list[list[BoundField]] = field(default_factory=list)


Layout = list[tuple[str | Promise, str | Promise, list[tuple[str, ...]]]]


def sections_of(form: BaseForm, layout: Layout) -> list[FormSection]:
    """The sections of ``form``. A field that the layout forgets is an error, so that none is silently lost."""
    forgotten = set(form.fields) - {name for _, _, rows in layout for row in rows for name in row}
    if forgotten:
        raise LookupError(f"no section shows {sorted(forgotten)}")
    return [
        FormSection(heading, text, [[form[name] for name in row] for row in rows]) for heading, text, rows in layout
    ]


def form_context(form: BaseForm, layout: Layout, **more: Any) -> dict[str, Any]:
    """Context of ``desk/form_page.html``."""
    return {"form": form, "sections": sections_of(form, layout), **more}
