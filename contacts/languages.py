"""Languages of visitors: a BCP 47 tag as browsers tell it, such as ``ko`` or ``en-GB``; ten characters at most."""

import re

MAX_LANGUAGE = 10
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def is_language(text: str) -> bool:
    """Whether ``text`` has the form of a language tag."""
    return len(text) <= MAX_LANGUAGE and _TAG.fullmatch(text) is not None
