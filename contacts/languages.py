"""Languages of visitors: a BCP 47 tag as browsers tell it, such as ``ko`` or ``en-GB``; ten characters at most."""

import re

MAX_LANGUAGE = 10
# Those that visitors most often have, by their own names.
OWN_NAMES = {
    **{"ko": "한국어", "ja": "日本語", "en": "English", "zh": "中文", "vi": "Tiếng Việt", "th": "ไทย"},
    **{"id": "Bahasa Indonesia", "ru": "Русский", "es": "Español", "fr": "Français", "de": "Deutsch"},
}
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def is_language(text: str) -> bool:
    """Whether ``text`` has the form of a language tag."""
    return len(text) <= MAX_LANGUAGE and _TAG.fullmatch(text) is not None


def name_of_language(tag: str) -> str:
    """The language by its own name, and as its tag where none is known."""
    return OWN_NAMES.get(tag, tag)
