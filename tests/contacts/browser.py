"""A browser for tests: it keeps what the plugin keeps (veil id, session) and boots against the rules, without HTTP."""

import datetime
from typing import Any

from contacts.boot_request import BootRequest
from contacts.booting import Booted, boot
from desk.models import Site

NOON = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


class Browser:
    """``now`` is the browser's clock; ``wait`` moves it."""

    def __init__(self, site: Site, *, now: datetime.datetime = NOON, veil_id: str | None = None) -> None:
        self.site = site
        self.now = now
        self.veil_id = veil_id
        self.session: str | None = None

    def boot(self, member_id: str | None = None, **told: Any) -> Booted:
        """Start the plugin and keep what it answers."""
        booted = boot(
            BootRequest(
                plugin_key=self.site.plugin_key,
                veil_id=self.veil_id,
                session=self.session,
                member_id=member_id,
                **told,
            ),
            now=self.now,
        )
        self.veil_id, self.session = booted.identity.key, booted.token
        return booted

    def wait(self, span: datetime.timedelta) -> "Browser":
        """Let time pass."""
        self.now += span
        return self

    def forget_session(self) -> "Browser":
        """Delete the cookie ``ch-session`` (BOOT-7)."""
        self.session = None
        return self
