"""How a file is called inside the archive, whatever its sender has called it."""

import unicodedata

_LONGEST = 80
_LONGEST_ENDING = 10


def safe_name(name: str) -> str:
    """Letters, digits, ``-``, ``_`` and dots between them: nothing that leads to another directory, begins an option or
    turns the direction of writing, on any system. Hangul in pieces is put together. Never empty.
    """
    text = unicodedata.normalize("NFC", name)
    kept = "".join(char if _is_plain(char) else "_" for char in text)
    stem, dot, ending = kept.rpartition(".")
    if not dot or not ending.isalnum() or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = kept, "", ""
    stem = stem.replace(".", "_").strip("_-")[:_LONGEST] or "file"
    return f"{stem}{dot}{ending}"


def _is_plain(char: str) -> bool:
    return char in "-_." or unicodedata.category(char)[0] in "LNM"
