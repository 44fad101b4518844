"""CHAT-9: how a file of a message is handed out, whoever asks: never run in the browser, never guessed at.

Who may have it is for the doors to ask; these find the file and say with which headers it goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO

from chats.file_kinds import SHOWN
from chats.models import Attachment
from chats.storing import open_file

# ``sandbox``: should a browser make a page of it after all, it is one without origin, scripts and forms.
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
        "Referrer-Policy": "no-referrer",
    }
)


@dataclass(frozen=True, slots=True)
class Served:
    """An open file, and whether it is downloaded instead of shown."""

    file: BinaryIO
    name: str
    type: str
    is_download: bool


def serve(attachment: Attachment) -> Served:
    """Only pictures without scripts are shown in place; ``FileNotFoundError`` when the file is gone."""
    return Served(open_file(attachment.key), attachment.name, attachment.type, is_download=attachment.type not in SHOWN)
