"""The authenticator app of a test's operator: what it shows at the (frozen) moment."""

import base64
import time

from django_otp.oath import TOTP

from desk import second_factor
from desk.actors import SYSTEM
from desk.models import Operator


class App:
    """Holds the key as the phone does: from the set-up, never from the database."""

    def __init__(self, key: str) -> None:
        self._key = base64.b32decode(key)

    def code(self, *, steps: int = 0) -> str:
        """The six digits now, or so many half minutes later."""
        totp = TOTP(self._key)
        totp.time = time.time() + 30 * steps
        return f"{totp.token():06d}"

    def wrong_code(self) -> str:
        """Six digits that this app shows neither now nor a step before or after."""
        near = {self.code(steps=step) for step in range(-3, 4)}
        return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in near)


def begin(operator: Operator) -> App:
    """An app that was told the key and is not confirmed yet."""
    second_factor.begin(operator)
    begun = second_factor.begun(operator)
    assert begun is not None
    return App(begun.key)


def set_up(operator: Operator) -> tuple[App, list[str]]:
    """An app in use, and the recovery codes. The code of this half minute is used up by it."""
    app = begin(operator)
    _device, codes = second_factor.confirm(operator, app.code(), actor=SYSTEM)
    return app, codes
