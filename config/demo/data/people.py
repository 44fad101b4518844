"""One sample person after the other: plausible, and the same for the same seed.

Times are whole seconds since 1970 (UTC). Nothing here knows a database; ``rows`` turns a person into rows.
"""

import itertools
import math
import random
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from config.demo.data import names

DAY = 86_400
YEARS = 3 * 365 * DAY
STRANGERS = 88 * DAY
SILENT = 700 * DAY
T = TypeVar("T")

ANONYMOUS, LEAD, MEMBER = "anonymous", "lead", "member"
INTERESTS = ("차", "찻그릇", "조명", "문구", "향", "생활")
GRADES = ((400_000, "VIP"), (150_000, "골드"), (50_000, "실버"), (0, "일반"))


@dataclass(slots=True)
class Visit:
    """One visit, and where it began."""

    start: int
    end: int
    page: str
    referrer: str = ""
    utm: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Person:
    """Everything that is known of a sample person. ``last_seen`` is None for who was only ever entered by hand."""

    number: int
    kind: str
    lead_reason: str = ""
    member_id: str | None = None
    name: str = ""
    email: str = ""
    mobile: str = ""
    landline: str = ""
    qualified: bool = False
    language: str = ""
    country: str = ""
    city: str = ""
    address: str = ""
    birth_date: str | None = None
    memo: str = ""
    browser: tuple[str, str, str] = ("", "", "")
    channel: str = "web"
    blocked: bool = False
    no_mail: bool = False
    no_texting: bool = False
    sessions: int = 0
    created: int = 0
    last_seen: int | None = None
    touched: int = 0
    referrer: str = ""
    utm: dict[str, str] = field(default_factory=dict)
    orders: int = 0
    spent: int = 0
    last_order: int | None = None
    consent: bool | None = None
    interests: tuple[str, ...] = ()
    visits: list[Visit] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @property
    def grade(self) -> str:
        """The shop's own grade, by what was spent."""
        return next(name for least, name in GRADES if self.spent >= least)


def _weighted(rows: Sequence[tuple[object, ...]]) -> tuple[Sequence[tuple[object, ...]], list[float]]:
    """The rows with their running share; the last item of a row is its weight."""
    sums = list(itertools.accumulate(float(row[-1]) for row in rows))  # type: ignore[arg-type]
    return rows, [part / sums[-1] for part in sums]


_KOREAN = (_weighted(names.KOREAN_SURNAMES), names.KOREAN_NAMES, _weighted(names.KOREAN_CITIES))
_JAPANESE = (_weighted(names.JAPANESE_SURNAMES), names.JAPANESE_NAMES, _weighted(names.JAPANESE_CITIES))
_ENGLISH = (_weighted(names.ENGLISH_SURNAMES), names.ENGLISH_NAMES, _weighted(names.ENGLISH_CITIES))
# (language, country, country code, surnames, given names, cities)
_NATIONS = (("ko", "KR", "82", *_KOREAN), ("ja", "JP", "81", *_JAPANESE), ("en", "US", "1", *_ENGLISH))
_BROWSERS = _weighted(names.BROWSERS)
_REFERRERS = _weighted(names.REFERRERS)
_AREAS = (212, 206, 213, 312, 415, 512, 617, 702, 718, 808)


class Crowd:
    """Makes people. ``anonymous`` is the share of visitors nobody knows; ``visits`` bounds the visits told of each."""

    def __init__(self, seed: str, *, now: int, anonymous: float, visits: int) -> None:
        self._random = random.Random(seed)
        self._now = now
        self._anonymous = anonymous
        self._visits = visits

    def person(self, number: int) -> Person:
        """The next person, who gets this customer number."""
        chance: Callable[[], float] = self._random.random
        if chance() < self._anonymous:
            person = Person(number, ANONYMOUS)
        elif chance() < 0.75:
            person = Person(number, MEMBER)
        else:
            reason = "contactPoint" if (share := chance()) < 0.6 else "entered" if share < 0.8 else "chat"
            person = Person(number, LEAD, reason if share < 0.95 else "messenger")
        self._times(person, chance)
        # Of whom nothing was heard for long has had a letter since, or would be deleted by now (RET-3).
        heard = person.created if person.last_seen is None else person.last_seen
        person.touched = self._now - (self._now - heard) % SILENT
        nation = self._origin(person, chance)
        if person.kind != ANONYMOUS:
            self._details(person, nation, chance)
        if person.kind == MEMBER:
            self._shopping(person, chance)
        if person.kind != ANONYMOUS:
            person.tags = _tags_for(person, self._now, chance)
        return person

    def _times(self, person: Person, chance: Callable[[], float]) -> None:
        """First and last visit within three years: many came once, most of the others lately. Strangers of whom
        nothing was heard for three months would be deleted by now (RET-2).
        """
        age = int((STRANGERS if person.kind == ANONYMOUS else YEARS) * chance())
        person.created = self._now - age
        if person.lead_reason == "entered":
            return
        if person.lead_reason == "messenger":
            person.channel = "kakao"
        once = chance() < (0.55 if person.kind == ANONYMOUS else 0.12)
        person.sessions = 1 if once else 2 + int(-6 * _log(chance()) * (0.4 if person.kind == ANONYMOUS else 1.0))
        length = 40 + int(1200 * chance() ** 2)
        # Ended some time within the last hours at the latest: not everybody is there this very minute.
        left = self._now - int(age * chance() ** 1.5) - int(8 * 3600 * chance() ** 2)
        person.last_seen = min(person.created + length if once else max(person.created + length, left), self._now)
        person.visits = self._visits_of(person, length, chance)

    def _visits_of(self, person: Person, length: int, chance: Callable[[], float]) -> list[Visit]:
        last_seen = person.last_seen or person.created
        last = max(person.created, last_seen - length)
        starts = [last]
        for _ in range(min(person.sessions, self._visits) - 1):
            starts.append(person.created + int((last - person.created) * chance()))
        starts.sort()
        if person.sessions <= self._visits:
            starts[0] = person.created
        pages = names.PAGES
        visits = [Visit(start, min(start + length, last_seen), pages[int(len(pages) * chance())]) for start in starts]
        visits[-1].end = last_seen
        return visits

    def _origin(self, person: Person, chance: Callable[[], float]) -> int:
        share = chance()
        nation = 0 if share < 0.60 else 1 if share < 0.85 else 2
        person.language, person.country = _NATIONS[nation][:2]
        if chance() < 0.6:
            city = _pick(_NATIONS[nation][5], chance())
            person.city = str(city[0])
            person.address = str(city[1])
        if person.visits:
            browser = _pick(_BROWSERS, chance())
            person.browser = (str(browser[0]), str(browser[1]), str(browser[2]))
            referrer, utm, _weight = _pick(_REFERRERS, chance())
            person.referrer, person.utm = str(referrer), dict(utm)  # type: ignore[call-overload]
            person.visits[0].referrer, person.visits[0].utm = person.referrer, person.utm
        return nation

    def _details(self, person: Person, nation: int, chance: Callable[[], float]) -> None:
        language, _country, code, surnames, given_names, _cities = _NATIONS[nation]
        surname = _pick(surnames, chance())
        given = given_names[int(len(given_names) * chance())]
        member = person.kind == MEMBER
        handle = f"{given[1]}.{surname[1]}{person.number}"
        if member or chance() < 0.7:
            person.name = (
                f"{surname[0]}{given[0]}" if language == "ko"
                else f"{surname[0]} {given[0]}" if language == "ja"
                else f"{given[0]} {surname[0]}"
            )  # fmt: skip
        person.qualified = member or person.lead_reason == "entered"
        wants_point = person.lead_reason in ("contactPoint", "entered") or member
        if wants_point and chance() < 0.85:
            person.mobile = _mobile(code, person.number, chance)
        if wants_point and (not person.mobile or chance() < 0.6):
            person.email = f"{handle}@{names.MAIL_HOSTS[int(len(names.MAIL_HOSTS) * chance())]}"
        if member:
            person.member_id = f"{given[1]}{person.number:04}"
        if language == "ko" and person.mobile and chance() < 0.02:
            person.landline = f"+822{5_000_000 + person.number % 500_000}"
        if not (member and chance() < 0.35):
            person.address = ""
        elif person.address:
            person.address += f" {1 + int(200 * chance())}"
        if member and chance() < 0.45:
            person.birth_date = f"{1950 + int(57 * chance())}-{1 + int(12 * chance()):02}-{1 + int(28 * chance()):02}"
        if chance() < 0.04:
            person.memo = names.MEMOS[int(len(names.MEMOS) * chance())]
        person.no_mail, person.no_texting = chance() < 0.08, chance() < 0.06
        person.blocked = chance() < 0.003

    def _shopping(self, person: Person, chance: Callable[[], float]) -> None:
        if chance() < 0.5 and person.visits:
            person.orders = 1 + min(int(-3 * _log(chance())), person.sessions * 2)
            person.spent = person.orders * (15_000 + 1_000 * int(120 * chance() ** 2))
            visit = person.visits[-1 if chance() < 0.6 else 0]
            person.last_order = visit.start + int((visit.end - visit.start) * 0.8)
        if chance() < 0.7:
            person.consent = chance() < 0.6
        if chance() < 0.4:
            first = int(len(INTERESTS) * chance())
            person.interests = (INTERESTS[first], INTERESTS[first - 1]) if chance() < 0.4 else (INTERESTS[first],)


def _mobile(code: str, number: int, chance: Callable[[], float]) -> str:
    """A number of its own for everybody, from ranges that nobody has where there are any."""
    if code == "82":
        return f"+8210{(number * 7_919_777 + 131) % 20_000_000:08}"
    if code == "81":
        return f"+81{(90, 80, 70)[number % 3]}{10_000_000 + number * 104_729 % 90_000_000}"
    return f"+1{_AREAS[number % len(_AREAS)]}55501{int(100 * chance()):02}"


def _tags_for(person: Person, now: int, chance: Callable[[], float]) -> list[str]:
    """Tags as a shop would have them: about one and a half per person."""
    tags: list[str] = []
    if person.kind == MEMBER and person.spent >= GRADES[0][0]:
        tags.append("VIP")
    if now - person.created < 30 * DAY:
        tags.append("신규")
    if person.orders == 1:
        tags.append("첫구매")
    elif person.orders >= 5:
        tags.append("단골")
    if person.last_seen is not None and now - person.last_seen > 365 * DAY:
        tags.append("휴면")
    if person.city and chance() < 0.5:
        tags.append(f"지역/{person.city}")
    tags.extend(f"관심/{interest}" for interest in person.interests)
    share = chance()
    if share < 0.12:
        tags.append("알림톡/전송완료")
    elif share < 0.16:
        tags.append("상담/교환·반품")
    elif share < 0.18:
        tags.append("상담/불만")
    return tags


def _pick(table: tuple[Sequence[tuple[object, ...]], list[float]], share: float) -> tuple[object, ...]:
    rows, shares = table
    return rows[min(bisect(shares, share), len(rows) - 1)]


def _log(share: float) -> float:
    return math.log(max(share, 1e-9))
