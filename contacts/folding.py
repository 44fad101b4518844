"""FIL-7: how texts are compared. Folding happens here, in Python, so that both databases agree to the letter."""

import unicodedata


def fold(text: str) -> str:
    """Return ``text`` without differences of case, width and Unicode form (NFKC, lower case), trimmed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower()).strip()
