"""CHAT-9: the name of a file as it is kept and shown: readable, without anything that leads elsewhere or deceives."""

import re
import unicodedata

MAX_NAME = 200
# Of any system a file may be saved on.
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def clean_name(name: str) -> str:
    """Without directories, control characters and those that turn the direction of writing; 200 characters at most.

    Empty when nothing is left. Hangul in pieces, as macOS sends it, is put together.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode()))[-1]
    shown = "".join(" " if char.isspace() else char for char in last if char.isspace() or _is_shown(char))
    shown = _FORBIDDEN.sub("_", " ".join(shown.split())).strip(". ")
    if _RESERVED.match(shown):
        shown = f"_{shown}"
    stem, ending = split_name(shown)
    if not ending or len(ending) > 20:
        return shown[:MAX_NAME]
    return f"{stem[: MAX_NAME - len(ending) - 1].strip()}.{ending}"


def split_name(name: str) -> tuple[str, str]:
    """Stem and ending: ("photo", "png"); without a dot the ending is empty."""
    stem, dot, ending = name.rpartition(".")
    return (stem, ending) if dot and stem else (name, "")


def _is_shown(char: str) -> bool:
    return unicodedata.category(char)[0] != "C"
