"""The second factor of operators: a code of an authenticator app (TOTP) beside the password, and recovery codes.

Devices, the clock arithmetic and the throttle are django-otp's: a wrong code makes the next try wait 1, 2, 4 … seconds,
and a code is good once. The database alone gives nothing away: the app's key is sealed with ``SECRET_KEY`` (which is
why the code is checked here and not by ``TOTPDevice.verify_token``, whose key is readable), and of a recovery code
there is a keyed digest only. One row of the operator is the lock of all that belongs to it.

Who is let in by it is ``desk.second_factor_duty``; the session and the pages are ``desk.admin``'s.
"""

import base64
import datetime
import re
import secrets
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from desk.actors import Actor
from desk.audit import record_many
from desk.encryption import seal, unseal
from desk.models import Operator, Site

RECOVERY_CODES = 10
# A set-up that was begun and left: its key is not shown again.
SET_UP_WITHIN = datetime.timedelta(hours=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another: ten of them are 49 bits
_RECOVERY_LENGTH = 10
_SALT = "desk.second_factor.recovery"
_APP_CODE = re.compile(r"[0-9]{6}")
_RECOVERY_CODE = re.compile(r"[a-z0-9]{10}")


class CodeRefused(Exception):
    """A code that opens nothing. ``code``: malformed, notDigits, wrong, wait or notSetUp; only "wrong" was a try.

    ``until``: when the next try counts.
    """

    def __init__(self, code: str, until: datetime.datetime | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.until = until


class AlreadyOn(Exception):
    """There is a second factor; it is switched off before another one is set up."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """A set-up that was begun: what the app reads from the picture (``address``), and its key to type in."""

    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A code was right: the device it stands for, and how many recovery codes are left if it was one of them."""

    device: TOTPDevice
    recovery_codes_left: int | None


def is_on(operator: Operator) -> bool:
    """Whether signing in takes a code."""
    return TOTPDevice.objects.filter(user=operator, confirmed=True).exists()


def device_of(operator: Operator) -> TOTPDevice | None:
    """The app that is set up, or None."""
    return TOTPDevice.objects.filter(user=operator, confirmed=True).first()


def recovery_codes_left(operator: Operator) -> int:
    """How many recovery codes were not used yet."""
    device = StaticDevice.objects.filter(user=operator).first()
    return device.token_set.count() if device else 0


def begin(operator: Operator) -> None:
    """Make a new key for an app; nothing changes at sign-in until ``confirm``. ``AlreadyOn``."""
    with transaction.atomic():
        _lock(operator)
        if is_on(operator):
            raise AlreadyOn
        TOTPDevice.objects.filter(user=operator).delete()
        key = seal(secrets.token_bytes(20), of=_owner(operator))
        TOTPDevice.objects.create(user=operator, name="app", key=key, confirmed=False)


def begun(operator: Operator) -> SetUp | None:
    """What the app must be told, while a set-up is under way."""
    device = _begun(operator)
    if device is None:
        return None
    key = _key(device)
    shown = TOTPDevice(user=operator, key=key.hex())  # never saved: it writes the address as apps read it
    return SetUp(shown.config_url, base64.b32encode(key).decode())


def confirm(operator: Operator, code: str, *, actor: Actor) -> tuple[TOTPDevice, list[str]]:
    """The app shows the right code: from now on signing in takes one. The device and the recovery codes, shown once.

    ``CodeRefused``.
    """
    with transaction.atomic():
        _lock(operator)
        device = _begun(operator)
        refused = _try_app(device, _plain(code)) if device else CodeRefused("notSetUp")
        codes: list[str] = []
        if device and refused is None:
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            codes = _make_recovery_codes(operator)
            _note("operator.secondFactorOn", operator, actor=actor)
    if device is None or refused is not None:
        raise refused or CodeRefused("notSetUp")
    return device, codes


def verify(operator: Operator, code: str, *, actor: Actor) -> Verified:
    """Use up a code of the app or a recovery code. ``CodeRefused``."""
    with transaction.atomic():
        outcome = _try(operator, code, actor=actor)
    if isinstance(outcome, CodeRefused):
        raise outcome
    return outcome


def new_recovery_codes(operator: Operator, code: str, *, actor: Actor) -> list[str]:
    """Ten new recovery codes; those of before end. Takes a current code: ``CodeRefused``."""
    codes: list[str] = []
    with transaction.atomic():
        outcome = _try(operator, code, actor=actor)
        if isinstance(outcome, Verified):
            codes = _make_recovery_codes(operator)
            _note("operator.newRecoveryCodes", operator, actor=actor)
    if isinstance(outcome, CodeRefused):
        raise outcome
    return codes


def switch_off(operator: Operator, code: str, *, actor: Actor) -> None:
    """The password alone opens the desk again. Takes a current code: ``CodeRefused``."""
    with transaction.atomic():
        outcome = _try(operator, code, actor=actor)
        if isinstance(outcome, Verified):
            _forget(operator)
            _note("operator.secondFactorOff", operator, actor=actor)
    if isinstance(outcome, CodeRefused):
        raise outcome


def reset(operator: Operator, *, actor: Actor) -> bool:
    """For somebody who lost the app and the recovery codes; False when there was nothing to reset.

    Who may do that for whom is asked before: ``desk.second_factor_duty.may_reset``.
    """
    with transaction.atomic():
        _lock(operator)
        if not _forget(operator):
            return False
        details = {"name": operator.name}
        _note("operator.resetSecondFactor", operator, actor=actor, details=details)
    return True


# --- inside a transaction, with the operator's row in hand ---


def _lock(operator: Operator) -> None:
    Operator.objects.select_for_update(no_key=True).only("pk").get(pk=operator.pk)


def _note(action: str, operator: Operator, *, actor: Actor, details: dict[str, Any] | None = None) -> None:
    """In the log of every site that the account opens; of the installation, when it opens none."""
    sites: list[Site | None] = list(Site.objects.filter(memberships__operator=operator).only("pk")) or [None]
    record_many(action, actor=actor, about=[(site, operator) for site in sites], details=details)


def _forget(operator: Operator) -> bool:
    StaticDevice.objects.filter(user=operator).delete()
    return TOTPDevice.objects.filter(user=operator).delete()[0] > 0


def _begun(operator: Operator) -> TOTPDevice | None:
    since = timezone.now() - SET_UP_WITHIN
    return TOTPDevice.objects.filter(user=operator, confirmed=False, created_at__gte=since).first()


def _try(operator: Operator, code: str, *, actor: Actor) -> Verified | CodeRefused:
    """A refusal is answered, not raised: what it costs (the throttle) is to be kept."""
    _lock(operator)
    device, plain = device_of(operator), _plain(code)
    if device is None:
        return CodeRefused("notSetUp")
    if _APP_CODE.fullmatch(plain):
        return _try_app(device, plain) or Verified(device, None)
    if not _RECOVERY_CODE.fullmatch(plain):
        return CodeRefused("malformed")
    refused = _try_recovery(operator, plain)
    if refused is not None:
        return refused
    left = recovery_codes_left(operator)
    _note("operator.useRecoveryCode", operator, actor=actor, details={"left": left})
    return Verified(device, left)


def _try_app(device: TOTPDevice, plain: str) -> CodeRefused | None:
    """As ``TOTPDevice.verify_token``, with the sealed key."""
    if not _APP_CODE.fullmatch(plain):
        return CodeRefused("notDigits")
    waits = _waits(device)
    if waits is not None:
        return waits
    key = _key(device)
    totp = TOTP(key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time()
    if not totp.verify(int(plain), device.tolerance, device.last_t + 1):
        device.throttle_increment()
        return CodeRefused("wrong")
    device.last_t, device.drift = totp.t(), totp.drift
    device.key = seal(key, of=_owner(device.user))
    device.throttle_reset(commit=False)
    device.set_last_used_timestamp(commit=False)
    device.save()
    return None


def _try_recovery(operator: Operator, plain: str) -> CodeRefused | None:
    device = StaticDevice.objects.filter(user=operator, confirmed=True).first()
    if device is None:
        return CodeRefused("wrong")
    waits = _waits(device)
    if waits is not None:
        return waits
    digests = [_digest(operator, plain, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    held = device.token_set.filter(token__in=digests).values_list("token", flat=True).first()
    return None if device.verify_token(held or digests[0]) else CodeRefused("wrong")


def _waits(device: TOTPDevice | StaticDevice) -> CodeRefused | None:
    allowed, told = device.verify_is_allowed()
    return None if allowed else CodeRefused("wait", told["locked_until"])


def _make_recovery_codes(operator: Operator) -> list[str]:
    """New ones in the place of all before, as they are shown: ``abcde-fghij``."""
    StaticDevice.objects.filter(user=operator).delete()
    device = StaticDevice.objects.create(user=operator, name="recovery", confirmed=True)
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=_digest(operator, code, settings.SECRET_KEY))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _plain(code: str) -> str:
    """As typed with any keyboard: full-width digits, spaces and hyphens are no mistake."""
    folded = unicodedata.normalize("NFKC", code).lower()
    return re.sub(r"[\s\-‐-―−]", "", folded)


def _digest(operator: Operator, plain: str, key: str) -> str:
    """What is kept of a recovery code: 80 bits, as many as the library's column holds."""
    digest = salted_hmac(_SALT, f"{operator.pk}:{plain}", secret=key, algorithm="sha256").digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _owner(operator: Operator) -> str:
    return f"totp:{operator.pk}"


def _key(device: TOTPDevice) -> bytes:
    return unseal(device.key, of=_owner(device.user))
