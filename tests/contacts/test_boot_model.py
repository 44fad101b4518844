"""BOOT-3..9 as a whole: random stories of browsers and members, played against a plain model of the rules.

The model knows nothing of rows, tokens or merges: a person is a number, browsers and memberIds point at people.
"""

import datetime
from collections import Counter
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contacts.boot_request import BootRequest
from contacts.booting import boot
from contacts.models import Contact, Identity, Kind, Visit
from desk.models import Site
from tests.contacts.browser import NOON
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db

BROWSERS = st.sampled_from(["first", "second", "third"])
MEMBERS = st.sampled_from(["alice", "bob"])
SPANS = st.sampled_from(
    [
        datetime.timedelta(minutes=1),
        datetime.timedelta(minutes=29),
        datetime.timedelta(minutes=30),
        datetime.timedelta(hours=5),
        datetime.timedelta(days=200),
        datetime.timedelta(days=364),
        datetime.timedelta(days=366),
    ]
)
SESSION, YEAR = datetime.timedelta(minutes=30), datetime.timedelta(days=365)


@dataclass
class Veil:
    """What the model remembers of one veil id."""

    person: int
    last_boot: datetime.datetime


@dataclass
class Cookies:
    """What one browser keeps."""

    veil_id: str
    session: str | None = None
    session_ends: datetime.datetime = NOON
    session_veil: str = ""


@dataclass
class Model:
    """The rules in plain words. People are numbers; ``member`` and ``lead`` say what they are."""

    veils: dict[str, Veil] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)
    leads: set[int] = field(default_factory=set)
    sessions: dict[int, int] = field(default_factory=dict)
    people: int = 0

    def new_person(self) -> int:
        self.people += 1
        self.sessions[self.people] = 0
        return self.people

    def kind_of(self, person: int) -> str:
        if person in self.members.values():
            return Kind.MEMBER
        return Kind.LEAD if person in self.leads else Kind.ANONYMOUS

    def boot(
        self, cookies: Cookies, member_id: str | None, gives_email: bool, now: datetime.datetime
    ) -> tuple[int, bool, bool]:
        """Returns the person, whether the veil id is kept, and whether the session goes on."""
        veil = self.veils.get(cookies.veil_id)
        goes_on = cookies.session is not None and cookies.session_veil == cookies.veil_id and now < cookies.session_ends
        known = veil.person if veil and (goes_on or now - veil.last_boot < YEAR) else None
        keeps_veil = veil is None
        if member_id is not None:
            member = self.members.get(member_id)
            stranger = known is not None and self.kind_of(known) != Kind.MEMBER
            if member is not None and known == member:
                person, keeps_veil = member, True
            elif member is not None and stranger:
                person, keeps_veil, goes_on = member, True, False
                self._absorb(known, member)
            elif member is None and stranger:
                person, keeps_veil = known, True
                self.members[member_id] = person
            else:
                person, goes_on = member if member is not None else self.new_person(), False
                self.members[member_id] = person
        elif known is not None and (goes_on or self.kind_of(known) != Kind.MEMBER):
            person, keeps_veil = known, True
        else:
            person, goes_on = self.new_person(), False
        if gives_email:
            self.leads.add(person)
        if not goes_on:
            self.sessions[person] += 1
        return person, keeps_veil, goes_on

    def _absorb(self, gone: int, member: int) -> None:
        self.sessions[member] += self.sessions.pop(gone)
        for veil in self.veils.values():
            if veil.person == gone:
                veil.person = member


class BootStory(RuleBasedStateMachine):
    """One site; three browsers that keep, lose and age their cookies."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.site: Site = SiteFactory()
        self.now = NOON
        self.model = Model()
        self.cookies = {name: Cookies(name) for name in ("first", "second", "third")}
        self.contacts: dict[int, int] = {}  # person → contact

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(name=BROWSERS, member_id=st.none() | MEMBERS, gives_email=st.booleans())
    def boots(self, name: str, member_id: str | None, gives_email: bool) -> None:
        cookies = self.cookies[name]
        person, keeps_veil, goes_on = self.model.boot(cookies, member_id, gives_email, self.now)
        booted = boot(
            BootRequest(
                plugin_key=self.site.plugin_key,
                veil_id=cookies.veil_id,
                session=cookies.session,
                member_id=member_id,
                profile={"email": "someone@example.com"} if gives_email else {},
                page="/",
            ),
            now=self.now,
        )
        assert self.contacts.setdefault(person, booted.contact.pk) == booted.contact.pk
        assert booted.contact.kind == self.model.kind_of(person)
        assert (booted.identity.key == cookies.veil_id) == keeps_veil
        assert (booted.token == cookies.session) == goes_on
        veil_id = booted.identity.key
        self.model.veils[veil_id] = Veil(person, self.now)
        self.cookies[name] = Cookies(veil_id, booted.token, self.now + SESSION, veil_id)

    @rule(span=SPANS)
    def time_passes(self, span: datetime.timedelta) -> None:
        self.now += span

    @rule(name=BROWSERS)
    def session_cookie_is_deleted(self, name: str) -> None:
        """BOOT-7."""
        self.cookies[name].session = None

    @rule(name=BROWSERS, other=BROWSERS)
    def session_cookie_is_copied(self, name: str, other: str) -> None:
        """A session is worthless in another browser."""
        source = self.cookies[other]
        kept = self.cookies[name]
        self.cookies[name] = Cookies(kept.veil_id, source.session, source.session_ends, source.session_veil)

    @invariant()
    def the_database_agrees(self) -> None:
        contacts = {contact.pk: contact for contact in Contact.objects.filter(site=self.site)}
        living = set(self.model.sessions)
        assert {self.contacts[person] for person in living} == set(contacts)
        visits = Counter(Visit.objects.filter(site=self.site).values_list("contact_id", flat=True))
        for person in living:
            contact = contacts[self.contacts[person]]
            assert contact.kind == self.model.kind_of(person)
            assert contact.sessions_count == visits[contact.pk] == self.model.sessions[person]
        owners = dict(Identity.objects.filter(site=self.site).values_list("key", "contact_id"))
        assert owners == {key: self.contacts[veil.person] for key, veil in self.model.veils.items()}


def test_boots_group_people_as_the_rules_say(db: None) -> None:
    """BOOT-3, 4, 5, 6, 7, 8, 9."""
    run_state_machine_as_test(
        BootStory,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
