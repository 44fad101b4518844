"""Signing in in two steps, being led to the set-up, and the pages about it. Nothing of the desk is reached before."""

import datetime
import re
from collections.abc import Iterator

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from chats.stream_address import OperatorTicket
from chats.stream_rights import who_may_look
from desk import second_factor, teams
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Membership, Operator, Site
from tests.conftest import client_of
from tests.desk.authenticator import App, begin, set_up
from tests.factories import MembershipFactory, OperatorFactory

PASSWORD = "a long password for tests"
NOW = datetime.datetime(2026, 3, 2, 1, 0, 5, tzinfo=datetime.UTC)
STEP = datetime.timedelta(seconds=30)
LOGIN = "/desk/login/"
CODE = "/desk/sign-in/"
SET_UP = "/desk/profile/second-factor/"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def people(alice: Operator, bob: Operator) -> None:
    for operator in (alice, bob):
        operator.set_password(PASSWORD)
        operator.save()


@pytest.fixture
def app(people: None, alice: Operator, clock: time_machine.Traveller) -> App:
    """Alice's, in use; its code of now was not used yet."""
    app, _codes = set_up(alice)
    clock.shift(STEP)
    return app


def _browser() -> Client:
    """A stranger's, in English: the language of an operator counts once signed in."""
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def _password(client: Client, *, next: str = "/desk/", email: str = "alice@example.com", **extra: str) -> str:
    """Take the first step; where it leads."""
    answer = client.post(LOGIN, {"username": email, "password": PASSWORD, "next": next}, **extra)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def _is_in(client: Client) -> bool:
    return client.get(reverse("admin:profile")).status_code == 200


def test_the_password_alone_signs_nobody_in(app: App) -> None:
    """Not by any address: each leads back to the sign-in."""
    client = _browser()
    assert _password(client) == CODE
    for name in ("profile", "inbox", "palette", "stream", "stream_poll", "password_change", "settings"):
        answer = client.get(reverse(f"admin:{name}"))
        assert answer.headers["Location"].startswith(LOGIN), name
    assert not AuditEntry.objects.filter(action="operator.signIn").exists()


def test_the_code_signs_in_with_a_new_session_and_goes_where_one_wanted_to(app: App, alice: Operator) -> None:
    client = _browser()
    _password(client, next="/desk/profile/?a=1")
    before = client.session.session_key
    answer = client.post(CODE, {"code": app.code()})
    assert answer.headers["Location"] == "/desk/profile/?a=1"
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
    assert _is_in(client)
    assert AuditEntry.objects.filter(action="operator.signIn", operator=alice).count() == 1


def test_a_session_planted_before_the_password_is_not_half_signed_in(app: App) -> None:
    client = _browser()
    client.get(LOGIN)
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    _password(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key


def test_nobody_is_led_to_another_host(app: App) -> None:
    client = _browser()
    _password(client, next="https://evil.example/desk/")
    assert client.post(CODE, {"code": app.code()}).headers["Location"] == "/desk/"


def test_a_recovery_code_signs_in_once_and_the_last_ones_are_announced(
    app: App, alice: Operator, clock: time_machine.Traveller
) -> None:
    codes = second_factor.new_recovery_codes(alice, app.code(), actor=SYSTEM)
    for code in codes[:6]:
        second_factor.verify(alice, code, actor=SYSTEM)
    client = _browser()
    _password(client)
    assert client.post(CODE, {"code": codes[7]}).status_code == 302
    assert "3 recovery codes are left" in client.get("/desk/profile/").content.decode()
    other = _browser()
    _password(other)
    assert "wrong or has been used" in other.post(CODE, {"code": codes[7]}).content.decode()
    assert not _is_in(other)


def test_a_code_that_was_overheard_opens_nothing(app: App) -> None:
    """Replayed within its half minute in another browser, by somebody who knows the password."""
    code = app.code()
    client, stranger = _browser(), _browser()
    for browser in (client, stranger):
        _password(browser)
    client.post(CODE, {"code": code})
    assert stranger.post(CODE, {"code": code}).status_code == 200
    assert (_is_in(client), _is_in(stranger)) == (True, False)


def test_the_code_of_another_operator_opens_nothing(app: App, bob: Operator, clock: time_machine.Traveller) -> None:
    app_of_bob, _codes = set_up(bob)
    clock.shift(STEP)
    client = _browser()
    _password(client)
    client.post(CODE, {"code": app_of_bob.code(), "operator": str(bob.pk), "username": bob.email})
    assert not _is_in(client)


def test_after_five_minutes_it_begins_again_with_the_password(app: App, clock: time_machine.Traveller) -> None:
    client = _browser()
    _password(client, next="/desk/profile/")
    clock.shift(301)
    answer = client.post(CODE, {"code": app.code()})
    assert "longer than five minutes" in answer.content.decode()
    assert 'href="/desk/login/?next=/desk/profile/"' in answer.content.decode()
    assert client.post(CODE, {"code": app.code()}).status_code == 302
    assert not _is_in(client)


def test_what_was_half_signed_in_ends_with_the_password_and_the_account(app: App, alice: Operator) -> None:
    first, second = _browser(), _browser()
    for client in (first, second):
        _password(client)
    alice.set_password("another long password")
    alice.save()
    assert "begins again" in first.post(CODE, {"code": app.code()}).content.decode()
    Operator.objects.update(is_active=False)
    assert "begins again" in second.post(CODE, {"code": app.code()}).content.decode()


def test_a_pending_sign_in_cannot_be_forged(app: App) -> None:
    """It stands in the session on the server; fields and cookies of a stranger's making count for nothing."""
    client = _browser()
    client.cookies["sign_in_pending"] = '{"operator": 1}'
    answer = client.post(CODE, {"code": app.code(), "sign_in_pending": "1", "username": "alice@example.com"})
    assert answer.headers["Location"] == "/desk/"
    assert not _is_in(client)


def test_the_back_button_leads_on(app: App) -> None:
    """The page of the code is kept by no browser; asked again it leads to where one is by now."""
    client = _browser()
    _password(client)
    page = client.get(CODE)
    assert "no-store" in page.headers["Cache-Control"]
    client.post(CODE, {"code": app.code()})
    for answer in (client.get(CODE), client.post(CODE, {"code": "1"})):
        assert answer.headers["Location"] == "/desk/"
    assert _is_in(client)


def test_signing_in_as_somebody_else_ends_the_sign_in_of_before(app: App) -> None:
    """Else the second step of Alice would be taken in Bob's session."""
    client = _browser()
    _password(client, email="bob@example.com")
    assert _is_in(client)
    _password(client)
    assert not _is_in(client)
    client.post(CODE, {"code": app.code()})
    assert "alice@example.com" in client.get("/desk/profile/").content.decode()


def test_a_wrong_password_tells_nothing_of_a_second_factor(app: App) -> None:
    """As with an address that nobody has."""
    pages = [
        _browser().post(LOGIN, {"username": email, "password": "wrong", "next": "/desk/"}).content.decode()
        for email in ("alice@example.com", "bob@example.com", "nobody@example.com")
    ]
    bare = {re.sub(r'value="[^"]*"', "", page) for page in pages}
    assert len(bare) == 1


# --- lock-out: django-axes counts both steps ---


def test_guessing_codes_locks_like_guessing_passwords(app: App, clock: time_machine.Traveller) -> None:
    client = _browser()
    _password(client)
    for _ in range(4):
        _browser().post(LOGIN, {"username": "alice@example.com", "password": "wrong", "next": "/desk/"})
    for n in range(6):
        assert client.post(CODE, {"code": app.wrong_code()}).status_code == (429 if n == 5 else 200)
        clock.shift(2**n)
    assert client.post(CODE, {"code": app.code()}).status_code == 429
    locked = client.post(LOGIN, {"username": "alice@example.com", "password": PASSWORD}, HTTP_ACCEPT_LANGUAGE="en")
    assert locked.status_code == 429
    assert "15 minutes" in locked.content.decode()
    assert AuditEntry.objects.filter(action="operator.lockOut").exists()
    clock.shift(datetime.timedelta(minutes=15, seconds=1))
    _password(client)
    assert client.post(CODE, {"code": app.code()}).status_code == 302


def test_too_quick_guesses_are_told_how_long_to_wait(app: App, clock: time_machine.Traveller) -> None:
    client = _browser()
    _password(client)
    for seconds in (1, 2, 4):
        client.post(CODE, {"code": app.wrong_code()})
        refused = client.post(CODE, {"code": app.code()}).content.decode()
        assert f"Try again in {seconds} second" in refused
        clock.shift(seconds)


def test_codes_are_not_written_down_with_failed_sign_ins(app: App) -> None:
    client = _browser()
    _password(client)
    code = app.wrong_code()
    client.post(CODE, {"code": code})
    assert code not in str(list(AccessAttempt.objects.values_list()))


# --- no way round it ---


def test_any_session_without_the_second_factor_owes_it(app: App, alice: Operator) -> None:
    """However it was made: opened before the set-up, or by a way to sign in that knows nothing of it."""
    client = client_of(alice)
    assert client.get("/desk/profile/").headers["Location"] == f"{CODE}?next=%2Fdesk%2Fprofile%2F"
    assert client.post("/desk/profile/", {"name": "Mallory"}).headers["Location"] == CODE
    assert client.get("/desk/no-such-page/").status_code == 302
    answer = client.post(CODE, {"code": app.code(), "next": "/desk/profile/"})
    assert answer.headers["Location"] == "/desk/profile/"
    assert _is_in(client)


def test_parts_of_pages_and_streams_are_kept_too(app: App, alice: Operator, shop: Site) -> None:
    client = client_of(alice)
    part = client.get(reverse("admin:inbox_rooms"), HTTP_HX_REQUEST="true")
    assert (part.content, part.headers["HX-Redirect"]) == (b"", CODE)
    for name in ("counts", "stream_poll", "palette"):
        assert client.get(reverse(f"admin:{name}"), HTTP_ACCEPT="application/json").status_code == 403
    assert client.get(reverse("admin:stream"), HTTP_ACCEPT="text/event-stream").status_code == 403


def test_an_open_stream_ends_with_the_right_to_it(people: None, alice: Operator, shop: Site) -> None:
    """A stream opened before the set-up, or before the site asked for one."""
    key = str(client_of(alice).session.session_key)
    ticket = OperatorTicket(shop.pk, alice.pk, key)
    assert who_may_look([ticket], now=timezone.now()) == {ticket}
    Site.objects.update(requires_second_factor=True)
    assert who_may_look([ticket], now=timezone.now()) == set()
    Site.objects.update(requires_second_factor=False)
    set_up(alice)
    assert who_may_look([ticket], now=timezone.now()) == set()


def test_a_new_password_by_link_does_not_go_round_it(app: App, shop: Site, alice: Operator) -> None:
    other = OperatorFactory(name="Other")
    MembershipFactory(site=shop, operator=other, role="admin")
    membership = Membership.objects.get(operator=alice)
    actor = Actor.of_operator(other)
    teams.reset_sign_in(membership, actor=actor)
    token = teams.welcome_token(membership, actor=actor)
    client = _browser()
    client.post(reverse("admin:welcome", args=[token]), {"name": "Alice", "password": PASSWORD})
    assert not _is_in(client)
    assert _password(client) == CODE


def test_after_a_reset_a_session_is_led_to_what_it_owes_now(app: App, alice: Operator) -> None:
    """The mark of a device that is gone opens nothing once there is another."""
    client = _browser()
    _password(client)
    client.post(CODE, {"code": app.code()})
    second_factor.reset(alice, actor=SYSTEM)
    assert _is_in(client)
    set_up(alice)
    assert client.get("/desk/profile/").headers["Location"].startswith(CODE)


# --- a site that asks for it (SITE-4) ---


@pytest.fixture
def strict(shop: Site) -> Site:
    Site.objects.filter(pk=shop.pk).update(requires_second_factor=True)
    return shop


def test_whoever_has_none_is_led_to_the_set_up_before_anything_else(people: None, strict: Site, bob: Operator) -> None:
    """Also a session that was open before; signing out stays possible, and no page shows anything of the site."""
    client = client_of(bob)
    for path in ("/desk/inbox/", "/desk/palette/?q=a", "/desk/stream/", "/desk/profile/", "/desk/site/"):
        assert client.get(path).headers["Location"].startswith(SET_UP), path
    page = client.get(SET_UP).content.decode()
    assert strict.name not in page
    assert "sidebar" not in page.split("<body")[1]
    assert client.post(reverse("admin:logout")).status_code == 200


def test_the_administrator_of_the_installation_is_led_there_too(strict: Site) -> None:
    root = OperatorFactory(is_superuser=True)
    assert client_of(root).get("/desk/sites/").headers["Location"].startswith(SET_UP)


def test_people_of_other_sites_are_left_alone(strict: Site, charlie: Operator) -> None:
    assert _is_in(client_of(charlie))


def test_the_set_up_shows_picture_key_and_codes_and_goes_on(people: None, strict: Site, bob: Operator) -> None:
    client = client_of(bob)
    path = client.get("/desk/inbox/").headers["Location"]
    assert "How it works" in client.get(path).content.decode()
    client.post(path, {"begin": "1"})
    page = client.get(path)
    assert "no-store" in page.headers["Cache-Control"]
    assert 'src="data:image/svg+xml' in page.content.decode()
    key = page.content.decode().split('id="second-factor-key">')[1].split("<")[0].replace(" ", "")
    assert "wrong" in client.post(path, {"code": App(key).wrong_code()}).content.decode()
    with time_machine.travel(NOW + STEP, tick=False):
        done = client.post(path, {"code": App(key).code()}).content.decode()
    codes = done.split('id="recovery-codes">')[1].split("</pre>")[0].split()
    assert len(codes) == 10
    assert 'href="/desk/inbox/"' in done
    assert client.get("/desk/inbox/").status_code == 200
    assert codes[0] not in client.get(path, follow=True).content.decode()


def test_asking_for_the_page_again_keeps_the_key(people: None, alice: Operator) -> None:
    client = client_of(alice)
    begin(alice)
    first, second = (re.findall(r'second-factor-key">([^<]+)', client.get(SET_UP).content.decode()) for _ in "ab")
    assert first == second != []


def test_the_setting_is_refused_without_ones_own(shop: Site, people: None, alice: Operator) -> None:
    settings_form = {"name": "Shop", "language": "ko", "time_zone": "Asia/Seoul", "phone_country": "KR"}
    fields = {**settings_form, "retention_policy": "kr", "requires_second_factor": "on"}
    client = client_of(alice)
    assert "your own second factor first" in client.post(reverse("admin:settings"), fields).content.decode()
    app = begin(alice)
    client.post(SET_UP, {"code": app.code()})
    assert client.post(reverse("admin:settings"), fields).status_code == 302
    shop.refresh_from_db()
    assert shop.requires_second_factor
    assert "1 of 2 people" in client.get(reverse("admin:settings")).content.decode()


# --- one's own, and the team's ---


def _signed_in(app: App, clock: time_machine.Traveller) -> Client:
    client = _browser()
    _password(client)
    client.post(CODE, {"code": app.code()})
    clock.shift(STEP)
    return client


def test_new_recovery_codes_take_a_code(app: App, clock: time_machine.Traveller) -> None:
    client = _signed_in(app, clock)
    path = reverse("admin:second_factor_codes")
    assert "recovery-codes" not in client.post(path, {"code": app.wrong_code()}).content.decode()
    clock.shift(STEP)
    page = client.post(path, {"code": app.code()}).content.decode()
    assert len(page.split('id="recovery-codes">')[1].split("</pre>")[0].split()) == 10


def test_switching_off_takes_a_code_and_ends_it(app: App, alice: Operator, clock: time_machine.Traveller) -> None:
    client = _signed_in(app, clock)
    path = reverse("admin:second_factor_off")
    client.post(path, {"code": app.wrong_code()})
    assert second_factor.is_on(alice)
    clock.shift(STEP)
    assert client.post(path, {"code": app.code()}).headers["Location"] == "/desk/profile/"
    assert not second_factor.is_on(alice)
    assert _is_in(client)


def test_where_it_is_asked_for_switching_off_leads_to_the_next_set_up(
    app: App, strict: Site, clock: time_machine.Traveller
) -> None:
    client = _signed_in(app, clock)
    client.post(reverse("admin:second_factor_off"), {"code": app.code()})
    assert client.get("/desk/inbox/").headers["Location"].startswith(SET_UP)


def test_the_team_shows_who_has_it_and_an_administrator_resets_it(people: None, alice: Operator, bob: Operator) -> None:
    set_up(bob)
    client = client_of(alice)
    page = client.get(reverse("admin:desk_membership_changelist")).content.decode()
    assert page.count(">set up<") == 1
    membership = Membership.objects.get(operator=bob)
    assert (
        "Reset second factor"
        in client.get(reverse("admin:desk_membership_change", args=[membership.pk])).content.decode()
    )
    client.post(reverse("admin:desk_membership_reset_second_factor", args=[membership.pk]))
    assert not TOTPDevice.objects.filter(user=bob).exists()


def test_agents_and_strangers_reset_nothing(people: None, alice: Operator, bob: Operator, charlie: Operator) -> None:
    set_up(alice)
    path = reverse("admin:desk_membership_reset_second_factor", args=[Membership.objects.get(operator=alice).pk])
    assert client_of(bob).post(path).status_code == 403
    assert client_of(charlie).post(path).status_code == 404
    assert second_factor.is_on(alice)
