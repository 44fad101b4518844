"""Subject access: who may take a person's data away for the person, and that it is written down (SITE-4).

The file is made first and the audit entry last: nothing leaves the desk without an entry, and there is none for a file
that could not be made. Between the two the person may be deleted or become part of another; then nothing leaves.
"""

import datetime
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import translation

from contacts.details import ContactGone
from contacts.models import Contact
from contacts.subject_access.archive import write_archive
from contacts.subject_access.details import reread
from contacts.subject_access.parts import parts_in_order, subject_of
from desk.access import Access
from desk.actors import Actor
from desk.audit import record

PERMISSION = "contacts.export"
MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The archive, open at its beginning, and what it is to be called."""

    file: BinaryIO
    name: str


def may_hand_out(access: Access) -> bool:
    """Who may export, and sees personal data: the file is never masked."""
    return access.may(PERMISSION) and access.sees_personal_data


def language_for(contact: Contact, otherwise: str) -> str:
    """The person's language where the desk speaks it, else ``otherwise``."""
    wanted = re.split("[-_]", contact.language.lower())[0]
    return wanted if wanted in dict(settings.LANGUAGES) else otherwise


def count_parts(contact: Contact, *, now: datetime.datetime) -> list[tuple[str, int]]:
    """What will be inside, in words of the active language: [("Events", 5), …], without what there is none of."""
    subject = subject_of(reread(contact), now=now)
    parts = [part for _name, part in parts_in_order() if not part.single]
    found = [(str(part.label), part.count(subject)) for part in parts if part.count]
    return [(label, count) for label, count in found if count]


def hand_out(contact: Contact, *, language: str, reason: str, actor: Actor, now: datetime.datetime) -> HandedOut:
    """The person's data in ``language``; the caller has asked ``may_hand_out``. ``ContactGone``."""
    try:
        subject = subject_of(reread(contact), now=now)
    except Contact.DoesNotExist as error:
        raise ContactGone from error
    with translation.override(language):
        file = write_archive(subject)
    try:
        with transaction.atomic():
            if not Contact.objects.select_for_update(no_key=True).filter(pk=contact.pk).exists():
                raise ContactGone
            details: dict[str, Any] = {"language": language, "attachments": len(subject.files)}
            record(
                "contact.subjectAccess",
                actor=actor,
                site=subject.site,
                target=subject.contact,
                reason=reason.strip()[:MAX_REASON],
                details=details,
            )
    except BaseException:
        file.close()
        raise
    code = re.sub(r"[^A-Za-z0-9-]", "", subject.site.code)[:40]
    day = now.astimezone(subject.site.zone)
    return HandedOut(file, f"person-{code}-{subject.contact.customer_number}-{day:%Y%m%d}.zip")
