"""The people of every test: Alice is admin of the shop, Bob an agent there, Charlie works for another site.

With ``CI=true`` a test that drives a browser or starts processes of the product is tried again when it fails, twice at
most and after a pause, and the summary names it in a line of its own (RERUN): a machine that starved it for a moment
does not hold everybody up, and no race goes unseen.
"""

import os
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import settings

from desk.models import Operator, Role, Site
from tests.factories import MembershipFactory, OperatorFactory, SiteFactory

# The same examples in every run: what a test says today it says tomorrow. Whoever changes a rule tries more of them
# with a larger ``max_examples``.
settings.register_profile("dangol", derandomize=True, database=None, deadline=None)
settings.load_profile("dangol")

STARVED = ("browser", "processes")
RUN_PROCESSES = {"module_plant", "workshop"}  # fixtures


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if RUN_PROCESSES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.processes)
        if os.environ.get("CI", "").lower() in {"1", "true"} and any(map(item.get_closest_marker, STARVED)):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=5))


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Rules answer in the language of their thread, and tests read English; a request chooses its own language."""
    with translation.override("en"):
        yield


@pytest.fixture
def shop(db: None) -> Site:
    """The site most tests play on: Korean, Asia/Seoul."""
    return SiteFactory(name="Shop", code="SHOP")


@pytest.fixture
def elsewhere(db: None) -> Site:
    """Another company's site, which must never show up."""
    return SiteFactory(name="Elsewhere", code="ELSE")


@pytest.fixture
def alice(shop: Site) -> Operator:
    """Admin of the shop."""
    operator = OperatorFactory(name="Alice", email="alice@example.com")
    MembershipFactory(site=shop, operator=operator, role=Role.ADMIN)
    return operator


@pytest.fixture
def bob(shop: Site) -> Operator:
    """Agent of the shop."""
    operator = OperatorFactory(name="Bob", email="bob@example.com")
    MembershipFactory(site=shop, operator=operator, role=Role.AGENT)
    return operator


@pytest.fixture
def victor(shop: Site) -> Operator:
    """Viewer of the shop who may not see personal data."""
    operator = OperatorFactory(name="Victor", email="victor@example.com")
    MembershipFactory(site=shop, operator=operator, role=Role.VIEWER, sees_personal_data=False)
    return operator


@pytest.fixture
def charlie(elsewhere: Site) -> Operator:
    """Admin of another site."""
    operator = OperatorFactory(name="Charlie", email="charlie@example.com")
    MembershipFactory(site=elsewhere, operator=operator, role=Role.ADMIN)
    return operator


def client_of(operator: Operator) -> Client:
    """A browser in which ``operator`` is signed in."""
    client = Client()
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client
