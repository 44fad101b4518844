"""LIST-3, IMP-9: the action "export" of the list: what is asked before people are written into a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.actions import Action, ActionForm, ActionRefused, Outcome, Params, Work, actions
from contacts.exporting.columns import all_columns
from contacts.exporting.starting import DEFAULT_SORT, MAX_REASON, PERMISSION, start_export
from contacts.exporting.workbook import MAX_ROWS
from contacts.listing import UnknownColumn, chosen_columns, columns_of
from contacts.models import ContactExport
from contacts.selection import Selection
from desk.actors import Actor
from desk.jobs.telling import number
from desk.models import Job, Site

SHOWN, ALL = "shown", "all"


class ExportForm(ActionForm):
    """Format, columns and the reason, which is kept (SITE-4). A program may name the columns one by one."""

    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=ContactExport.Format.choices, initial="csv")
    columns = forms.ChoiceField(
        label=gettext_lazy("Columns"),
        choices=[(SHOWN, gettext_lazy("As the list shows them")), (ALL, gettext_lazy("All"))],
        initial=SHOWN,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON,
        help_text=gettext_lazy("Kept in the audit log with your name."),
    )
    # The order of the list; empty: the newest activity first.
    sort = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.access is None:
            self.fields["columns"] = forms.Field(required=False)

    def clean_columns(self) -> list[str]:
        """The names, whichever way they were chosen."""
        wanted = self.cleaned_data["columns"]
        if wanted == ALL or not wanted:
            return all_columns(self.site)
        columns = columns_of(self.site)
        if wanted == SHOWN and self.access is not None:
            return [column.name for column in chosen_columns(self.access.operator, self.site, columns)]
        if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
            raise forms.ValidationError(_("Name the columns in a list, or say “all”."), code="invalid")
        unknown = next((name for name in wanted if name not in columns), None)
        if unknown is not None:
            raise forms.ValidationError(_("There is no column “%(name)s”.") % {"name": unknown[:80]}, code="unknown")
        return list(dict.fromkeys(wanted))

    def clean_sort(self) -> str:
        """An order the list could have."""
        sort = self.cleaned_data["sort"] or DEFAULT_SORT
        column = columns_of(self.site).get(sort.removeprefix("-"))
        if column is None or not column.sort:
            raise forms.ValidationError(_("The list cannot be in this order."), code="unknown")
        return str(sort)

    def params(self) -> dict[str, Any]:
        """Whether the file is masked is not asked: it is what this person may see. A program sees what it reads."""
        masked = self.access is not None and not self.access.sees_personal_data
        return {**self.cleaned_data, "masked": masked}


def _begin(selection: Selection, params: Params, *, site: Site, actor: Actor, found: int) -> Job:
    if params["format"] == ContactExport.Format.XLSX and found > MAX_ROWS:
        words = _("An Excel workbook holds up to %(limit)s people. Export them as CSV.")
        raise ActionRefused("too_many_for_xlsx", words % {"limit": number(MAX_ROWS)}, "params.format")
    if not params["reason"].strip():
        raise ActionRefused("required", _("An export needs a reason."), "params.reason")
    try:
        return start_export(
            selection,
            site=site,
            actor=actor,
            format=params["format"],
            columns=params["columns"],
            masked=params["masked"],
            reason=params["reason"],
            sort=params["sort"],
            expected=found,
        )
    except UnknownColumn as error:
        words = _("There is no column “%(name)s”.")
        raise ActionRefused("unknown", words % {"name": error.name}, "params.columns") from None


def _change(ids: Any, params: Params, work: Work) -> Outcome:
    """A dry run: everybody would be written."""
    return Outcome(ids)


EXPORT = Action(
    name="export",
    label=gettext_lazy("Export"),
    permission=PERMISSION,
    form_class=ExportForm,
    change=_change,
    begin=_begin,
    told=lambda params: str(_("Export (%(format)s)") % {"format": params["format"].upper()}),
    icon="export",
)
actions.register(EXPORT.name, EXPORT)
