"""``ensure_demo``: what a first start finds."""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from chats.models import LookupApi, Routing, RoutingRule, Team
from config.demo.data.grades import GRADES
from config.demo.data.shop import COLLEAGUES, SEGMENTS, ensure_demo
from config.demo.data.sizes import DAYS
from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.models import Contact, Visit
from desk.models import MemberHashMode, Operator, Role, Site
from segments.models import Segment
from segments.sizes import sizes_of
from tags.models import ContactGrade, ContactTag, Tag


@pytest.fixture(autouse=True)
def _demo(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.DEMO = True
    settings.DATA_DIR = tmp_path
    settings.OUTBOUND_ALLOWED = [f"http://127.0.0.1:{settings.PORT}"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_first_start_finds_people_tags_and_segments_with_somebody_in_each(tmp_path: Path) -> None:
    """`make run`"""
    demo = ensure_demo()
    assert (demo.site.code, demo.site.member_hash_mode) == ("SHOP", MemberHashMode.REQUIRED)
    assert 250 <= Contact.objects.filter(managed=True).count() <= 350
    assert Contact.objects.filter(managed=False).exists()
    assert Tag.objects.filter(name="VIP").exists()
    assert ContactTag.objects.exists()
    assert Visit.objects.exists()
    assert dict(ContactGrade.objects.values_list("grade__name").annotate(Count("pk"))) == {
        name: count for name, _color, count, _note in GRADES
    }
    assert Segment.objects.count() == len(SEGMENTS) == 4
    for segment in Segment.objects.all():
        assert 0 < matching(demo.site, parse_filter(segment.filter, site=demo.site)).count() < 300, segment.name


def test_segments_have_a_history_to_draw() -> None:
    """SEG-3, `make run`: with gaps, and without today, which is counted when somebody looks."""
    site = ensure_demo().site
    for segment in Segment.objects.all():
        [sizes] = sizes_of([segment], site, days=DAYS, now=timezone.now()).values()
        counted = [size.count for size in sizes if size.count is not None]
        assert 100 < len(counted) < DAYS - 1
        assert sizes[-1].count is None
        assert len(set(counted)) > 3


def test_three_people_can_sign_in_each_with_another_role(tmp_path: Path) -> None:
    """SITE-3"""
    demo = ensure_demo()
    roles = []
    for colleague in COLLEAGUES:
        operator = Operator.objects.get(email=colleague.email)
        assert operator.check_password(demo.password)
        roles.append(operator.memberships.get(site=demo.site).role)
    assert roles == [Role.ADMIN, Role.AGENT, Role.VIEWER]
    path = tmp_path / "demo_password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip() == demo.password


def test_second_start_changes_nothing(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    """`make run`: a second start keeps the data, and is quick."""
    first = ensure_demo()
    bob = Operator.objects.get(email="bob@example.com")
    bob.set_password("his own, by now")
    bob.save()
    Segment.objects.all().delete()
    with django_assert_max_num_queries(6):
        assert ensure_demo() == first
    bob.refresh_from_db()
    assert bob.check_password("his own, by now")
    assert not Segment.objects.exists()


def test_chats_show_which_rule_fired_and_the_company_can_be_asked(settings: Settings) -> None:
    """CHAT-10, LOOK-1, `make run`: the lookup follows the desk to another port."""
    site = ensure_demo().site
    assert Team.objects.filter(site=site).count() == 2
    assert RoutingRule.objects.filter(site=site).count() == 3
    fired = Routing.objects.filter(site=site).exclude(rule=None)
    assert {"VIP는 전담 팀에게", "상품 페이지에서 온 상담"} <= set(fired.values_list("rule_name", flat=True))
    assert not any(one.refused for one in fired)
    settings.PORT += 1
    ensure_demo()
    assert LookupApi.objects.get(site=site).url == f"http://127.0.0.1:{settings.PORT}/company/"


def test_lost_password_file_means_a_new_password_for_all(tmp_path: Path) -> None:
    """Somebody who moved to another DATA_DIR can still sign in."""
    first = ensure_demo()
    (tmp_path / "demo_password").unlink()
    second = ensure_demo()
    assert second.password != first.password
    assert Operator.objects.get(email="alice@example.com").check_password(second.password)


def test_sign_in_is_told_on_every_start() -> None:
    """api.md, "Commands" """
    ensure_demo()
    out = StringIO()
    call_command("ensure_demo", stdout=out)
    said = out.getvalue()
    assert Site.objects.get().plugin_key in said
    assert "alice@example.com" in said
    assert ensure_demo().password in said


def test_installation_that_is_no_demo_gets_none(settings: Settings) -> None:
    """A real desk must not find strangers with a printed password among its operators."""
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("ensure_demo")
    assert not Operator.objects.exists()
