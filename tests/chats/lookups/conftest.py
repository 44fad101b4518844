"""The company's system in the tests of lookups: a real server with TLS on this machine, under the name shop.test."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.desk.servers import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def certificate(authority: Authority, settings: Settings) -> Path:
    """The test's authority is believed, and shop.test may lie on this machine."""
    settings.OUTBOUND_CA_FILE = str(authority.file)
    settings.OUTBOUND_ALLOWED = ["shop.test"]
    return authority.certificate("shop.test")
