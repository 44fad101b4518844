"""Browser, operating system and device of a web visitor, from the User-Agent header.

A short list in order of precedence instead of a library with thousands of patterns: the desk filters by family, and an
unknown browser is simply not named.
"""

import functools
from dataclasses import dataclass

# The first mark that occurs names it: browsers claim to be others, so the more particular ones come first.
_BROWSERS = (
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(", "Naver"),
    ("Line/", "LINE"),
    ("Instagram", "Instagram"),
    ("FBAN", "Facebook"),
    ("FBAV", "Facebook"),
    ("Whale/", "Whale"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Opera", "Opera"),
    ("YaBrowser", "Yandex"),
    ("UCBrowser", "UC Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("MSIE", "Internet Explorer"),
    ("Trident/", "Internet Explorer"),
)
_SYSTEMS = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("iPod", "iOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Browser:
    """Names, each empty when unknown; ``device`` is desktop, mobile or tablet."""

    browser: str
    os: str
    device: str


@functools.lru_cache(maxsize=1024)
def parse_user_agent(user_agent: str) -> Browser:
    """What ``user_agent`` tells; everything empty for an empty or unknown one."""
    text = user_agent[:_LONGEST]
    return Browser(_first(text, _BROWSERS), _first(text, _SYSTEMS), _device(text))


def _first(text: str, marks: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in marks if mark in text), "")


def _device(text: str) -> str:
    if "iPad" in text or "Tablet" in text or ("Android" in text and "Mobile" not in text):
        return "tablet"
    if "Mobi" in text or "iPhone" in text or "iPod" in text:
        return "mobile"
    return "desktop" if _first(text, _SYSTEMS) else ""
