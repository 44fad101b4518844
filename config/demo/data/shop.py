"""What a first start finds: the demo shop's site, three operators, people, tags and segments.

Made once. A later start finds it done with a handful of reads and changes nothing an operator changed since.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from config.demo.data.chats import tell_chats
from config.demo.data.grades import give_grades
from config.demo.data.seeding import SEEDER, Scale, seed
from config.demo.data.sizes import tell_sizes
from config.demo.data.work import follow_port
from contacts.models import CustomerNumberCounter
from desk.actors import Actor
from desk.audit import record
from desk.models import MemberHashMode, Membership, Operator, Role, Site
from desk.sites import create_site
from segments.saving import save_segment

CODE = "SHOP"
NAME = "단골상점 데모"
CONTACTS = 430  # about 300 of them leads and members


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the people one can sign in as."""

    email: str
    name: str
    role: Role
    language: str
    sees_personal_data: bool = True


COLLEAGUES = (
    Colleague("alice@example.com", "Alice", Role.ADMIN, "ko"),
    Colleague("bob@example.com", "Bob", Role.AGENT, "ko"),
    Colleague("viewer@example.com", "Viewer", Role.VIEWER, "ko", sees_personal_data=False),
)
SEGMENTS = (
    (
        "아직 주문하지 않은 회원",
        {
            "and": [
                {"key": "member", "op": "is", "values": [True]},
                {"key": "profile.lastCheckoutCompletedAt", "op": "empty"},
            ]
        },
    ),
    (
        "최근 30일 안에 주문",
        {"and": [{"key": "profile.lastCheckoutCompletedAt", "op": "withinLast", "values": [30], "unit": "day"}]},
    ),
    ("1년 넘게 안 온 고객", {"and": [{"key": "lastSeenAt", "op": "moreThanAgo", "values": [1], "unit": "year"}]}),
    ("VIP와 단골", {"and": [{"key": "tags", "op": "anyOf", "values": ["VIP", "단골"]}]}),
)


@dataclass(frozen=True, slots=True)
class Demo:
    """The site, and with which password its three people sign in."""

    site: Site
    password: str


def ensure_demo() -> Demo:
    """Make what is missing of the demo. Stopped half-way, the next start finishes it."""
    site = Site.objects.filter(code=CODE).first() or create_site(
        NAME, CODE, actor=SEEDER, member_hash_mode=MemberHashMode.REQUIRED
    )
    password = _ensure_colleagues(site)
    if not CustomerNumberCounter.objects.filter(site=site, last__gt=0).exists():
        seed(site, Scale(contacts=CONTACTS))
        give_grades(site)
        _create_segments(site)
        tell_sizes(site)
        tell_chats(site, _talkers(), seeder=SEEDER)
    follow_port(site)
    return Demo(site, password)


def _talkers() -> dict[str, Operator]:
    """Who answers customers here, by the names the sample conversations give them."""
    return {name: Operator.objects.get(email=f"{name}@example.com") for name in ("alice", "bob")}


def _ensure_colleagues(site: Site) -> str:
    """The operators, and their password. A lost password file means a new password for all three."""
    path = settings.DATA_DIR / "demo_password"
    known = path.exists()
    password = path.read_text().strip() if known else _new_password(path)
    for colleague in COLLEAGUES:
        operator = Operator.objects.filter(email=colleague.email).first()
        if operator is None:
            _create_colleague(site, colleague, password)
        elif not known:
            operator.set_password(password)
            operator.save(update_fields=["password"])
    return password


def _create_colleague(site: Site, colleague: Colleague, password: str) -> None:
    with transaction.atomic():
        operator = Operator.objects.create_user(
            colleague.email, password, name=colleague.name, language=colleague.language
        )
        Membership.objects.create(
            site=site, operator=operator, role=colleague.role, sees_personal_data=colleague.sees_personal_data
        )
        record("operator.create", actor=SEEDER, site=site, target=operator, details={"role": colleague.role})


def _new_password(path: Path) -> str:
    """Made once per data folder; readable by the owner of the folder only."""
    password = secrets.token_urlsafe(9)
    path.unlink(missing_ok=True)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(password + "\n")
    return password


def _create_segments(site: Site) -> None:
    alice = Actor.of_operator(Operator.objects.get(email=COLLEAGUES[0].email))
    for name, document in SEGMENTS:
        save_segment(site, name=name, filter=document, shared=True, actor=alice)
