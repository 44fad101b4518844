"""CHAT-3: the short names that a site gives to categories, room tags, answers and tabs: on one line."""

from contacts.folding import fold

# How much longer than its name the folded twin of a name may be; the columns are made for that.
_FOLDED = 4


def one_line(name: str, limit: int) -> str | None:
    """The name as it is kept, without doubled white space; None when it has not 1 to ``limit`` characters."""
    name = " ".join(name.split())
    # Some characters fold to many, and a few to nothing.
    if not 0 < len(name) <= limit or not 0 < len(fold(name)) <= _FOLDED * limit or not is_storable(name):
        return None
    return name


def is_storable(text: str) -> bool:
    """PostgreSQL keeps no NUL, and half a character of two is none."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
