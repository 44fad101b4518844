"""The second factor of operators: codes of an app, recovery codes, what is kept of them, and who must have one."""

import datetime
import threading
from collections.abc import Iterator

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from desk import second_factor
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Membership, Operator, Role, Site
from desk.second_factor import AlreadyOn, CodeRefused
from desk.second_factor_duty import Owed, owed_by, reset_for, standings
from desk.site_settings import change_settings
from desk.teams import TeamRefused
from tests.desk.authenticator import App, begin, set_up
from tests.factories import MembershipFactory, OperatorFactory

NOW = datetime.datetime(2026, 3, 2, 1, 0, 5, tzinfo=datetime.UTC)
STEP = datetime.timedelta(seconds=30)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def _refused(operator: Operator, code: str) -> CodeRefused:
    with pytest.raises(CodeRefused) as refused:
        second_factor.verify(operator, code, actor=SYSTEM)
    return refused.value


def _verify(operator: Operator, code: str) -> second_factor.Verified:
    return second_factor.verify(operator, code, actor=SYSTEM)


def test_nothing_changes_before_the_first_code(alice: Operator) -> None:
    app = begin(alice)
    assert not second_factor.is_on(alice)
    with pytest.raises(CodeRefused):
        second_factor.confirm(alice, app.wrong_code(), actor=SYSTEM)
    assert not second_factor.is_on(alice)


def test_the_first_code_switches_it_on_and_brings_ten_recovery_codes(shop: Site, alice: Operator) -> None:
    app = begin(alice)
    _device, codes = second_factor.confirm(alice, app.code(), actor=Actor.of_operator(alice))
    assert second_factor.is_on(alice)
    assert len(set(codes)) == second_factor.recovery_codes_left(alice) == 10
    assert AuditEntry.objects.get(action="operator.secondFactorOn").operator == alice


def test_what_confirms_is_a_code_of_the_app(alice: Operator) -> None:
    begin(alice)
    with pytest.raises(CodeRefused) as refused:
        second_factor.confirm(alice, "abcde-fghij", actor=SYSTEM)
    assert refused.value.code == "notDigits"


def test_a_set_up_that_was_left_does_not_show_its_key_again(alice: Operator, clock: time_machine.Traveller) -> None:
    app = begin(alice)
    clock.shift(datetime.timedelta(hours=1, seconds=1))
    assert second_factor.begun(alice) is None
    with pytest.raises(CodeRefused):
        second_factor.confirm(alice, app.code(), actor=SYSTEM)


def test_a_factor_in_use_is_not_replaced_by_beginning_anew(alice: Operator) -> None:
    """Else a browser left open would be enough to take the account over."""
    set_up(alice)
    with pytest.raises(AlreadyOn):
        second_factor.begin(alice)


def test_a_code_is_good_once(alice: Operator, clock: time_machine.Traveller) -> None:
    app, _codes = set_up(alice)
    assert _refused(alice, app.code()).code == "wrong"  # confirmed the set-up
    clock.shift(STEP)
    code = app.code()
    _verify(alice, code)
    assert _refused(alice, code).code == "wrong"


def test_a_code_of_before_the_last_one_is_refused(alice: Operator, clock: time_machine.Traveller) -> None:
    """Within what the clock may be off, but somebody may have looked over the shoulder."""
    app, _codes = set_up(alice)
    clock.shift(2 * STEP)
    before = app.code(steps=-1)
    _verify(alice, app.code())
    assert _refused(alice, before).code == "wrong"


def test_a_code_of_somebody_else_is_wrong(alice: Operator, bob: Operator, clock: time_machine.Traveller) -> None:
    set_up(alice)
    app_of_bob, codes_of_bob = set_up(bob)
    clock.shift(STEP)
    assert _refused(alice, app_of_bob.code()).code == "wrong"
    assert _refused(alice, codes_of_bob[0]).code == "wrong"
    assert second_factor.recovery_codes_left(bob) == 10


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1} ", "１"], ids=["space", "hyphen", "around", "wide"])
def test_a_code_is_read_as_people_type_it(typed: str, alice: Operator, clock: time_machine.Traveller) -> None:
    app, _codes = set_up(alice)
    clock.shift(STEP)
    code = app.code()
    wide = code.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    _verify(alice, wide if typed == "１" else typed.format(code[:3], code[3:]))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abc", "'; --", "０" * 40, "¹²³⁴⁵⁶x"])
def test_what_is_no_code_costs_no_try(typed: str, alice: Operator) -> None:
    set_up(alice)
    assert _refused(alice, typed).code == "malformed"
    assert TOTPDevice.objects.get(user=alice).throttling_failure_count == 0


def test_wrong_codes_make_the_next_try_wait_longer_and_longer(alice: Operator, clock: time_machine.Traveller) -> None:
    """The library's throttle: also the right code is refused meanwhile, and it is told until when."""
    app, _codes = set_up(alice)
    for seconds in (1, 2, 4, 8):
        assert _refused(alice, app.wrong_code()).code == "wrong"
        refused = _refused(alice, app.code(steps=1))
        assert refused.code == "wait"
        assert refused.until == datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        clock.shift(seconds)
    clock.shift(STEP)
    _verify(alice, app.code())
    assert TOTPDevice.objects.get(user=alice).throttling_failure_count == 0


def test_a_recovery_code_works_once_and_is_recorded(shop: Site, alice: Operator) -> None:
    _app, codes = set_up(alice)
    verified = second_factor.verify(alice, codes[3].upper(), actor=Actor.of_operator(alice))
    assert verified.recovery_codes_left == 9
    assert AuditEntry.objects.get(action="operator.useRecoveryCode").details == {"left": 9}
    assert _refused(alice, codes[3]).code == "wrong"


def test_new_recovery_codes_end_those_of_before(alice: Operator, clock: time_machine.Traveller) -> None:
    app, codes = set_up(alice)
    clock.shift(STEP)
    fresh = second_factor.new_recovery_codes(alice, app.code(), actor=SYSTEM)
    assert not set(fresh) & set(codes)
    assert _refused(alice, codes[0]).code == "wrong"
    clock.shift(STEP)
    _verify(alice, fresh[0])


def test_switching_off_takes_a_code(alice: Operator, clock: time_machine.Traveller) -> None:
    app, codes = set_up(alice)
    with pytest.raises(CodeRefused):
        second_factor.switch_off(alice, app.wrong_code(), actor=SYSTEM)
    assert second_factor.is_on(alice)
    second_factor.switch_off(alice, codes[0], actor=SYSTEM)
    assert not second_factor.is_on(alice)
    assert not StaticToken.objects.exists()


def test_the_database_alone_gives_no_code_away(alice: Operator, bob: Operator) -> None:
    """Neither the key of the app nor a recovery code stands in a row; a sealed key is no use in another row."""
    app, codes = set_up(alice)
    rows = str(list(TOTPDevice.objects.values())) + str(list(StaticToken.objects.values()))
    assert app._key.hex() not in rows
    assert not [code for code in codes if code in rows or code.replace("-", "") in rows]
    TOTPDevice.objects.filter(user=alice).update(user=bob)
    with pytest.raises(ImproperlyConfigured):
        _verify(bob, app.code(steps=1))


def test_nothing_secret_is_in_the_audit_log(alice: Operator, clock: time_machine.Traveller) -> None:
    app, codes = set_up(alice)
    clock.shift(STEP)
    fresh = second_factor.new_recovery_codes(alice, app.code(), actor=SYSTEM)
    second_factor.switch_off(alice, fresh[0], actor=SYSTEM)
    log = str(list(AuditEntry.objects.values_list()))
    assert "operator.secondFactorOff" in log
    assert not [secret for secret in (*codes, *fresh, app.code(), app._key.hex()) if secret in log]


def test_a_new_secret_key_keeps_apps_and_recovery_codes(alice: Operator, clock: time_machine.Traveller) -> None:
    """``SECRET_KEY_FALLBACKS``; the app's key is sealed anew with its next use."""
    with override_settings(SECRET_KEY="of before"):
        app, codes = set_up(alice)
    clock.shift(STEP)
    with override_settings(SECRET_KEY="of now", SECRET_KEY_FALLBACKS=["of before"]):
        _verify(alice, app.code())
        _verify(alice, codes[0])
    clock.shift(STEP)
    with override_settings(SECRET_KEY="of now", SECRET_KEY_FALLBACKS=[]):
        _verify(alice, app.code())


@pytest.mark.django_db(transaction=True)
def test_one_code_at_the_same_moment_lets_one_in() -> None:
    """Of many who use the same recovery code, or the same code of the app, at once."""
    operator = OperatorFactory()
    app, codes = set_up(operator)
    for code in (codes[0], app.code(steps=1)):
        outcomes = _at_once(operator, code)
        assert sorted(outcomes) == ["in", "refused", "refused", "refused"]
    assert second_factor.recovery_codes_left(operator) == 9


def _at_once(operator: Operator, code: str) -> list[str]:
    barrier, outcomes = threading.Barrier(4), list[str]()

    def enter() -> None:
        barrier.wait()
        try:
            second_factor.verify(operator, code, actor=SYSTEM)
            outcomes.append("in")
        except CodeRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


# --- who must have one (SITE-4) ---


def _require(site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(requires_second_factor=True)


def test_a_session_owes_the_code_until_it_has_shown_this_device(alice: Operator) -> None:
    assert owed_by(alice, None) is None
    set_up(alice)
    device = TOTPDevice.objects.get(user=alice)
    assert owed_by(alice, None) is Owed.CODE
    assert owed_by(alice, "otp_totp.totpdevice/0") is Owed.CODE
    assert owed_by(alice, device.persistent_id) is None


def test_an_unconfirmed_device_is_none(shop: Site, alice: Operator) -> None:
    begin(alice)
    assert owed_by(alice, None) is None
    _require(shop)
    assert owed_by(alice, None) is Owed.SET_UP


def test_people_of_a_strict_site_owe_the_set_up_and_others_do_not(
    shop: Site, elsewhere: Site, alice: Operator, charlie: Operator
) -> None:
    root, both = OperatorFactory(is_superuser=True), OperatorFactory()
    for site in (shop, elsewhere):
        MembershipFactory(site=site, operator=both)
    _require(shop)
    owing = {pk for pk, one in standings([alice.pk, charlie.pk, root.pk, both.pk]).items() if one.owes(None)}
    assert owing == {alice.pk, root.pk, both.pk}


def test_whoever_asks_for_it_has_it(shop: Site, alice: Operator) -> None:
    """An administrator cannot lock everybody out, oneself included."""
    actor = Actor.of_operator(alice)
    with pytest.raises(ValidationError) as refused:
        change_settings(shop, {"requires_second_factor": True}, actor=actor)
    assert list(refused.value.message_dict) == ["requires_second_factor"]
    set_up(alice)
    assert change_settings(shop, {"requires_second_factor": True}, actor=actor) == ["requires_second_factor"]
    assert change_settings(shop, {"name": "Shop 2"}, actor=Actor.of_operator(OperatorFactory())) == ["name"]


# --- help for whoever lost the phone ---


def _membership(operator: Operator) -> Membership:
    return Membership.objects.get(operator=operator)


def test_an_administrator_resets_it_for_a_colleague(shop: Site, alice: Operator, bob: Operator) -> None:
    set_up(bob)
    assert reset_for(_membership(bob), actor=Actor.of_operator(alice))
    assert not second_factor.is_on(bob)
    entry = AuditEntry.objects.get(action="operator.resetSecondFactor")
    assert (entry.operator, entry.site, entry.target_id) == (alice, shop, str(bob.pk))


def test_nobody_resets_what_also_opens_sites_of_others(
    shop: Site, elsewhere: Site, alice: Operator, bob: Operator
) -> None:
    """SITE-2: as with passwords. The administrator of the installation may."""
    set_up(bob)
    MembershipFactory(site=elsewhere, operator=bob, role=Role.VIEWER)
    membership = Membership.objects.get(site=shop, operator=bob)
    with pytest.raises(TeamRefused):
        reset_for(membership, actor=Actor.of_operator(alice))
    assert reset_for(membership, actor=Actor.of_operator(OperatorFactory(is_superuser=True)))


def test_nobody_resets_the_installations_administrator_or_oneself(shop: Site, alice: Operator) -> None:
    root = OperatorFactory(is_superuser=True)
    membership = MembershipFactory(site=shop, operator=root)
    for operator in (root, alice):
        set_up(operator)
    with pytest.raises(TeamRefused):
        reset_for(membership, actor=Actor.of_operator(alice))
    with pytest.raises(TeamRefused):
        reset_for(_membership(alice), actor=Actor.of_operator(alice))


def test_a_command_helps_a_locked_out_administrator(alice: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(alice)
    call_command("reset_second_factor", "Alice@example.com")
    assert not second_factor.is_on(alice)
    assert AuditEntry.objects.get(action="operator.resetSecondFactor").actor == "system"
    call_command("reset_second_factor", "alice@example.com")
    assert "nothing was changed" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("reset_second_factor", "nobody@example.com")


def test_the_app_is_told_the_name_of_the_desk(alice: Operator) -> None:
    second_factor.begin(alice)
    begun = second_factor.begun(alice)
    assert begun is not None
    assert begun.address.startswith("otpauth://totp/Dangol%20%28127.0.0.1%29")
    assert f"secret={begun.key}" in begun.address
    assert App(begun.key).code().isdecimal()
