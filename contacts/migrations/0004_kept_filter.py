"""Long filters, kept under a key that an address can hold (contacts.kept_filters)."""

import desk.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0003_postgresql"),
        ("desk", "0002_broker_message"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptFilter",
            fields=[
                (
                    "id",
                    models.BigIntegerField(default=desk.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.CharField(max_length=32)),
                ("document", models.JSONField(verbose_name="conditions")),
                ("used_at", models.DateTimeField()),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="desk.site"
                    ),
                ),
            ],
            options={
                "verbose_name": "kept filter",
                "verbose_name_plural": "kept filters",
                "indexes": [models.Index(fields=["used_at"], name="kept_filter_by_use")],
                "constraints": [models.UniqueConstraint(fields=("site", "key"), name="kept_filter_key")],
            },
        ),
    ]
