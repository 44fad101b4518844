"""The words of an import for people who are no technicians: fields, verdicts, examples, reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contacts.columns import OWN_COLUMNS
from contacts.drafts import PROFILE
from contacts.importing.names import FIELDS
from contacts.importing.reading import column_letters
from contacts.importing.row_reasons import told
from contacts.importing.verdicts import Example, Verdicts
from contacts.masking import mask, name_of
from contacts.models import Contact, ContactImport, ImportReject, ProfileField, Verdict
from desk.models import Site

_OTHERS: Mapping[str, str | Promise] = {"tags": gettext_lazy("tags")}
_MOST_REASONS = 50

# What becomes of a row: the heading, and what it means, before and after.
# Translators: headings over numbers of rows.
WORDS: Mapping[str, tuple[str | Promise, str | Promise, str | Promise]] = {
    Verdict.CREATED: (
        pgettext_lazy("rows of a file", "New"),
        gettext_lazy("People who are not here yet. They are added."),
        gettext_lazy("People who were not here yet. They were added."),
    ),
    Verdict.UPDATED: (
        pgettext_lazy("rows of a file", "Updated"),
        gettext_lazy("People who are here. What the file says of them is written."),
        gettext_lazy("People who were here. What the file says of them was written."),
    ),
    Verdict.UNCHANGED: (
        pgettext_lazy("rows of a file", "Unchanged"),
        gettext_lazy("People of whom the file says nothing new."),
        gettext_lazy("People of whom the file said nothing new."),
    ),
    Verdict.DUPLICATE: (
        pgettext_lazy("rows of a file", "Again in the file"),
        gettext_lazy("Further rows about somebody who has a row already. The later row counts."),
        gettext_lazy("Further rows about somebody who had a row already. The later row counted."),
    ),
    Verdict.MERGED: (
        pgettext_lazy("rows of a file", "Merged"),
        gettext_lazy("Phone or e-mail show that a lead is a member. The two become one person."),
        gettext_lazy("Phone or e-mail showed that a lead is a member. The two became one person."),
    ),
    Verdict.DELAYED: (
        pgettext_lazy("rows of a file", "Merged later"),
        gettext_lazy("A lead who has visited your pages. It becomes one with the member at the next sign-in there."),
        gettext_lazy("A lead who has visited your pages. It becomes one with the member at the next sign-in there."),
    ),
    Verdict.SUGGESTED: (
        pgettext_lazy("rows of a file", "To be looked at"),
        gettext_lazy("More than one person could be meant. They appear under Suggestions; nobody is merged by itself."),
        gettext_lazy("More than one person could be meant. They are under Suggestions; nobody was merged by itself."),
    ),
    Verdict.REFUSED: (
        pgettext_lazy("rows of a file", "Left out"),
        gettext_lazy("Rows that cannot be imported, with the reason."),
        gettext_lazy("Rows that could not be imported, with the reason."),
    ),
}
LOOKS: Mapping[str, tuple[str, str]] = {
    Verdict.CREATED: ("plus", "success"),
    Verdict.UPDATED: ("edit", "info"),
    Verdict.UNCHANGED: ("check", "neutral"),
    Verdict.DUPLICATE: ("copy", "neutral"),
    Verdict.MERGED: ("merge", "info"),
    Verdict.DELAYED: ("clock", "neutral"),
    Verdict.SUGGESTED: ("suggestion", "warning"),
    Verdict.REFUSED: ("error", "danger"),
}


@dataclass(frozen=True, slots=True)
class ShownExample:
    """A row by its line and who it is about; ``url`` leads to the person's page where there is one."""

    line: int
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ShownReason:
    """So many rows were left out for one reason, the first of them in this line."""

    text: str
    count: int
    line: int


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """One line of what was found."""

    name: str
    label: str | Promise
    text: str | Promise
    count: int
    icon: str
    look: str
    examples: Sequence[ShownExample] = field(default_factory=list)
    reasons: Sequence[ShownReason] = field(default_factory=list)


def field_labels(site: Site) -> dict[str, str]:
    """Public name → label of everything a column can go to, in the order of the menu."""
    own: dict[str, str | Promise] = {column.name: column.label for column in OWN_COLUMNS}
    labels = {name: str(capfirst(str(own.get(name) or _OTHERS.get(name, name)))) for name in FIELDS}
    labels["customerNumber"] = _("Customer number (left out: the desk gives it)")
    for custom in ProfileField.objects.filter(site=site):
        labels[f"{PROFILE}{custom.key}"] = str(custom)
    return labels


def field_label(field_name: str, labels: Mapping[str, str]) -> str:
    """The label of a field that may be new: a new one is called by its key."""
    return labels.get(field_name) or field_name.removeprefix(PROFILE)


def shown_verdicts(contact_import: ContactImport, found: Verdicts, *, sees: bool) -> list[ShownVerdict]:
    """Every verdict with its count, examples and, of what is left out, the reasons; those of nobody too."""
    people = _people_of(contact_import, found)
    return [
        ShownVerdict(
            name=name,
            label=label,
            text=after if found.is_run else before,
            count=found.counts.get(name, 0),
            icon=LOOKS[name][0],
            look=LOOKS[name][1],
            examples=[_shown(one, contact_import, people, sees=sees) for one in found.examples.get(name, ())],
            reasons=_reasons(contact_import) if name == Verdict.REFUSED and found.counts.get(name) else [],
        )
        for name, (label, before, after) in WORDS.items()
    ]


def _people_of(contact_import: ContactImport, found: Verdicts) -> dict[int, Contact]:
    """Those of the examples who exist already; of somebody new only the row tells."""
    ids = {one.contact_id for examples in found.examples.values() for one in examples if one.contact_id}
    return {one.pk: one for one in Contact.objects.filter(site=contact_import.site_id, pk__in=ids)}


def _shown(one: Example, contact_import: ContactImport, people: Mapping[int, Contact], *, sees: bool) -> ShownExample:
    if one.code:
        return ShownExample(one.line, refusal_words(contact_import, one.column, one.code, one.code_values))
    contact = people.get(one.contact_id or 0)
    if contact is None or not contact.managed:
        return ShownExample(one.line, _name_in_row(one.values, sees=sees))
    name = name_of(contact, sees_personal_data=sees)
    return ShownExample(
        one.line, f"{name} · #{contact.customer_number}", reverse("admin:contacts_contact_change", args=[contact.pk])
    )


def _name_in_row(values: Mapping[str, Any], *, sees: bool) -> str:
    if values.get("name"):
        return str(values["name"])
    for key in ("memberId", "email", "mobileNumber"):
        if values.get(key):
            return str(values[key] if sees else mask(key, values[key]))
    return "–"


def refusal_words(contact_import: ContactImport, column: int | None, code: str, values: Mapping[str, Any]) -> str:
    """“휴대폰 (column B): This is not …”."""
    reason = told(code, values)
    if column is None:
        return reason
    headers = {one["column"]: one["header"] for one in contact_import.mapping.get("columns", [])}
    where = _("%(header)s (column %(letter)s)") % {
        "header": headers.get(column, ""),
        "letter": column_letters(column),
    }
    return f"{where}: {reason}"


def _reasons(contact_import: ContactImport) -> list[ShownReason]:
    """Why rows are left out, the most frequent first."""
    rejects = ImportReject.objects.filter(site=contact_import.site_id, contact_import=contact_import)
    groups = (
        rejects.order_by()
        .values("column", "code")
        .annotate(count=Count("line"), first=Min("line"))
        .order_by("-count", "first")[:_MOST_REASONS]
    )
    first = {reject.line: reject for reject in rejects.filter(line__in=[group["first"] for group in groups])}
    return [
        ShownReason(
            refusal_words(contact_import, group["column"], group["code"], first[group["first"]].values),
            group["count"],
            group["first"],
        )
        for group in groups
    ]
