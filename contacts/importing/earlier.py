"""IMP-8: what earlier imports of the very same file have to say to this one: whom they have marked already."""

from typing import Any

from django.db.models import Q

from contacts.models import ContactImport
from desk.models import Job


def earlier_tags(contact_import: ContactImport) -> frozenset[str]:
    """IMP-8: the tags this very file was imported under before."""
    same = ContactImport.objects.filter(site=contact_import.site_id, sha256=contact_import.sha256)
    begun = same.filter(Q(run_job__isnull=False) | ~Q(ran={})).exclude(pk=contact_import.pk)
    return frozenset(begun.values_list("import_tag", flat=True))


def is_imported_again(contact_import: ContactImport) -> bool:
    """IMP-8: whether this very file was imported before with the same columns, to its end, and that still stands.

    Then a row may be about somebody else than it was, such as another lead with one number, and still changes nothing.
    """
    same = ContactImport.objects.filter(site=contact_import.site_id, sha256=contact_import.sha256)
    earlier = same.exclude(pk=contact_import.pk).exclude(ran={}).exclude(run_job__undos__state=Job.State.DONE)
    return any(
        _way_of(mapping) == _way_of(contact_import.mapping) for mapping in earlier.values_list("mapping", flat=True)
    )


def _way_of(mapping: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(column["column"], column["field"], column.get("mode")) for column in mapping["columns"]]
