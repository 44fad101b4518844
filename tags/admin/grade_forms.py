"""GRADE-1: the forms of grades and rules; what the rules of ``tags`` refuse stands beside its field."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tags.grade_errors import GradeRefused
from tags.grade_values import (
    MAX_RANK,
    NOTE_LENGTH,
    VALUE_LENGTH,
    parse_criterion,
    parse_grade_color,
    parse_grade_name,
    parse_note,
    parse_value,
)
from tags.models import Criterion, Grade, GradeRule

if TYPE_CHECKING:
    _GradeModelForm = forms.ModelForm[Grade]
    _RuleModelForm = forms.ModelForm[GradeRule]
else:
    _GradeModelForm = _RuleModelForm = forms.ModelForm


class GradeForm(_GradeModelForm):
    """Name, colour, rank. A rank that is another grade's is refused: each has its own."""

    name = forms.CharField(
        label=_("name"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"})
    )
    rank = forms.IntegerField(
        label=_("rank"),
        min_value=1,
        max_value=MAX_RANK,
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_RANK}),
        help_text=_("Of several grades a contact carries the one with the highest number."),
    )

    class Meta:
        model = Grade
        fields = ("name", "color", "rank")
        widgets = {"color": forms.TextInput(attrs={"type": "color", "list": "grade-colors"})}

    def clean_name(self) -> str:
        return _cleaned(lambda: parse_grade_name(self.cleaned_data["name"]))

    def clean_color(self) -> str:
        return _cleaned(lambda: parse_grade_color(self.cleaned_data["color"]))

    def clean_rank(self) -> int:
        rank: int = self.cleaned_data["rank"]
        holder = Grade.objects.filter(site=self.instance.site, rank=rank).exclude(pk=self.instance.pk).first()
        if holder is not None:
            raise forms.ValidationError(GradeRefused("rank_taken", grade=holder.name).message, code="rank_taken")
        return rank


class GradeRuleForm(_RuleModelForm):
    """Criterion, value, grade, note."""

    criterion = forms.ChoiceField(
        label=_("criterion"), choices=lambda: [(value, capfirst(str(label))) for value, label in Criterion.choices]
    )
    value = forms.CharField(
        label=_("value"),
        max_length=VALUE_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("In any spelling. Nobody needs to have it yet."),
    )
    note = forms.CharField(
        label=_("note"), required=False, max_length=NOTE_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    class Meta:
        model = GradeRule
        fields = ("criterion", "value", "grade", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grade"].empty_label = _("Choose a grade")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if {"criterion", "value"} <= data.keys():
            try:
                parse_value(parse_criterion(data["criterion"]), data["value"], self.instance.site)
                parse_note(data.get("note", ""))
            except GradeRefused as refused:
                self.add_error(refused.path if refused.path in self.fields else None, refused.message)
        return data

    def validate_unique(self) -> None:
        """The rule says what is there already, in its own words."""


def _cleaned(parse: Any) -> Any:
    try:
        return parse()
    except GradeRefused as refused:
        raise forms.ValidationError(refused.message, code=refused.code) from None
