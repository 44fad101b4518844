"""The archive of a person as tests read it."""

import datetime
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from contacts.models import Contact
from contacts.subject_access.archive import write_archive
from contacts.subject_access.details import reread
from contacts.subject_access.parts import subject_of

NOW = datetime.datetime(2026, 11, 22, 3, 0, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Opened:
    """``data``: what person.json says; ``files``: {path: bytes} of everything but the two documents."""

    page: str
    text: str
    data: dict[str, Any]
    files: dict[str, bytes]


def opened(archive: bytes) -> Opened:
    with zipfile.ZipFile(io.BytesIO(archive)) as made:
        assert made.testzip() is None
        assert len(set(made.namelist())) == len(made.namelist())
        whole = {name: made.read(name) for name in made.namelist()}
    page, text = whole.pop("person.html").decode(), whole.pop("person.json").decode()
    return Opened(page, text, json.loads(text), whole)


def told(contact: Contact, *, language: str = "en", now: datetime.datetime = NOW) -> Opened:
    """What this person would be handed."""
    with translation.override(language), write_archive(subject_of(reread(contact), now=now)) as file:
        return opened(file.read())
