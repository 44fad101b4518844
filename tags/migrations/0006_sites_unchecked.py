"""Sites of rows that hang on a contact are no longer looked up by PostgreSQL (docs/decisions/0033)."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


class OnPostgresqlOnly(migrations.AlterField):
    """PostgreSQL drops a constraint in no time; SQLite would copy the whole table, and its checks cost next to nothing."""

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, *states)


def _unchecked(model_name: str) -> OnPostgresqlOnly:
    field = models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="desk.site",
    )
    return OnPostgresqlOnly(model_name, "site", field)


class Migration(migrations.Migration):
    dependencies = [("tags", "0005_grades"), ("desk", "0001_initial")]

    operations = [_unchecked("contacttag"), _unchecked("detachedtag")]
