"""LOOK-2: the rows of a lookup's editor: what is sent, what is shown of the answer; each a form of its own."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chats.lookups.chat_fields import PARAMETERS, labels
from chats.lookups.settings import QueryDraft, ResultDraft
from chats.models import ItemControl, ItemKind
from contacts.models import Channel

# Between the word of an option that is shown and the value that is sent, where they differ.
BAR = "|"
_LONG = 200  # more than anything may be: how long it may be is for the rule to say
_TYPED = {"autocomplete": "off"}
_CODE = {**_TYPED, "spellcheck": "false", "autocapitalize": "none"}


def _text(label: Any, attributes: dict[str, str], **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=_LONG, widget=forms.TextInput(attrs=attributes), **more)


class QueryRow(forms.Form):
    """One value of the question. What belongs to the other kind is kept in the page and not read."""

    label = _text(gettext_lazy("screen name"), {**_TYPED, "data-names-item": ""})
    kind = forms.ChoiceField(label=gettext_lazy("where the value comes from"))
    chat_field = forms.ChoiceField(label=gettext_lazy("field of the chat"), required=False)
    parameter = _text(
        gettext_lazy("name of the parameter"),
        _CODE,
        required=False,
        help_text=gettext_lazy("As your page passes it when it opens the chat."),
    )
    variable = _text(
        gettext_lazy("variable name"),
        _CODE,
        required=False,
        help_text=gettext_lazy("What your system calls it, for example orderNumber."),
    )
    control = forms.ChoiceField(label=gettext_lazy("how it is filled in"), required=False)
    options = forms.CharField(
        label=gettext_lazy("options"),
        required=False,
        widget=forms.Textarea(attrs={**_TYPED, "rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One on each line. If your system needs another word than agents read, write it behind a bar: Seoul | 02"
        ),
    )
    default = _text(
        gettext_lazy("filled in at first"),
        _TYPED,
        required=False,
        strip=True,
        help_text=gettext_lazy("Of a drop-down: one of its options."),
    )
    max_length = forms.IntegerField(
        label=gettext_lazy("maximum length"), required=False, widget=forms.NumberInput(attrs={"min": 1, "max": 1000})
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("runs by itself on chats of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("As soon as such a chat is opened and this value is known. None: only by hand."),
    )
    required = forms.BooleanField(
        label=gettext_lazy("required"),
        required=False,
        help_text=gettext_lazy("Without this value nothing is asked."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _choices(ItemKind.choices)  # type: ignore[attr-defined]
        self.fields["control"].choices = _choices(ItemControl.choices)  # type: ignore[attr-defined]
        self.fields["channels"].choices = _choices(Channel.choices)  # type: ignore[attr-defined]
        parameter = (PARAMETERS, _("Parameter of the page …"))
        self.fields["chat_field"].choices = [*labels().items(), parameter]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What only one of the kinds needs."""
        cleaned = super().clean() or {}
        missing = gettext_lazy("This field is required.")
        if cleaned.get("kind") == ItemKind.CHAT_FIELD:
            if cleaned.get("chat_field") == PARAMETERS and not cleaned.get("parameter"):
                self.add_error("parameter", missing)
        elif not cleaned.get("variable"):
            self.add_error("variable", missing)
        if not self.is_drop_down and not cleaned.get("max_length") and "max_length" not in self.errors:
            self.add_error("max_length", missing)
        return cleaned

    @property
    def is_drop_down(self) -> bool:
        """Whether it is chosen and not typed; then its options say how long it is."""
        read = self.cleaned_data
        return read.get("kind") == ItemKind.GENERAL and read.get("control") == ItemControl.DROP_DOWN

    def draft(self) -> QueryDraft:
        """The item as its rule takes it."""
        read = self.cleaned_data
        shared = {"label": read["label"], "kind": read["kind"], "required": read["required"]}
        if read["kind"] == ItemKind.CHAT_FIELD:
            code = read["chat_field"]
            variable = code + read["parameter"] if code == PARAMETERS else code
            return QueryDraft(**shared, variable=variable, max_length=read["max_length"], channels=read["channels"])
        shared |= {"variable": read["variable"], "control": read["control"] or ItemControl.TEXT}
        if not self.is_drop_down:
            return QueryDraft(**shared, default=read["default"], max_length=read["max_length"])
        options = read_options(read["options"])
        default = next((one["value"] for one in options if one["label"] == read["default"]), read["default"])
        return QueryDraft(**shared, default=default, options=options)

    def field_of(self, place: str) -> str:
        """Which field shows what the rule refused at ``place``."""
        if place == "variable" and self.cleaned_data.get("kind") == ItemKind.CHAT_FIELD:
            is_parameter = self.cleaned_data.get("chat_field") == PARAMETERS
            return "parameter" if is_parameter else "chat_field"
        return place

    @staticmethod
    def initial_of(item: QueryDraft) -> dict[str, Any]:
        """What the fields show of an item that is there."""
        is_field = item.kind == ItemKind.CHAT_FIELD
        is_parameter = is_field and item.variable.startswith(PARAMETERS)
        return {
            "label": item.label,
            "kind": item.kind,
            "chat_field": PARAMETERS if is_parameter else item.variable if is_field else "",
            "parameter": item.variable.removeprefix(PARAMETERS) if is_parameter else "",
            "variable": "" if is_field else item.variable,
            "control": item.control,
            "options": write_options(item.options),
            "default": item.default,
            "max_length": item.max_length,
            "channels": item.channels,
            "required": item.required,
        }


class ResultRow(forms.Form):
    """One value of the answer, and where it goes."""

    label = _text(gettext_lazy("screen name"), {**_TYPED, "data-names-item": ""})
    data_name = _text(gettext_lazy("data name in the answer"), _CODE)
    field = forms.ChoiceField(label=gettext_lazy("fills in, where empty"), required=False)

    def __init__(self, *args: Any, targets: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [("", _("nothing, only shown")), *targets.items()]  # type: ignore[attr-defined]

    def draft(self) -> ResultDraft:
        """The item as its rule takes it."""
        return ResultDraft(**self.cleaned_data)

    def field_of(self, place: str) -> str:
        """Which field shows what the rule refused at ``place``."""
        return place

    @staticmethod
    def initial_of(item: ResultDraft) -> dict[str, Any]:
        """What the fields show of an item that is there."""
        return {"label": item.label, "data_name": item.data_name, "field": item.field}


def read_options(text: str) -> list[dict[str, str]]:
    """Lines of ``shown | sent`` as options; what has no bar is sent as it is shown."""
    parted = [line.partition(BAR) for line in text.splitlines() if line.strip()]
    return [{"label": shown.strip(), "value": value.strip() if bar else shown.strip()} for shown, bar, value in parted]


def write_options(options: Sequence[dict[str, str]]) -> str:
    """Options as they are typed."""
    return "\n".join(map(_written, options))


def _written(option: dict[str, str]) -> str:
    shown, value = option["label"], option["value"]
    return shown if shown == value and BAR not in shown else f"{shown} {BAR} {value}"


def _choices(choices: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(value, str(capfirst(label))) for value, label in choices]
