"""TAG-1: the forms of the management page; what ``tags.names`` refuses stands beside its field."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from desk.models import Site
from tags.catalogue import match_names
from tags.errors import TagRefused
from tags.levels import tags_of_level
from tags.models import Tag
from tags.names import DESCRIPTION_LENGTH, parse_color, parse_description, parse_name

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Tag]
else:
    _ModelForm = forms.ModelForm

# No limit for the browser: it counts an emoji as two, and cuts off without a word. The rule counts and says so.
_NAME = forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"})
_NAME_HELP = _("Up to three levels split by “/”, for example Region/Seoul; 20 characters each.")


class ColorInput(forms.TextInput):
    """The browser's own colour picker, with our colours to choose from (``<datalist>`` of the page)."""

    input_type = "color"


class TagForm(_ModelForm):
    """Name, colour, description; ``below`` takes the tags of lower levels along when the name changes."""

    name = forms.CharField(label=_("name"), max_length=200, widget=_NAME, help_text=_NAME_HELP)
    description = forms.CharField(
        label=_("description"),
        required=False,
        max_length=1_000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("At most %(n)d characters.") % {"n": DESCRIPTION_LENGTH},
    )
    below = forms.BooleanField(required=False, initial=True)

    class Meta:
        model = Tag
        fields = ("name", "color", "description")
        widgets = {"color": ColorInput(attrs={"list": "tag-colors"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = 0 if self.instance._state.adding else len(tags_of_level(self.instance.site, self.instance.name)) - 1
        if below > 0:
            self.fields["below"].label = ngettext(
                "When the name changes, rename the %(n)d tag below it too",
                "When the name changes, rename the %(n)d tags below it too",
                below,
            ) % {"n": below}
        else:
            del self.fields["below"]

    def clean_name(self) -> str:
        try:
            name = parse_name(self.cleaned_data["name"])
            found, _missing = match_names(self.instance.site, [name])
            # With what hangs below it a tag may go where one of those is now; the rule looks.
            if found and found[0].pk != self.instance.pk and "below" not in self.fields:
                raise TagRefused("name_taken", tag=name)
        except TagRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None
        return name

    def clean_color(self) -> str:
        return self._parsed(parse_color, "color")

    def clean_description(self) -> str:
        return self._parsed(parse_description, "description")

    def _parsed(self, parse: Any, field: str) -> str:
        try:
            parsed: str = parse(self.cleaned_data[field], tag=self.data.get("name", "")[:70])
        except TagRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None
        return parsed


class LevelForm(forms.Form):
    """The new name of a level."""

    name = forms.CharField(label=_("name"), max_length=200, widget=_NAME, help_text=_NAME_HELP)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        self.site = site
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        try:
            return parse_name(self.cleaned_data["name"])
        except TagRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None
