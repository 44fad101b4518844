"""A company whose system the tests look people up in: the demo's (``config.demo.company``) on a real server with TLS.

Each lookup has a path of its own there. What is asked on a path that is ``held`` is answered when the test lets it.
"""

import datetime
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils import timezone
from pytest_django.fixtures import Settings

from chats.lookups.settings import ApiDraft, QueryDraft, ResultDraft, create_api
from chats.models import ItemKind, LookupApi
from config.demo.company import answer
from desk.actors import SYSTEM
from desk.models import Site
from tests.desk.servers import Authority, Manner, Reading, Seen, Server, answering, serving

HOST = "127.0.0.1"
MEMBER = QueryDraft("Member ID", "memberId", kind=ItemKind.CHAT_FIELD, required=True, channels=["web"])
PHONE = QueryDraft("Phone", "phone", kind=ItemKind.CHAT_FIELD)
RESULTS = (ResultDraft("Tier", "tier"), ResultDraft("Points", "points"), ResultDraft("Order", "lastOrder"))


@dataclass
class Company:
    """The running company. ``keys``: what it knows of its lookups, by path; ``others``: paths it answers otherwise."""

    server: Server | None = None
    keys: dict[str, str] = field(default_factory=dict)
    others: dict[str, Manner] = field(default_factory=dict)
    _held: dict[str, threading.Event] = field(default_factory=dict)

    @property
    def asked(self) -> list[Seen]:
        """What it has been asked so far."""
        assert self.server
        return self.server.seen

    def hold(self, path: str) -> Callable[[], None]:
        """Answer nothing on this path until the function is called."""
        self._held[path] = threading.Event()
        return self._held[path].set

    def let_go(self) -> None:
        """Answer everything."""
        for held in self._held.values():
            held.set()

    def lookup(
        self,
        site: Site,
        name: str,
        *,
        query: Sequence[QueryDraft] = (MEMBER,),
        results: Sequence[ResultDraft] = RESULTS,
        other: Manner | None = None,
    ) -> LookupApi:
        """A lookup of the site that asks here, on a path like its name."""
        assert self.server
        path = f"/{name.lower().replace(' ', '-')}"
        draft = ApiDraft(name, self.server.url(HOST, path=path), True, list(query), list(results))
        made = create_api(site, draft, actor=SYSTEM, now=timezone.now())
        self.keys[path] = made.secret
        if other is not None:
            self.others[path] = other
        return made.api

    def treat(self, seen: Seen) -> Manner:
        path = unquote(urlsplit(seen.line.split(" ")[1]).path)
        if path in self._held:
            self._held[path].wait(timeout=30)
        if path in self.others:
            return self.others[path]
        reply = answer(seen.body, seen.headers, self.keys[path], datetime.datetime.now(datetime.UTC))
        return answering(reply.body, f"{reply.status} It is", "content-type: application/json\r\n")


@contextmanager
def running_company(folder: Path, settings: Settings) -> Iterator[Company]:
    """The company, which this desk believes and may call although it is on this machine."""
    authority, company = Authority(folder), Company()
    settings.OUTBOUND_CA_FILE, settings.OUTBOUND_ALLOWED = str(authority.file), [HOST]
    with serving(Reading(company.treat), certificate=authority.certificate(HOST)) as server:
        company.server = server
        try:
            yield company
        finally:
            company.let_go()
