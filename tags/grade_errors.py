"""Why something about grades was refused; carries what it names (GRADE-1)."""

from django.utils.translation import gettext_lazy

_MESSAGES = {
    "grade_blank": gettext_lazy("A grade needs a name."),
    "grade_too_long": gettext_lazy("“%(grade)s”: a grade's name has at most 30 characters."),
    "grade_character": gettext_lazy("“%(grade)s”: a grade's name may not contain control characters."),
    "grade_taken": gettext_lazy("There is already a grade “%(grade)s”."),
    "grade_unknown": gettext_lazy("There is no grade “%(grade)s”."),
    "color_invalid": gettext_lazy("“%(value)s” is no colour: a colour is written as # and six hexadecimal digits."),
    "rank_invalid": gettext_lazy("The rank is a whole number from 1 to 10,000."),
    "rank_taken": gettext_lazy("“%(grade)s” has this rank already. Each grade has a rank of its own."),
    "site_full": gettext_lazy("A site has at most 50 grades."),
    "criterion_name": gettext_lazy("A name cannot give a grade: many people share one."),
    "criterion_unknown": gettext_lazy(
        "“%(value)s” is no criterion. Use email, mobileNumber, memberId or customerNumber."
    ),
    "value_blank": gettext_lazy("A rule needs a value."),
    "value_too_long": gettext_lazy("The value is too long."),
    "email_invalid": gettext_lazy("“%(value)s” is not an e-mail address."),
    "mobileNumber_invalid": gettext_lazy("“%(value)s” is not a phone number."),
    "memberId_invalid": gettext_lazy("“%(value)s” is not a member ID: it has 1 to 255 characters and no spaces."),
    "customerNumber_invalid": gettext_lazy("“%(value)s” is not a customer number."),
    "value_junk": gettext_lazy("“%(value)s” is on the list of values that belong to nobody."),
    "note_too_long": gettext_lazy("The note has at most 200 characters."),
    "note_character": gettext_lazy("The note may not contain control characters."),
    "rule_taken": gettext_lazy("There is already a rule that gives “%(grade)s” to “%(value)s”."),
    "rules_full": gettext_lazy("A site has at most 500,000 grade rules."),
}


class GradeRefused(Exception):
    """``code`` is one of the reasons above; ``path`` names the field concerned, if one is."""

    def __init__(self, code: str, path: str = "", *, grade: str = "", value: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self.grade = grade
        self.value = value

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return _MESSAGES[self.code] % {"grade": self.grade, "value": self.value}

    def __str__(self) -> str:
        return self.message
