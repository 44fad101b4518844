"""API-2, RET-5: ``GET contacts/{id}/retention``."""

import datetime

from django.utils import timezone

from contacts.holds import place_hold
from contacts.merging import merge
from contacts.models import Kind
from desk.actors import SYSTEM
from desk.models import Site
from tests.contacts.api.open.conftest import Program
from tests.factories import ContactFactory

AT = datetime.datetime(2026, 11, 21, 3, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def test_a_program_is_told_when_and_why(shop: Site, program: Program) -> None:
    """RET-5: with every name of the contract."""
    kim = ContactFactory(site=shop, created_at=AT)
    assert program.get(f"contacts/{kim.pk}/retention") == (
        200,
        {
            "expiresOn": "2029-11-21",
            "sentence": "Kept until 11/21/2029: last contact was a visit on 11/21/2026 (3 years).",
            "rule": "threeYears",
            "period": "P3Y",
            "lastTouchAt": "2026-11-21T03:00:00Z",
            "lastTouch": "visit",
            "holds": [],
        },
    )


def test_holds_in_force_are_told_and_decide(shop: Site, program: Program) -> None:
    """RET-5: also ``expiresOn`` of the contact itself; under an absorbed id the survivor's."""
    shop.retention_policy, shop.retention_days_lead = "custom", 1
    shop.save()
    kim, lee = ContactFactory(site=shop), ContactFactory(site=shop)
    now = timezone.now()
    until = now.astimezone(shop.zone).date() + 9 * DAY
    hold = place_hold(kim, reason="dispute", until=until, actor=SYSTEM, now=now)
    merge(kim, lee, actor=SYSTEM, trigger="operator", now=now)
    status, answer = program.get(f"contacts/{lee.pk}/retention")
    assert (status, answer["expiresOn"], answer["period"]) == (200, (until + DAY).isoformat(), "P1D")
    [told] = answer["holds"]
    assert told.pop("createdAt")
    assert told == {"id": str(hold.pk), "reason": "dispute", "until": until.isoformat(), "by": "system"}
    assert program.get(f"contacts/{kim.pk}")[1]["expiresOn"] == (until + DAY).isoformat()


def test_who_is_kept_for_ever_has_no_day(shop: Site, program: Program) -> None:
    """RET-3"""
    shop.retention_policy = "custom"
    shop.save()
    kim = ContactFactory(site=shop)
    answer = program.get(f"contacts/{kim.pk}/retention")[1]
    assert (answer["expiresOn"], answer["rule"], answer["period"]) == (None, "ownDays", None)


def test_whom_the_program_cannot_see_is_not_there(shop: Site, program: Program, stranger: Program) -> None:
    """SITE-2, KIND-5"""
    kim, nobody = ContactFactory(site=shop), ContactFactory(site=shop, kind=Kind.ANONYMOUS)
    assert stranger.get(f"contacts/{kim.pk}/retention")[0] == 404
    assert program.get(f"contacts/{nobody.pk}/retention")[0] == 404
    assert program.get("contacts/x/retention")[0] == 404
    assert program.get(f"contacts/{kim.pk}/retention", limit="1")[0] == 400
