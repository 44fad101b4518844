"""Programs that call the open API about chats, and pages that chat over the plugin API."""

from pathlib import Path
from typing import Any

import pytest

from tests.contacts.api.conftest import _fresh_limits, shop_page
from tests.contacts.api.open.conftest import program, stranger

__all__ = ["_fresh_limits", "program", "shop_page", "stranger"]


@pytest.fixture(autouse=True)
def files_on_disk(settings: Any, tmp_path: Path) -> Path:
    """Files of messages lie in a directory of the test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "attachments"
