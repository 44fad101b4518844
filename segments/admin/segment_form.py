"""The form of a segment's page: name, who sees it, and for experts the conditions as a filter document (SEG-1)."""

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from contacts.filters.document import parse_filter_text
from contacts.filters.errors import FilterError
from segments.changing import fingerprint_of
from segments.errors import SegmentRefused
from segments.filter_fields import reading_of
from segments.models import Segment
from segments.saving import MAX_NAME, parse_name

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Segment]
else:
    _ModelForm = forms.ModelForm


class SegmentForm(_ModelForm):
    """``seen`` stands for the conditions the page showed (SEG-5); a preview on the page renews it."""

    conditions = forms.CharField(
        label=gettext_lazy("Filter document"),
        widget=forms.Textarea(attrs={"rows": 10, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["conditions"] = json.dumps(self.instance.filter, ensure_ascii=False, indent=2)

    class Meta:
        model = Segment
        fields = ("name", "shared")
        widgets = {"name": forms.TextInput(attrs={"maxlength": MAX_NAME, "autocomplete": "off"})}
        help_texts = {"shared": gettext_lazy("Otherwise only its owner and administrators see it.")}

    @property
    def seen(self) -> str:
        """The fingerprint of the conditions that whoever sends the form has seen."""
        return str(self.data.get("seen", "")) if self.is_bound else fingerprint_of(self.instance.filter)

    def clean_name(self) -> str:
        try:
            return parse_name(self.cleaned_data["name"])
        except SegmentRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None

    def clean_conditions(self) -> dict[str, Any] | None:
        """The document in canonical form; None when it was left as it is, also when it no longer can be read."""
        if "conditions" not in self.changed_data:
            return None
        if self.seen and self.seen != fingerprint_of(self.instance.filter):
            raise forms.ValidationError(SegmentRefused("filter", "changed_since").message, code="changed_since")
        segment = self.instance
        try:
            filter = parse_filter_text(self.cleaned_data["conditions"], site=segment.site, reading=reading_of(segment))
        except FilterError as error:
            raise forms.ValidationError([f"{one.path}: {one.message}".lstrip(": ") for one in error.problems]) from None
        return filter.data
