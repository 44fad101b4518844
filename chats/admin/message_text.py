"""What somebody wrote, as HTML: text and nothing else, with its web addresses as links.

Only ``http`` and ``https`` become links, and no invisible or direction-changing character is part of one, so that an
address leads where it seems to lead.
"""

import re

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

_INVISIBLE = "\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
_ADDRESS = re.compile(rf"https?://[^\s<>\"'`{{}}|\\^{_INVISIBLE}\u3000-\u303f\uff00-\uffef]+", re.IGNORECASE)
_NOT_AT_THE_END = ".,:;!?…"
_BRACKETS = {")": "(", "]": "["}


def linkified(text: str) -> SafeString:
    """``text`` escaped, its addresses links that tell the other side nothing about the desk."""
    parts: list[str] = []
    at = 0
    for match in _ADDRESS.finditer(text):
        address = _trimmed(match.group())
        if "://" not in address[:-1] or address.endswith("://"):
            continue
        parts.append(conditional_escape(text[at : match.start()]))
        link = '<a href="{}" target="_blank" rel="noopener noreferrer nofollow ugc">{}</a>'
        parts.append(format_html(link, address, address))
        at = match.start() + len(address)
    parts.append(conditional_escape(text[at:]))
    return mark_safe("".join(parts))  # each part is escaped above


def _trimmed(address: str) -> str:
    """Without what belongs to the sentence around it: a full stop, the bracket that was opened before it."""
    while address:
        last = address[-1]
        unopened = last in _BRACKETS and address.count(last) > address.count(_BRACKETS[last])
        if last not in _NOT_AT_THE_END and not unopened:
            break
        address = address[:-1]
    return address
