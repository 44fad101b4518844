"""What holds for every test run: nothing is left out unseen, and parallel workers do not meet in Redis.

With ``CI=true`` a skipped test fails the run. Each pytest-xdist worker gets a Redis database of its own (as it gets a
test database from pytest-django), because emptying the cache empties all of it.
"""

import os
from urllib.parse import urlsplit

import pytest
from _pytest.terminal import TerminalReporter
from django.conf import settings


def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    # Pages are tried without collecting static files first; the names with digests are the web server's business.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    if worker and settings.REDIS_URL:
        url = urlsplit(settings.REDIS_URL)
        number = int(url.path.strip("/") or 0) + 1 + int(worker.removeprefix("gw"))
        own = url._replace(path=f"/{number}").geturl()
        settings.CACHES["default"]["LOCATION"] = settings.CELERY_BROKER_URL = settings.REDIS_URL = own


def _skipped(session: pytest.Session) -> int:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if isinstance(reporter, TerminalReporter) else 0


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI", "").lower() in {"1", "true"} and _skipped(session) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
