"""GRADE-1, GRADE-2: what a grade may be called, and how a rule's value is compared. Pure; asks no database.

Values are compared as matching compares them: phones in E.164 by the site's country, e-mails trimmed and in lower case,
memberIds without differences of case, width and form, customer numbers as numbers.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contacts.emails import parse_email
from contacts.folding import fold
from contacts.junk import is_junk
from contacts.member_ids import is_member_id
from contacts.models import KnownField
from contacts.phones import digits_of, parse_phone
from desk.models import Site
from tags.grade_errors import GradeRefused
from tags.models import Criterion

NAME_LENGTH = 30
VALUE_LENGTH = 255
NOTE_LENGTH = 200
MAX_RANK = 10_000
DEFAULT_COLOR = "#b8860b"

_COLOR = re.compile(r"#[0-9a-f]{6}")
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_NUMBER = re.compile(r"#?([0-9]{1,18})")
# What else people call a criterion.
_OTHER_NAMES = {"phone": Criterion.MOBILE_NUMBER}


@dataclass(frozen=True, slots=True)
class RuleValue:
    """A rule's value as it was typed, trimmed, and as it is compared."""

    criterion: Criterion
    value: str
    norm: str


def parse_grade_name(typed: str) -> str:
    """The name trimmed and in composed form, or ``GradeRefused``."""
    name = unicodedata.normalize("NFC", typed).strip()
    if not fold(name):
        raise GradeRefused("grade_blank", "name")
    if _has_controls(name):
        raise GradeRefused("grade_character", "name", grade=_shown(name))
    # Where names are compared a ligature may become many letters; the column has room for four of each.
    if len(name) > NAME_LENGTH or len(fold(name)) > 4 * NAME_LENGTH:
        raise GradeRefused("grade_too_long", "name", grade=_shown(name))
    return name


def parse_grade_color(typed: str) -> str:
    """``#rrggbb`` in lower case, or ``GradeRefused``."""
    color = typed.strip().lower()
    if not _COLOR.fullmatch(color):
        raise GradeRefused("color_invalid", "color", value=_shown(typed))
    return color


def parse_rank(rank: int) -> int:
    """The rank, or ``GradeRefused``."""
    if not 1 <= rank <= MAX_RANK:
        raise GradeRefused("rank_invalid", "rank")
    return rank


def parse_note(typed: str) -> str:
    """The note trimmed, or ``GradeRefused``."""
    note = typed.strip()
    if len(note) > NOTE_LENGTH:
        raise GradeRefused("note_too_long", "note")
    if _has_controls(note):
        raise GradeRefused("note_character", "note")
    return note


def parse_criterion(typed: str) -> Criterion:
    """The criterion of this name; a name is none (GRADE-1)."""
    name = typed.strip()
    if name == "name":
        raise GradeRefused("criterion_name", "criterion")
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    if name not in Criterion.values:
        raise GradeRefused("criterion_unknown", "criterion", value=_shown(name))
    return Criterion(name)


def parse_value(criterion: Criterion, typed: str, site: Site) -> RuleValue:
    """The value with its normal form, or ``GradeRefused`` for what can belong to nobody."""
    value = typed.strip()
    if not value:
        raise GradeRefused("value_blank", "value")
    if len(value) > VALUE_LENGTH:
        raise GradeRefused("value_too_long", "value")
    norm = _NORMS[criterion](value, site)
    if not norm:
        raise GradeRefused(f"{criterion}_invalid", "value", value=_shown(value))
    # UNI-14: such a value belongs to nobody, and a rule on it would grade everybody who typed it.
    if criterion in _FIELDS and is_junk(site, _FIELDS[criterion], norm):
        raise GradeRefused("value_junk", "value", value=_shown(value))
    return RuleValue(criterion, value, norm)


def _customer_number(value: str, site: Site) -> str:
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", value))
    return str(int(digits_of(match[1]))) if match else ""


_NORMS: Mapping[Criterion, Callable[[str, Site], str]] = {
    Criterion.EMAIL: lambda value, site: parse_email(value).norm,
    Criterion.MOBILE_NUMBER: lambda value, site: parse_phone(value, site.phone_country).norm,
    Criterion.MEMBER_ID: lambda value, site: fold(value) if is_member_id(value) else "",
    Criterion.CUSTOMER_NUMBER: _customer_number,
}
_FIELDS = {
    Criterion.EMAIL: KnownField.EMAIL,
    Criterion.MOBILE_NUMBER: KnownField.MOBILE_NUMBER,
    Criterion.MEMBER_ID: KnownField.MEMBER_ID,
}


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(character) in _CONTROLS for character in text)


def _shown(typed: str) -> str:
    """What was typed, fit to stand in an error: printable and not endless."""
    text = "".join(character if character.isprintable() else "�" for character in typed)
    return text if len(text) <= 70 else text[:69] + "…"
