"""What an import does in a quicker way than the rules beside it: both answer the same, whatever is told."""

import gc
import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.importing.applying import Manner, RowRefused, apply_row, fill_new
from contacts.importing.collecting import without_collecting
from contacts.importing.people import FIELDS, Person
from contacts.importing.tables import as_json, insert_many, update_many, upserting
from contacts.models import SavedMapping
from desk.models import Site

# What PostgreSQL cannot keep is refused while a file is read.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
points = st.tuples(texts, texts | st.just("")).map(list)
plain = {key: texts for key in FIELDS if key not in ("email", "mobileNumber", "unsubscribeEmail", "unsubscribeTexting")}
rows = st.fixed_dictionaries(
    {},
    optional={
        **plain,
        "email": points,
        "mobileNumber": points,
        "unsubscribeEmail": st.booleans(),
        "unsubscribeTexting": st.booleans(),
        "tags": st.lists(texts, max_size=23),
        "profile.a": texts,
        "profile.b": st.booleans() | st.integers(-3, 3),
        "profile.c": st.lists(texts, max_size=3),
    },
)


def outcome(way: Any, values: dict[str, Any], manner: Manner) -> Any:
    person = Person(1, is_new=True)
    try:
        told = way(person, values, manner)
    except RowRefused as refused:
        return refused.key, refused.code
    return told, person.now, set(person.was_values), person.changed_fields().keys(), person.seen, person.tags


@given(values=rows, replaces=st.booleans())
def test_somebody_new_is_filled_as_rows_are_applied(values: dict[str, Any], *, replaces: bool) -> None:
    manner = Manner(frozenset({"name", "email", "profile.a"}), replaces)
    careful = outcome(lambda *told: apply_row(*told, joins=False), values, manner)
    assert outcome(fill_new, values, manner) == careful


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(texts, min_size=1, max_size=4))
def test_whatever_a_text_holds_arrives_as_it_is(shop: Site, told: list[str]) -> None:
    """COPY, an update and an upsert: tabs, line ends, backslashes, nulls written out."""
    SavedMapping.objects.all().delete()
    same = {"site_id": shop.pk, "name": "\\N \\. \t", "created_at": "2026-01-01", "updated_at": "2026-01-01"}
    rows = [(number, f"{number}{text}", as_json({"text": text})) for number, text in enumerate(told, 1)]
    insert_many("contacts_savedmapping", ("id", "name_folded", "mapping"), rows, shared=same)
    assert kept() == [("\\N \\. \t", folded, json.loads(text)) for _pk, folded, text in rows]
    update_many("contacts_savedmapping", "id", {"name": "text"}, [(pk, f"{folded}\n") for pk, folded, _text in rows])
    assert [name for name, *_rest in kept()] == [f"{folded}\n" for _pk, folded, _text in rows]
    columns = {"id": "bigint", "name_folded": "text", "mapping": "jsonb"}
    with upserting("contacts_savedmapping", columns, rows, unique=("id",), update=("name",), shared=same):
        """Nothing to be done meanwhile."""
    assert [name for name, *_rest in kept()] == [same["name"]] * len(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM contacts_savedmapping")
        assert cursor.fetchone() == (len(rows),)


def kept() -> list[tuple[str, str, Any]]:
    return list(SavedMapping.objects.order_by("pk").values_list("name", "name_folded", "mapping"))


def test_garbage_is_collected_again_after_a_batch() -> None:
    """Also when the batch fails."""

    @without_collecting()
    def batch() -> None:
        assert not gc.isenabled()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        batch()
    assert gc.isenabled()
