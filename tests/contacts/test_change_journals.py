"""JOB-4, RET-4: how long the journals of jobs are kept."""

import datetime

import pytest

from contacts import change_journals
from contacts.change_journals import KEPT, forget_old_changes
from contacts.models import ContactChange
from desk.ids import id_at
from desk.jobs.queueing import UNDO_TIME
from desk.models import Site
from tests.contacts.browser import NOON
from tests.factories import ContactFactory


def test_journals_are_kept_as_long_as_a_job_may_be_undone(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """JOB-4: and not longer, for they hold values of people (RET-4); batch by batch."""
    monkeypatch.setattr(change_journals, "_BATCH", 2)
    contact = ContactFactory(site=shop)
    hour = datetime.timedelta(hours=1)
    for job_id, age in enumerate([UNDO_TIME, KEPT - hour, KEPT + hour, KEPT + 2 * hour, KEPT * 2]):
        ContactChange.objects.create(id=id_at(NOON - age), site=shop, job_id=job_id, contact=contact, before={})
    assert forget_old_changes(now=NOON) == 3
    assert list(ContactChange.objects.order_by("job_id").values_list("job_id", flat=True)) == [0, 1]
    assert forget_old_changes(now=NOON) == 0
