"""Room in the pages of known values: whoever tells what is known already moves only when it was last seen.

With room the new version of the row stays in its page and no index is touched; without, each of an import's known values
took three times as long. Pages that are there get their room as they are written anew.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def leave_room(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE contacts_knownvalue SET (fillfactor = 70)")


def fill_up(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE contacts_knownvalue RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0012_sites_unchecked")]

    operations = [migrations.RunPython(leave_room, fill_up)]
