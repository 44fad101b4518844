"""FIL-1: what was once kept is read for ever: the same document comes back, to the letter.

``stored_filters.json`` holds canonical documents of version 1 as segments keep them. Lines are added when the language
grows; one that has to be changed or taken away means that the kept filters of every site need a migration, and the
language another version.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from contacts.filters.document import FILTER_VERSION, parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.fields import fields_of
from desk.models import Site
from tests.contacts.filters.people import Person

STORED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "stored_filters.json").read_text("utf-8"))


def test_every_kept_document_reads_as_itself(people: list[Person], shop: Site) -> None:
    """Members in the same order too; with its version beside it or without."""
    for document in STORED:
        for written in (document, {"version": 1, **document}, {**document, "version": 1}):
            assert json.dumps(parse_filter(written, site=shop).data) == json.dumps(document), document


def test_every_operator_of_every_field_was_kept_once(people: list[Person], shop: Site) -> None:
    """Whoever adds to the language adds a line."""
    kept = {(one["key"], one["op"]) for document in STORED for one in document.get("and", []) if "key" in one}
    there = {(field.key, operator.name) for field in fields_of(shop) for operator in field.offered()}
    assert not there - kept


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True, None, [1], {}])
def test_another_version_is_refused(version: Any) -> None:
    """Also one that only looks like ours."""
    site = Site(name="Nowhere", code="NOWHERE")
    for document in ({}, {"key": "name", "op": "exists"}, {"and": [{"key": "name", "op": "exists"}]}):
        with pytest.raises(FilterError) as refused:
            parse_filter({"version": version, **document}, site=site)
        assert [(one.path, one.code) for one in refused.value.problems] == [("version", "unknown_version")]


def test_the_version_stands_at_the_outermost_level_only() -> None:
    """It is not kept in the document."""
    site = Site(name="Nowhere", code="NOWHERE")
    assert (FILTER_VERSION, parse_filter({"version": 1}, site=site).data) == (1, {})
    for nested in ({"version": 1, "key": "name", "op": "exists"}, {"version": 1, "and": []}):
        with pytest.raises(FilterError):
            parse_filter({"and": [nested]}, site=site)
