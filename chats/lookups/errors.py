"""Why something about lookups was refused, in words; ``path`` names the field it stands at."""

from django.utils.translation import gettext_lazy

_MESSAGES = {
    "name": gettext_lazy("A lookup’s name has 1 to 40 characters."),
    "name_taken": gettext_lazy("There is already a lookup “%(name)s”."),
    "apis_full": gettext_lazy("A site has at most %(most)d lookups."),
    "gone": gettext_lazy("This lookup has been deleted."),
    "off": gettext_lazy("This lookup is switched off."),
    "query_full": gettext_lazy("A lookup sends at most %(most)d values."),
    "results_none": gettext_lazy("Say which values of the answer are shown."),
    "results_full": gettext_lazy("A lookup shows at most %(most)d values."),
    "label": gettext_lazy("A screen name has 1 to 40 characters."),
    "kind": gettext_lazy("There is no such kind of value."),
    "variable": gettext_lazy("A variable name has 1 to 40 letters, digits, “_”, “-” or “.” and begins with a letter."),
    "variable_twice": gettext_lazy("The variable “%(name)s” is sent twice."),
    "field_of_chat": gettext_lazy("A chat has no field “%(name)s”."),
    "max_length": gettext_lazy("A value has 1 to 1,000 characters."),
    "default_too_long": gettext_lazy("The default is longer than the value may be."),
    "default_unknown": gettext_lazy("The default is none of the options."),
    "options_none": gettext_lazy("A drop-down needs options."),
    "options_full": gettext_lazy("A drop-down has at most %(most)d options."),
    "option": gettext_lazy("An option has 1 to 100 characters."),
    "option_too_long": gettext_lazy("The option “%(name)s” is longer than the value may be."),
    "option_twice": gettext_lazy("The option “%(name)s” is there twice."),
    "channel": gettext_lazy("There is no such channel."),
    "data_name": gettext_lazy("The name of a value in the answer has 1 to 40 characters."),
    "data_name_twice": gettext_lazy("The value “%(name)s” is shown twice."),
    "field": gettext_lazy("“%(name)s” is no text field of the customer."),
    "field_twice": gettext_lazy("Only one value can be written into the same field."),
    "value_missing": gettext_lazy("“%(label)s” is needed."),
    "value_too_long": gettext_lazy("“%(label)s” has at most %(most)d characters."),
    "value_unknown": gettext_lazy("“%(label)s” is none of the options."),
    "value_invalid": gettext_lazy("“%(label)s” holds characters that cannot be sent."),
}


class LookupRefused(Exception):
    """``code`` is one of the reasons above, or one of an address (``desk.outbound_errors``)."""

    def __init__(self, code: str, *, path: str = "", message: str = "", **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self._message = message
        self._values = values

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return self._message or str(_MESSAGES[self.code]) % self._values

    def __str__(self) -> str:
        return self.message
