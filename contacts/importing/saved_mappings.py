"""IMP-2: mappings kept under a name, for the next file of the same kind.

A mapping is applied by the names of the columns, so the next file may have them in another order, and more or fewer.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.folding import fold
from contacts.importing.names import folded
from contacts.models import SavedMapping
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

MAX_NAME = 60
MAX_MAPPINGS = 200

REFUSALS: Mapping[str, str | Promise] = {
    "name_invalid": _("A saved mapping needs a name of 1 to 60 characters."),
    "too_many": _("There are as many saved mappings as there may be. Delete one first."),
    "gone": _("This mapping is no longer there."),
}


class MappingNotSaved(Exception):
    """``code`` is a key of ``REFUSALS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def message(self) -> str:
        """The reason, in the active language."""
        return str(REFUSALS[self.code])


@transaction.atomic
def save_mapping(site: Site, name: str, columns: Sequence[Mapping[str, Any]], *, actor: Actor) -> SavedMapping:
    """Keep ``columns`` under ``name``; what was kept under that name before is replaced."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise MappingNotSaved("name_invalid")
    # One maker at a time, so that the limit holds.
    Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
    others = SavedMapping.objects.filter(site=site).exclude(name_folded=fold(name))
    if others.count() >= MAX_MAPPINGS:
        raise MappingNotSaved("too_many")
    kept = {"columns": [dict(column) for column in columns]}
    saved, created = SavedMapping.objects.update_or_create(
        site=site, name_folded=fold(name), defaults={"name": name, "mapping": kept}
    )
    verb = "create" if created else "change"
    record(f"savedmapping.{verb}", actor=actor, site=site, target=saved, details={"name": name})
    return saved


@transaction.atomic
def delete_mapping(saved: SavedMapping, *, actor: Actor) -> None:
    """It is offered no longer; imports that used it are as they were."""
    record("savedmapping.delete", actor=actor, site=saved.site, target=saved, details={"name": saved.name})
    saved.delete()


def applied(saved: SavedMapping, columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """``columns`` of a file mapped as ``saved`` says for columns of their names; the others as they were."""
    by_name = {folded(column["header"]): column for column in saved.mapping.get("columns", [])}
    return [
        {**by_name.get(folded(column["header"]), column), "column": column["column"], "header": column["header"]}
        for column in columns
    ]
