"""SITE-4: the audit log is added to and never changed; the database itself refuses the rest.

An UPDATE may only empty ``details`` and ``reason`` (RET-4: of people who were deleted) and let go of an operator who
is no more. A DELETE is refused by PostgreSQL unless, when the transaction ends, the site is gone as well. SQLite has no
triggers that wait for the end, and a deletion of a site deletes what belongs to it first: there the model alone refuses
(``desk.models.audit``). Whoever may drop triggers or empty tables as the owner of the database is beyond it.

On SQLite a later migration that alters a column of this table copies the table and loses the trigger: it ends with
``guard`` again.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_TABLE = "desk_auditentry"
_FIXED = ("id", "site_id", "at", "actor", "action", "target_type", "target_id", "address")
_OLD, _NEW = (", ".join(f"{side}.{name}" for name in _FIXED) for side in ("OLD", "NEW"))

_SQLITE = f"""
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON {_TABLE} FOR EACH ROW WHEN
    ({_NEW}) IS NOT ({_OLD})
    OR (NEW.details IS NOT OLD.details AND NEW.details IS NOT '{{}}')
    OR (NEW.reason IS NOT OLD.reason AND NEW.reason IS NOT '')
    OR (NEW.operator_id IS NOT OLD.operator_id AND NEW.operator_id IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'CHECK: an entry of the audit log does not change');
END
"""

# What may be is decided by the trigger's condition, without a call: a sweep empties a hundred thousand.
_POSTGRESQL = (
    """
CREATE OR REPLACE FUNCTION dangol_audit_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an entry of the audit log does not change' USING ERRCODE = 'check_violation';
END
$$
""",
    f"""
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON {_TABLE} FOR EACH ROW WHEN (
    ({_NEW}) IS DISTINCT FROM ({_OLD})
    OR (NEW.details IS DISTINCT FROM OLD.details AND NEW.details IS DISTINCT FROM '{{}}'::jsonb)
    OR (NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason IS DISTINCT FROM '')
    OR (NEW.operator_id IS DISTINCT FROM OLD.operator_id AND NEW.operator_id IS NOT NULL)
) EXECUTE FUNCTION dangol_audit_unchanged()
""",
    """
CREATE OR REPLACE FUNCTION dangol_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.site_id IS NULL OR EXISTS (SELECT FROM desk_site WHERE id = OLD.site_id) THEN
        RAISE EXCEPTION 'an entry of the audit log stays as long as its site' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$
""",
    f"""
CREATE CONSTRAINT TRIGGER audit_stays AFTER DELETE ON {_TABLE} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dangol_audit_stays()
""",
)


def guard(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _POSTGRESQL if schema_editor.connection.vendor == "postgresql" else (_SQLITE,):
        schema_editor.execute(statement)


def unguard(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in ("unchanged", "stays"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS audit_{name} ON {_TABLE}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS dangol_audit_{name}()")
    else:
        schema_editor.execute("DROP TRIGGER IF EXISTS audit_unchanged")


class Migration(migrations.Migration):
    dependencies = [("desk", "0007_second_factor")]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="operator",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="operator",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["operator", "site", "-at"], name="audit_by_operator"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["site", "action", "-at"], name="audit_by_action"),
        ),
        migrations.RunPython(guard, unguard),
    ]
