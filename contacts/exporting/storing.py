"""IMP-9: where the files of exports lie, and how they go.

Below DATA_DIR, which no web server serves, under names that nobody can guess; a week after they were asked for they are
deleted, finished or not, and before that when somebody in them is erased (``exporting.erasing``).
"""

import datetime
from pathlib import Path

from django.conf import settings

from contacts.left_files import remove_left
from contacts.models import ContactExport

KEPT = datetime.timedelta(days=7)


def directory() -> Path:
    """Made when it is first needed."""
    path = Path(settings.DATA_DIR) / "files" / "exports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def path_of(export: ContactExport) -> Path:
    """The file of an export; it need not be there."""
    return directory() / (export.stored_as or "forgotten")


def forget_old_exports(*, now: datetime.datetime) -> int:
    """Every hour: the files of exports that were asked for a week ago; answers how many. Who took what stays known."""
    old = list(ContactExport.objects.filter(created_at__lte=now - KEPT, forgotten_at=None))
    for export in old:
        path_of(export).unlink(missing_ok=True)
        ContactExport.objects.filter(pk=export.pk).update(forgotten_at=now, stored_as="", state={})
    return len(old)


def was_withdrawn(export: ContactExport) -> bool:
    """RET-4: whether the file went before its time, because somebody in it was erased."""
    return export.forgotten_at is not None and export.forgotten_at < export.created_at + KEPT


def remove_left_exports() -> int:
    """Every hour: files that no export names, left by a server that died; answers how many."""
    return remove_left(
        directory(), lambda: ContactExport.objects.exclude(stored_as="").values_list("stored_as", flat=True)
    )
