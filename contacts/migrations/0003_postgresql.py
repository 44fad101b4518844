"""What only PostgreSQL has, and what the desk runs without: room in the pages, and an index for parts of texts."""

from typing import Any

from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# A visit updates the contact (last seen, sessions) and its own row (end of session) again and again. With room in the
# page the new version stays there and no index is touched (speed.md, "Boot and touch").
_FILLFACTOR = "ALTER TABLE contacts_contact SET (fillfactor = 85); ALTER TABLE contacts_visit SET (fillfactor = 90)"
# Quick search and "contains": part of a name, an e-mail, a phone number.
_INDEX = (
    "CREATE INDEX IF NOT EXISTS contact_profile_search ON contacts_contactprofile USING gin (search_text gin_trgm_ops)"
)


def leave_room(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_FILLFACTOR)


def index_search_text(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Without the right to create extensions quick search still works, by reading all rows."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            schema_editor.execute(_INDEX)
    except DatabaseError as error:
        print(f"\n    pg_trgm is not available ({error}); quick search will be slower. See docs/operations.md.")  # noqa: T201


def drop_index(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS contact_profile_search")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_initial")]

    operations = [
        migrations.RunPython(leave_room, migrations.RunPython.noop),
        migrations.RunPython(index_search_text, drop_index),
    ]
