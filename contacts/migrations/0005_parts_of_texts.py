"""FIL-7, LIST-1: an index for one and two characters of Korean, Japanese and other scripts beyond ASCII.

Trigrams do not serve fewer than three characters, and many names have no more than three. ``dangol_grams`` answers each
character beyond ASCII and each pair of neighbours; ``contacts.filters.parts`` asks by it.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# PL/pgSQL: four times as fast as the same in one statement of SQL. A text in ASCII, such as an anonymous visitor's empty
# one, costs a comparison of lengths.
_FUNCTION = r"""
CREATE OR REPLACE FUNCTION dangol_grams(given text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    grams text[] := '{}';
    this text;
    last text := ' ';
BEGIN
    IF octet_length(given) = length(given) THEN
        RETURN grams;
    END IF;
    FOREACH this IN ARRAY string_to_array(regexp_replace(given, '[\u0001-\u007f]+', ' ', 'g'), NULL) LOOP
        IF this <> ' ' THEN
            grams := grams || this;
            IF last <> ' ' THEN
                grams := grams || (last || this);
            END IF;
        END IF;
        last := this;
    END LOOP;
    RETURN grams;
END
$$
"""
# Not only where there is a text: of a partial index PostgreSQL uses no statistics, and how frequent a pair of characters
# is decides whether to look it up or to walk along the list.
_INDEX = (
    "CREATE INDEX IF NOT EXISTS contact_profile_grams ON contacts_contactprofile"
    " USING gin (dangol_grams(search_text))"
)


def index_grams(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_FUNCTION)
        schema_editor.execute(_INDEX)
        # The planner knows nothing of an expression before it was looked at.
        schema_editor.execute("ANALYZE contacts_contactprofile")


def drop_grams(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS contact_profile_grams")
        schema_editor.execute("DROP FUNCTION IF EXISTS dangol_grams(text)")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_kept_filter")]

    operations = [migrations.RunPython(index_grams, drop_grams)]
