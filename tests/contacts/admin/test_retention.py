"""RET-5, RET-6: the page of retention: who may look, what is masked, what is counted and never listed."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.admin.retention_chart import chart_of
from contacts.forecasting import Forecast, ForecastDay
from contacts.holds import place_hold
from contacts.models import Contact, DeletionCount, DeletionReason, Kind, RetentionRun
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory

DAY = datetime.timedelta(days=1)


def _page(operator: Operator, query: str = "") -> str:
    response = client_of(operator).get(reverse("admin:retention") + query)
    assert response.status_code == 200
    return str(response.content.decode())


def _table(page: str, name: str) -> str:
    return page.split(f"list-plain {name}")[1].split("</table>", maxsplit=1)[0]


def test_an_empty_site_says_so_everywhere(shop: Site, alice: Operator) -> None:
    page = _page(alice)
    assert "Nobody goes within 90 days." in page
    assert "No lead and no member ever goes" in page
    assert "Nobody is held." in page
    assert "No sweep has run yet." in page


def test_who_looks_may_not_set_and_sees_masked_names(
    shop: Site, elsewhere: Site, victor: Operator, alice: Operator
) -> None:
    """SITE-3, SITE-4: whoever has no name is called by a masked e-mail; nothing of another site."""
    at = timezone.now() - 800 * DAY
    ContactFactory(site=shop, name="", email="secret@example.com", created_at=at)
    ContactFactory(site=elsewhere, name="Foreigner", created_at=at)
    page = _page(victor)
    assert "s••••@example.com" in page
    assert "secret@example.com" not in page
    assert "Change the policy" not in page
    assert "Foreigner" not in page
    page = _page(alice)
    assert "secret@example.com" in page
    assert "Change the policy" in page


def test_it_is_written_down_who_saw_an_e_mail_in_place_of_a_name(shop: Site, alice: Operator, victor: Operator) -> None:
    """SITE-4: names alone are no personal data, and a masked e-mail is not seen."""
    ContactFactory(site=shop, name="Kim", email="kim@example.com")
    _page(alice)
    ContactFactory(site=shop, name="", email="secret@example.com")
    _page(victor)
    assert not AuditEntry.objects.filter(action="contact.list").exists()
    _page(alice)
    [entry] = AuditEntry.objects.filter(action="contact.list")
    assert (entry.operator, entry.details) == (alice, {"rows": 1})


def test_anonymous_contacts_are_counted_and_never_listed(shop: Site, alice: Operator) -> None:
    """KIND-5: also not when somebody holds one."""
    ContactFactory(site=shop, kind=Kind.ANONYMOUS, name="Nemo", created_at=timezone.now() - 80 * DAY)
    held: Contact = ContactFactory(site=shop, kind=Kind.ANONYMOUS, name="Outis", created_at=timezone.now())
    place_hold(held, reason="spam", until=timezone.now().date() + 5 * DAY, actor=SYSTEM, now=timezone.now())
    page = _page(alice)
    assert "Anonymous visitors 1" in page
    assert "anonymous visitor" in _table(page, "retention-holds")
    assert "Nemo" not in page
    assert "Outis" not in page


def test_who_is_next_says_when_and_why(shop: Site, alice: Operator) -> None:
    """RET-5: by the policy, or because of a hold that ends later."""
    shop.retention_policy = "jp"
    shop.save()
    today = timezone.now().astimezone(shop.zone).date()
    at = datetime.datetime.combine(today - 10 * DAY, datetime.time(12), shop.zone)
    at = at.replace(year=at.year - 2, day=min(at.day, 28))
    ContactFactory(site=shop, name="By policy", created_at=at)
    held: Contact = ContactFactory(site=shop, name="By hold", created_at=at)
    place_hold(held, reason="dispute", until=today + 3 * DAY, actor=SYSTEM, now=timezone.now())
    rows = _table(_page(alice), "retention-next")
    assert rows.index("By policy") < rows.index("By hold")
    assert "2 years after the last contact on" in rows
    assert "On hold until" in rows


def test_sweeps_are_told_as_they_were(shop: Site, alice: Operator) -> None:
    """RET-6: also the one that was interrupted, and the one that still runs."""
    now = timezone.now()
    for back, beat, end in ((0, 0, None), (1, 20, None), (2, 60, 60)):
        RetentionRun.objects.create(
            site=shop,
            day=now.date() - back * DAY,
            at=now,
            started_at=now - datetime.timedelta(minutes=beat + 1),
            heartbeat_at=now - datetime.timedelta(minutes=beat),
            finished_at=now - datetime.timedelta(minutes=end) if end else None,
            counts={"anonymous.ninetyDays": 1200, "member.threeYears": 3},
            held=2,
            actor="System",
        )
    rows = _table(_page(alice), "retention-sweeps")
    assert rows.index("done") < rows.index("interrupted") < rows.index("running")
    assert "1,203" in rows
    assert "Members (3 years) 3" in rows
    assert "It goes on by itself where it was." in rows


def test_older_sweeps_are_a_page_away(shop: Site, alice: Operator) -> None:
    now = timezone.now()
    for back in range(15):
        RetentionRun.objects.create(
            site=shop, day=datetime.date(2026, 1, 1) + back * DAY, at=now, started_at=now, heartbeat_at=now, actor="x"
        )
    page = _page(alice)
    query = page.split('href="?sweeps=')[1].split("#")[0]
    assert _table(_page(alice, f"?sweeps={query}"), "retention-sweeps").count('<th scope="row">') == 1
    assert client_of(alice).get(reverse("admin:retention") + "?sweeps=²").status_code == 404


def test_deletions_by_other_reasons_are_told_by_day(shop: Site, alice: Operator) -> None:
    """RET-4: what stays is a count per day and reason."""
    for reason, count in ((DeletionReason.OPERATOR, 77), (DeletionReason.RETENTION, 88)):
        DeletionCount.objects.create(site=shop, day=timezone.now().date(), reason=reason, kind=Kind.LEAD, count=count)
    table = _page(alice).split('id="retention-deleted"')[1].split("</table>", maxsplit=1)[0]
    assert "By operators" in table
    assert ">77<" in table
    assert ">88<" not in table


def test_a_sweep_that_does_not_come_is_noticed(shop: Site, alice: Operator) -> None:
    """RET-6: whoever looks learns that the background stands still; a site of this hour is not late."""
    assert "has not begun" not in _page(alice)
    Site.objects.filter(pk=shop.pk).update(created_at=timezone.now() - 9 * DAY, time_zone=_zone_at_noon())
    assert "has not begun" in _page(alice)


def _zone_at_noon() -> str:
    """A zone in which it is between ten and fourteen o'clock now."""
    offset = 12 - timezone.now().hour
    return f"Etc/GMT{-offset:+d}" if offset else "UTC"


@pytest.mark.parametrize(("first", "is_cut"), [(4000, False), (4001, True)])
def test_a_bar_that_would_flatten_all_others_is_cut(first: int, is_cut: bool) -> None:
    """RET-5: the number stands beside it, and in the words and rows."""
    begin = datetime.date(2026, 11, 22)
    counts = [first, *([1000] * 89)]
    days = (ForecastDay(begin + place * DAY, {Kind.ANONYMOUS: count}) for place, count in enumerate(counts))
    chart = chart_of(Forecast(tuple(days)))
    assert chart is not None
    assert (chart.cut is not None) is is_cut
    assert all(bar.y >= chart.top and bar.y + bar.height <= chart.bottom + 0.1 for bar in chart.bars)
    assert chart.rows[0][1] == [first, 0, 0]
