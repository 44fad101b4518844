"""One statement is under way while the next is worked out: what was begun is done, and what fails is told."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contacts.importing.loading import look_up_by_index
from contacts.importing.overlap import Overlap
from contacts.importing.tables import as_json, inserting, updating
from contacts.models import SavedMapping
from desk.models import Site

pytestmark = pytest.mark.django_db
TABLE = "contacts_savedmapping"


def rows(*ids: int) -> list[tuple[int, str, str]]:
    return [(number, f"mapping {number}", as_json({})) for number in ids]


def adding(site: Site, *ids: int) -> Any:
    same = {"site_id": site.pk, "name": "mapping", "created_at": "2026-01-01", "updated_at": "2026-01-01"}
    return inserting(TABLE, ("id", "name_folded", "mapping"), rows(*ids), shared=same)


def naming(name: str, *ids: int) -> Any:
    return updating(TABLE, "id", {"name": "text"}, [(number, name) for number in ids])


def names() -> dict[int, str]:
    return dict(SavedMapping.objects.order_by("pk").values_list("pk", "name"))


def test_statements_are_done_in_their_order(shop: Site) -> None:
    with Overlap() as overlap:
        overlap.begin(adding(shop, 1, 2))
        overlap.begin(naming("one", 1))
        overlap.begin(naming("two", 1, 2))
        overlap.begin(naming("nobody"))
    assert names() == {1: "two", 2: "two"}


def test_whoever_waits_may_ask(shop: Site) -> None:
    with Overlap() as overlap:
        overlap.begin(adding(shop, 1))
        overlap.wait()
        assert names() == {1: "mapping"}
        overlap.begin(naming("one", 1))
        overlap.wait()
        assert names() == {1: "one"}


@pytest.mark.parametrize("later", [False, True], ids=["last", "with another behind it"])
def test_what_a_statement_raises_is_raised_and_nothing_is_kept(shop: Site, *, later: bool) -> None:
    def batch() -> None:
        with transaction.atomic(), Overlap() as overlap:
            overlap.begin(adding(shop, 2))
            overlap.begin(adding(shop, 1, 1))
            if later:
                overlap.begin(naming("one", 1))

    with pytest.raises(IntegrityError):
        batch()
    assert names() == {}


@pytest.mark.parametrize("begin", [lambda site: adding(site, 2), lambda site: naming("one", 1)], ids=["copy", "update"])
def test_what_goes_wrong_meanwhile_is_told_and_nothing_is_kept(shop: Site, begin: Any) -> None:
    with Overlap() as overlap:
        overlap.begin(adding(shop, 1))

    def batch() -> None:
        with transaction.atomic(), Overlap() as overlap:
            overlap.begin(begin(shop))
            raise ValueError("meanwhile")

    with pytest.raises(ValueError, match="meanwhile"):
        batch()
    assert names() == {1: "mapping"}


if connection.vendor == "postgresql":

    def asked(sql: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return str(cursor.fetchone()[0])

    @pytest.mark.django_db(transaction=True)
    def test_a_batch_looks_up_by_index_and_nobody_else_does() -> None:
        usual = asked("SHOW random_page_cost")
        with transaction.atomic():
            look_up_by_index()
            assert asked("SHOW random_page_cost") == "1"
        assert asked("SHOW random_page_cost") == usual != "1"

    def test_known_values_have_room_to_be_seen_again() -> None:
        """speed.md: with room in the page an update touches no index."""
        assert asked("SELECT reloptions FROM pg_class WHERE relname = 'contacts_knownvalue'") == "['fillfactor=70']"
