"""What a boot costs in SQL statements (speed.md, rule 7): each is named, so that a new one is seen."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.booting import Booted
from desk.models import Site
from tests.contacts.browser import DAY, MINUTE, Browser

pytestmark = pytest.mark.django_db

RESOLVE = "SELECT desk_site+contacts_identity+contacts_contact+contacts_contactprofile+contacts_visit"
PROLONG = "UPDATE contacts_visit"
OPEN = "INSERT contacts_visit"
TOUCH = "UPDATE contacts_contact"
PAGE_VIEW = "INSERT contacts_event"
NOTE_DAY = "UPDATE contacts_identity"


def statements_of(call: Callable[[], Any]) -> list[str]:
    """The statements ``call`` sends, as verb and tables; savepoints stand for the one transaction and are left out."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return [_named(query["sql"]) for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]


def _named(sql: str) -> str:
    words = sql.replace('"', "").split()
    verb = words[0]
    if verb == "SELECT":
        # Tags' own subquery belongs to the same statement; it is the fact registered there.
        main = sql[sql.rindex(" FROM desk_site") :] if " FROM desk_site" in sql else sql[sql.index(" FROM ") :]
        parts = main.replace('"', "").split()
        return "SELECT " + "+".join(parts[i + 1] for i, word in enumerate(parts) if word in {"FROM", "JOIN"})
    return f"{verb} {words[2] if verb in {'INSERT', 'DELETE'} else words[1]}"


@pytest.fixture
def known(shop: Site) -> Browser:
    browser = Browser(shop)
    browser.boot(profile={"size": 1, "name": "Kim"})
    return browser


def boot(browser: Browser, **told: Any) -> Callable[[], Booted]:
    return lambda: browser.boot(page="/", **told)


def test_the_next_page_of_a_visit(known: Browser) -> None:
    """Within five minutes the contact is left alone: three statements."""
    assert statements_of(boot(known)) == [RESOLVE, PROLONG, PAGE_VIEW]


def test_a_later_page_of_a_visit(known: Browser) -> None:
    """Last seen is due: four statements."""
    known.wait(6 * MINUTE)
    assert statements_of(boot(known)) == [RESOLVE, TOUCH, PROLONG, PAGE_VIEW]


def test_a_new_visit(known: Browser) -> None:
    """The session is counted on the contact: four statements."""
    known.wait(31 * MINUTE)
    assert statements_of(boot(known)) == [RESOLVE, TOUCH, OPEN, PAGE_VIEW]


def test_the_first_visit_of_a_day(known: Browser) -> None:
    """BOOT-9: once a day the identity remembers it booted: the only fifth."""
    known.wait(DAY)
    assert statements_of(boot(known)) == [RESOLVE, NOTE_DAY, TOUCH, OPEN, PAGE_VIEW]


def test_a_member_who_signs_in_again(known: Browser) -> None:
    """A known member's boot costs what any known visitor's does."""
    known.boot("alice")
    known.wait(31 * MINUTE)
    assert statements_of(boot(known, member_id="alice")) == [RESOLVE, TOUCH, OPEN, PAGE_VIEW]


def test_a_profile_that_tells_nothing_new_costs_nothing(known: Browser) -> None:
    """Sites send the same profile with every page."""
    told = {"profile": {"size": 1, "name": "Kim"}, "profile_once": {"size": 7}}
    assert statements_of(boot(known, **told)) == [RESOLVE, PROLONG, PAGE_VIEW]


def test_a_known_phone_a_time_and_an_email_cost_nothing(known: Browser) -> None:
    """Compared in the form they are stored in, not as they are typed."""
    told = {"profile": {"mobileNumber": "010-1234-5678", "email": "k@example.com", "at": "2026-01-01T09:00:00+09:00"}}
    known.boot(**told)
    assert statements_of(boot(known, **told)) == [RESOLVE, PROLONG, PAGE_VIEW]


def test_a_stranger(shop: Site) -> None:
    """A new visitor: who, number, contact, profile, visit, page view."""
    assert statements_of(boot(Browser(shop))) == [
        RESOLVE,
        "INSERT contacts_identity",
        "INSERT contacts_customernumbercounter",
        "INSERT contacts_contact",
        "INSERT contacts_contactprofile",
        OPEN,
        PAGE_VIEW,
    ]


def test_the_touch_changes_indexed_columns_once_a_day(known: Browser) -> None:
    """speed.md: else no update is done in place. Only ``last_seen_on`` is in an index, and it moves with the day."""
    known.wait(6 * MINUTE)
    with CaptureQueriesContext(connection) as captured:
        known.boot()
    touch = next(query["sql"] for query in captured.captured_queries if "UPDATE" in query["sql"])
    assert "last_seen_on" not in touch
    known.wait(datetime.timedelta(days=1))
    with CaptureQueriesContext(connection) as captured:
        known.boot()
    assert any("last_seen_on" in query["sql"] for query in captured.captured_queries if "UPDATE" in query["sql"])
