"""What "setField" is told: which custom field, and its value. What the field takes is said by ``contacts.set_field``.

An operator fills in the control of the field's type, and has to say so to clear it; a program sends the value as JSON,
null to clear.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.actions import ActionForm
from contacts.custom_controls import custom_form_field
from contacts.models import FieldType, ProfileField


class _AnyValue(forms.Field):
    """A value of JSON, as it came."""

    empty_values = [None]


class SetFieldForm(ActionForm):
    """With a field chosen there is a control for its value (``template_name`` asks for the form again)."""

    template_name = "admin/contacts/contact/set_field_form.html"

    field = forms.ChoiceField(
        label=gettext_lazy("Custom field"),
        error_messages={"invalid_choice": gettext_lazy("There is no custom field “%(value)s”.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = {field.key: field for field in ProfileField.objects.filter(site=self.site)}
        choices = [("", _("Choose a field")), *((key, str(field)) for key, field in self._known.items())]
        choice: Any = self.fields["field"]
        choice.choices = choices
        if self.access is None:
            self.fields["value"] = _AnyValue(required=False)
        elif self.chosen is not None:
            control = custom_form_field(self.chosen)
            control.label = _("Value")
            if self.chosen.type == FieldType.LIST:
                control.help_text = _("One element a line.")
            self.fields["value"] = control
            self.fields["clear"] = forms.BooleanField(
                label=_("Clear the field"), help_text=_("Nobody of the selected has a value then."), required=False
            )

    @property
    def chosen(self) -> ProfileField | None:
        """The field that was sent, or is asked for."""
        key = self.data.get("field") if self.is_bound else self.initial.get("field")
        return self._known.get(key) if isinstance(key, str) else None

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "field" not in data or "value" not in data:
            return data
        if self.access is None and not (isinstance(self.data, Mapping) and "value" in self.data):
            self.add_error("value", forms.ValidationError(_("This field is required."), code="required"))
        elif self.access is not None and (data["value"] is None) is not data["clear"]:
            words = _("Enter a value, or say that the field is to be cleared.")
            if data["clear"]:
                words = _("Either a value or clearing the field: not both.")
            self.add_error("value", forms.ValidationError(words, code="required"))
        return data

    def params(self) -> dict[str, Any]:
        field = self._known[self.cleaned_data["field"]]
        return {"field": field.key, "value": self.cleaned_data["value"], "label": str(field)}
