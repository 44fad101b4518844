"""TAG-1, LIST-6: what a tag may be called, described and coloured. Pure; asks no database.

Characters are those of Unicode in composed form (NFC): a decomposed Hangul syllable or ``e`` with its accent is one, as
is an emoji from beyond the first plane, whatever number of bytes or UTF-16 units it takes. An emoji that is put
together of several, such as a family or a flag, counts as those it is made of; so does the database's column.
"""

import re
import unicodedata

from contacts.folding import fold
from tags.errors import TagRefused

LEVELS = 3
LEVEL_LENGTH = 20
DESCRIPTION_LENGTH = 128
DEFAULT_COLOR = "#5b6b7f"
# Offered when a tag is made; chosen to be told apart in both themes.
COLORS = (
    "#5b6b7f", "#d64545", "#e07a1f", "#b8860b", "#3f8f3f", "#1f8a8a",
    "#2f6fd0", "#6a52c7", "#a63fa6", "#d0457f", "#7a5a3c", "#333f50",
)  # fmt: skip

_FORBIDDEN = frozenset(".$%\\")
# Control characters, those that cannot be stored, and line ends.
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Format characters steer the text around them, unseen: two tags would look the same. Three are part of what one sees:
# the joiners of emoji and of some scripts, and the letters that flags of regions are made of.
_SEEN_FORMATS = frozenset("\u200c\u200d") | {chr(code) for code in range(0xE0020, 0xE0080)}
# Letters by their category, but nothing to look at.
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800\u200c\u200d"
_COLOR = re.compile(r"#[0-9a-f]{6}")


def parse_name(typed: str) -> str:
    """Return the name trimmed level by level (``" a / b "`` is ``"a/b"``) or raise ``TagRefused``."""
    # Korean and Japanese keyboards write the slash in full width.
    name = unicodedata.normalize("NFC", typed).replace("\uff0f", "/")
    if any(character in _FORBIDDEN or _steers(character) for character in name):
        raise TagRefused("forbidden_character", tag=_shown(typed))
    if not name.strip():
        raise TagRefused("blank")
    levels = [level.strip() for level in name.split("/")]
    if len(levels) > LEVELS:
        raise TagRefused("too_many_levels", tag=_shown(typed))
    if not all(fold(level).strip(_FILLERS) for level in levels):
        raise TagRefused("empty_level", tag=_shown(typed))
    # Where names are compared a ligature may become eighteen letters; the column has room for four of each.
    if any(len(level) > LEVEL_LENGTH or len(fold(level)) > 4 * LEVEL_LENGTH for level in levels):
        raise TagRefused("level_too_long", tag=_shown(typed))
    return "/".join(levels)


def _steers(character: str) -> bool:
    """Whether it is a control character, or a format character that changes how its neighbours are read."""
    category = unicodedata.category(character)
    return category in _CONTROLS or (category == "Cf" and character not in _SEEN_FORMATS)


def level_of(typed: str) -> str:
    """One level of a name, trimmed; ``TagRefused`` when it is none or would be several."""
    name = parse_name(typed)
    if "/" in name:
        raise TagRefused("one_level", tag=name)
    return name


def fold_name(name: str) -> str:
    """What makes a name unique on its site: full and half width, upper and lower case are the same."""
    return "/".join(fold(level) for level in name.split("/"))


def parse_description(typed: str, *, tag: str) -> str:
    """Return the description trimmed or raise ``TagRefused``."""
    description = unicodedata.normalize("NFC", typed).strip()
    if len(description) > DESCRIPTION_LENGTH:
        raise TagRefused("description_too_long", tag=tag)
    if any(_steers(character) for character in description):
        raise TagRefused("description_character", tag=tag)
    return description


def parse_color(typed: str, *, tag: str) -> str:
    """Return ``#rrggbb`` in lower case or raise ``TagRefused``."""
    color = typed.strip().lower()
    if not _COLOR.fullmatch(color):
        raise TagRefused("color_invalid", tag=tag)
    return color


def _shown(typed: str) -> str:
    """The typed name, fit to stand in an error: printable and not endless."""
    text = "".join(character if character.isprintable() else "�" for character in typed)
    return text if len(text) <= 70 else text[:69] + "…"
