"""Any two contacts for the laws of merging: with any mix of details, identities, visits, events, tags and custom values.

A contact is drawn as a plan of rows (``people()``), and ``settle`` puts it into the database: as the rules would have
written it, and with microseconds, that nothing may round.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model
from hypothesis import strategies as st

from contacts.folding import fold
from contacts.models import (
    Contact,
    ContactAlias,
    ContactChange,
    ContactProfile,
    Event,
    Identity,
    Kind,
    KnownField,
    KnownValue,
    Merge,
    MergeSuggestion,
    PendingMerge,
    Visit,
)
from contacts.search import search_text_of
from desk.models import AuditEntry, Site
from tags.models import ContactTag, Tag
from tests.factories import ContactFactory, ContactTagFactory

START = datetime.datetime(2026, 5, 1, 8, 30, 15, 123_457, tzinfo=datetime.UTC)
EMAILS = ("", "kim@example.com", "Lee@Example.com", "not an address")
PHONES = ("", "+821012345678", "+821099998888", "1588")
NAMES = ("", "이서연", "Kim Minsu", "ＫＩＭ")
CUSTOM = st.dictionaries(
    st.sampled_from(["size", "plan", "vip", "likes", "last"]),
    st.sampled_from([0, 1, 1.5, False, True, "", "M", "ＬＡＲＧＥ", ["a", "B"], [], "2026-01-01"]),
    max_size=4,
)
moments = st.integers(0, 200 * 86_400_000_000).map(lambda micros: START + datetime.timedelta(microseconds=micros))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A contact to be made. ``kind`` is lead or member; lists are rows of their kind."""

    member: bool
    columns: dict[str, Any]
    wide: dict[str, Any]
    typed: frozenset[str]
    noted: frozenset[str]
    identities: int
    visits: list[tuple[datetime.datetime, bool]]
    events: list[datetime.datetime]
    known: list[tuple[str, str, bool, datetime.datetime]]
    tags: list[tuple[int, datetime.datetime]]
    old_numbers: int


@st.composite
def people(draw: st.DrawFn) -> Drawn:
    """Any contact."""
    email, phone = draw(st.sampled_from(EMAILS)), draw(st.sampled_from(PHONES))
    keys = st.sampled_from(["name", "email", "mobileNumber", "address", "memo", "profile.size", "unsubscribeEmail"])
    columns = {
        "name": draw(st.sampled_from(NAMES)),
        "email": email,
        "email_norm": email.lower() if "@" in email else "",
        "email_qualified": bool(email) and draw(st.booleans()),
        "mobile_number": phone,
        "mobile_number_norm": phone if phone.startswith("+") else "",
        "mobile_number_qualified": bool(phone) and draw(st.booleans()),
        "landline_number": draw(st.sampled_from(["", "+8221234567"])),
        "birth_date": draw(st.sampled_from([None, datetime.date(1990, 2, 28)])),
        "city": draw(st.sampled_from(["", "Seoul", "Busan"])),
        "web_browser": draw(st.sampled_from(["", "Chrome", "Safari"])),
        "blocked": draw(st.booleans()),
        "unsubscribe_email": draw(st.booleans()),
        "sessions_count": draw(st.integers(0, 40)),
        "created_at": draw(moments),
        "last_seen_at": draw(st.none() | moments),
        "last_touch_at": draw(moments),
    }
    wide = {
        "values": draw(CUSTOM),
        "memo": draw(st.sampled_from(["", "likes tea", "m" * 300, "n" * 500])),
        "address": draw(st.sampled_from(["", "Seoul 1", "Busan 2"])),
        "referrer": draw(st.sampled_from(["", "https://example.com/"])),
        "utm": draw(st.sampled_from([{}, {"source": "ad"}, {"source": "mail", "medium": "x"}])),
        "import_tags": draw(st.lists(st.sampled_from(["jan", "feb", "mar"]), unique=True)),
    }
    values = st.sampled_from(
        [("email", "kim@example.com"), ("email", "old@example.com"), ("name", "이서연"), ("name", "x")]
    )
    known = st.tuples(values, st.booleans(), moments).map(lambda one: (*one[0], *one[1:]))
    return Drawn(
        member=draw(st.booleans()),
        columns=columns,
        wide=wide,
        typed=frozenset(draw(st.sets(keys))),
        noted=frozenset(draw(st.sets(keys))),
        identities=draw(st.integers(0, 3)),
        visits=draw(st.lists(st.tuples(moments, st.booleans()), max_size=3)),
        events=draw(st.lists(moments, max_size=4)),
        known=draw(st.lists(known, max_size=4, unique_by=lambda one: one[:2])),
        tags=draw(st.lists(st.tuples(st.integers(0, 4), moments), max_size=4, unique_by=lambda one: one[0])),
        old_numbers=draw(st.integers(0, 2)),
    )


def settle(site: Site, drawn: Drawn, number: int, tags: list[Tag]) -> Contact:
    """The drawn contact, in the database. ``number`` tells several apart."""
    created = drawn.columns["created_at"]
    notes = {
        key: [
            "form" if key in drawn.typed else "operator",
            (created + number * datetime.timedelta(days=9)).isoformat(),
            "",
        ]
        for key in drawn.noted
    }
    wide = drawn.wide | {"sources": notes}
    contact = ContactFactory(
        site=site,
        customer_number=100 + number,
        member_id=f"member{number}" if drawn.member else None,
        **drawn.columns,
        **{name: wide[name] for name in ("values", "memo", "address", "sources")},
    )
    profile = contact.profile
    for name in ("referrer", "utm", "import_tags"):
        setattr(profile, name, wide[name])
    profile.search_text = search_text_of(contact, site)
    profile.save()
    _arrive(site, contact, drawn, number)
    for field, value, qualified, seen in drawn.known:
        norm = fold(value) if field == KnownField.EMAIL else ""
        source = "script" if qualified else "form"
        times = {"first_seen_at": seen, "last_seen_at": seen + datetime.timedelta(microseconds=7)}
        KnownValue.objects.create(
            site=site, contact=contact, field=field, value=value, norm=norm, qualified=qualified, source=source, **times
        )
    for index, at in drawn.tags:
        ContactTagFactory(site=site, contact=contact, tag=tags[index], at=at)
    for job_id in (7, number):
        ContactChange.objects.create(site=site, job_id=job_id, contact=contact, before={"name": contact.name})
    for one in range(drawn.old_numbers):
        ContactAlias.objects.create(site=site, contact=contact, type="customerNumber", value=f"{number}00{one}")
    return contact


def _arrive(site: Site, contact: Contact, drawn: Drawn, number: int) -> None:
    identities = [
        Identity.objects.create(site=site, contact=contact, channel="web", key=f"{number}-{n}", created_at=START)
        for n in range(drawn.identities)
    ]
    for index, (at, is_open) in enumerate(drawn.visits if identities else []):
        token = f"{number}-{index}" if is_open else None
        Visit.objects.create(
            site=site,
            contact=contact,
            identity=identities[index % len(identities)],
            token_digest=token,
            started_at=at,
            expires_at=at + datetime.timedelta(minutes=30),
        )
    for index, at in enumerate(drawn.events):
        identity = identities[index % len(identities)] if identities else None
        Event.objects.create(site=site, contact=contact, identity=identity, name=f"event{index}", at=at)


def in_order(first: Contact, second: Contact) -> tuple[Contact, Contact]:
    """Survivor and absorbed: a member survives a lead."""
    return (second, first) if second.kind == Kind.MEMBER and first.kind != Kind.MEMBER else (first, second)


def clear() -> None:
    """Hypothesis plays many examples on one site."""
    for model in (
        PendingMerge,
        MergeSuggestion,
        Merge,
        ContactAlias,
        ContactChange,
        KnownValue,
        Event,
        Visit,
        Identity,
        ContactTag,
        ContactProfile,
        Contact,
    ):
        model._base_manager.all().delete()


# Two of survivor, absorbed, another lead and another member, and whether somebody said that they are not one person.
PAIRS = [(one, other, said) for one in range(3) for other in range(one + 1, 4) for said in (False, True)]


def pair_up(site: Site, four: list[Contact], pairs: set[tuple[int, int, bool]]) -> None:
    """A suggestion for each of ``pairs``, and a pending unification where the second is a member and the first is not."""
    for one, other, said in sorted(pairs):
        ends = sorted([four[one], four[other]], key=lambda contact: contact.pk)
        reason = "samePhone" if said else "sameEmail"
        MergeSuggestion.objects.create(
            site=site,
            first=ends[0],
            second=ends[1],
            reason=reason,
            value="x",
            at=START,
            dismissed_at=START if said else None,
        )
        if not said and four[other].kind == Kind.MEMBER != four[one].kind:
            PendingMerge.objects.create(
                site=site, contact=four[one], member=four[other], field="email", value="x", source="api", at=START
            )


# Ended by a merge and never brought back (UNI-15).
_ENDED = {"contacts.Visit": {"token_digest"}}
_LOGS = {AuditEntry._meta.label, Merge._meta.label}


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours, logs apart."""
    ours = [model for model in apps.get_models() if model._meta.app_label in {"contacts", "tags", "segments", "desk"}]
    return {model._meta.label: _rows(model) for model in ours if model._meta.label not in _LOGS}


def _rows(model: type[Model]) -> list[dict[str, Any]]:
    left_out = _ENDED.get(model._meta.label, set())
    rows = model._base_manager.order_by("pk").values()
    return [{name: value for name, value in row.items() if name not in left_out} for row in rows]
