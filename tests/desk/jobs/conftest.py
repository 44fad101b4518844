"""The toy kind of job, known while a test runs."""

import pytest

from desk.jobs.kinds import job_kinds
from tests.desk.jobs.toy import Toy


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    toy = Toy()
    for kind in (toy.kind, toy.undo):
        monkeypatch.setitem(job_kinds._items, kind.name, kind)
    return toy
