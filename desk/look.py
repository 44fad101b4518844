"""What the look is made of: names of the icons and colours, read from the files that define them."""

import functools
import re
from pathlib import Path

_STATIC = Path(__file__).resolve().parent / "static" / "desk"


@functools.cache
def icon_names() -> frozenset[str]:
    """The names of the drawings in icons.svg."""
    return frozenset(re.findall(r'<symbol id="([a-z0-9-]+)"', (_STATIC / "icons.svg").read_text(encoding="utf-8")))


@functools.cache
def token_colors() -> tuple[str, ...]:
    """The names of the colour tokens in tokens.css, in their order."""
    tokens = (_STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
    return tuple(re.findall(r"^  --([a-z0-9-]+): (?:light-dark\(|#)", tokens, flags=re.MULTILINE))
