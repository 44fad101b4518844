"""IMP-4: what a check found, or a run did: so many rows of each verdict, which add up to the rows of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contacts.importing.row_values import told_values
from contacts.models import ContactImport, ImportReject, ImportRow, Verdict

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A row by its line in the file; of a refused one the column (from 0), the code of the reason and its values."""

    line: int
    contact_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    column: int | None = None
    code: str = ""
    code_values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """``counts`` has every verdict and adds up to ``rows``. ``contacts_created`` counts people, not rows.

    ``replanned``: so many rows went another way in the run than the check had told, because somebody changed a contact
    in between. ``frozen``: values that too many different people of the file have; they find nobody.
    """

    rows: int
    counts: Mapping[str, int]
    examples: Mapping[str, tuple[Example, ...]]
    contacts_created: int = 0
    replanned: int = 0
    is_run: bool = False


def verdicts(contact_import: ContactImport) -> Verdicts:
    """Of the run when there was one, else of the check; examples only while the rows are kept (30 days)."""
    told = contact_import.ran or contact_import.checked
    counts = {verdict.value: int(told.get("verdicts", {}).get(verdict.value, 0)) for verdict in Verdict}
    return Verdicts(
        rows=sum(counts.values()),
        counts=counts,
        examples={verdict.value: _examples(contact_import, verdict) for verdict in Verdict if counts[verdict.value]},
        contacts_created=int(told.get("contactsCreated", 0)),
        replanned=int(told.get("replanned", 0)),
        is_run=bool(contact_import.ran),
    )


def _examples(contact_import: ContactImport, verdict: Verdict) -> tuple[Example, ...]:
    """The first rows of a verdict."""
    site = contact_import.site_id
    if verdict == Verdict.REFUSED:
        rejects = ImportReject.objects.filter(site=site, contact_import=contact_import).order_by("line")[:EXAMPLES]
        return tuple(
            Example(reject.line, column=reject.column, code=reject.code, code_values=told_values(reject))
            for reject in rejects
        )
    told = contact_import.ran or contact_import.checked
    lines = told.get("examples", {}).get(verdict.value, [])[:EXAMPLES]
    rows = ImportRow.objects.filter(site=site, contact_import=contact_import, line__in=lines).order_by("line")
    return tuple(Example(row.line, row.contact_id, _shown(row)) for row in rows)


def _shown(row: ImportRow) -> dict[str, Any]:
    """What the row says, by public name; of phone and e-mail the form that people read."""
    values = {key: value[0] if key in ("email", "mobileNumber") else value for key, value in row.values.items()}
    return {"memberId": row.member_id, **values} if row.member_id else values
