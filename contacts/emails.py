"""QUAL-4: e-mail addresses. Compared trimmed and in lower case, shown as they were typed."""

import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MAX_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Email:
    """``shown`` is what people read; ``norm`` is what matching compares, empty when not an address."""

    shown: str
    norm: str


def parse_email(typed: str) -> Email:
    """Parse ``typed``. Never fails: what is no address keeps its shown form and an empty ``norm``."""
    shown = typed.strip()
    norm = unicodedata.normalize("NFKC", shown).lower()
    try:
        validate_email(norm)
    except ValidationError:
        return Email(shown, "")
    return Email(shown, norm if len(norm) <= MAX_EMAIL else "")
