"""GRADE-1, GRADE-2: whoever matches a rule by any value, now or ever, carries the highest grade it is given, at once."""

import contextlib
import datetime
from collections import defaultdict
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.details import change_details
from contacts.folding import fold
from contacts.kinds import become_lead, become_member
from contacts.known_values import Origin
from contacts.member_id_edits import change_member_id
from contacts.merge_values import UndoRefused
from contacts.merging import merge
from contacts.models import Contact, ContactAlias, Kind, KnownValue, LeadReason, Source
from contacts.undoing import undo_merge
from desk.actors import SYSTEM
from desk.models import Site
from tags.grade_catalogue import change_grade, create_grade, delete_grade, swap_ranks
from tags.grade_errors import GradeRefused
from tags.grade_rules import add_rule, change_rule, delete_rule
from tags.grading import matching_ids, matching_numbers, regrade
from tags.models import ContactGrade, Grade, GradeRule
from tests.contacts.browser import Browser
from tests.contacts.merge_people import clear
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 3, 31, 3, 30, tzinfo=datetime.UTC)


@pytest.fixture
def gold(shop: Site) -> Grade:
    return create_grade(shop, "Gold", actor=SYSTEM, color="#d4a017", rank=10)


@pytest.fixture
def vip(shop: Site) -> Grade:
    return create_grade(shop, "VIP", actor=SYSTEM, color="#d64545", rank=20)


def rule(grade: Grade, criterion: str, value: str, note: str = "") -> GradeRule:
    made, job = add_rule(
        grade.site, criterion=criterion, value=value, grade=grade, note=note, actor=SYSTEM, now=timezone.now()
    )
    assert job is None
    return made


def grade_of(contact: Contact) -> str | None:
    """The name of the grade the contact carries."""
    carried = ContactGrade.objects.filter(contact=contact).select_related("grade").first()
    return carried.grade.name if carried else None


def tell(contact: Contact, **changes: Any) -> Contact:
    return change_details(
        contact, changes, source=Source.OPERATOR, source_label="Bob", actor=SYSTEM, now=timezone.now()
    )


# --- by which values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "typed"),
    [
        ("email", "  KIM@Example.com "),
        ("email", "ｋｉｍ@example.com"),
        ("mobileNumber", "010-1234-5678"),
        ("mobileNumber", "+82 10 1234 5678"),
        ("mobileNumber", "０１０１２３４５６７８"),
        ("phone", "010.1234.5678"),
        ("memberId", "Kim-7"),
        ("memberId", "kim-7"),
        ("memberId", " ＫＩＭ-7 "),
        ("customerNumber", "4711"),
        ("customerNumber", "#04711"),
        ("customerNumber", "４７１１"),
    ],
)
def test_a_rule_grades_whoever_has_its_value_in_any_spelling(
    shop: Site, gold: Grade, criterion: str, typed: str
) -> None:
    """GRADE-2"""
    contact = ContactFactory(
        site=shop, member_id="Kim-7", email="kim@example.com", mobile_number="+821012345678", customer_number=4711
    )
    other = ContactFactory(site=shop, member_id="kim-77", email="kim@example.co", mobile_number="+821012345679")
    rule(gold, criterion, typed)
    assert grade_of(contact) == "Gold"
    assert grade_of(other) is None


def test_a_value_that_was_known_earlier_counts(shop: Site, gold: Grade) -> None:
    """GRADE-2: by current or known value (QUAL-3)."""
    contact = tell(ContactFactory(site=shop), email="old@example.com", mobileNumber="010-1111-2222")
    contact = tell(contact, email="new@example.com", mobileNumber=None)
    rule(gold, "email", "OLD@example.com")
    assert grade_of(contact) == "Gold"
    delete_rule(GradeRule.objects.get(), actor=SYSTEM)
    rule(gold, "mobileNumber", "+82 10-1111-2222")
    assert grade_of(contact) == "Gold"


def test_a_memberId_that_was_changed_counts_in_every_spelling(shop: Site, gold: Grade) -> None:
    """GRADE-2"""
    contact = become_lead_and_member(shop, "OldName")
    change_member_id(contact, "new-name", actor=SYSTEM, now=timezone.now())
    rule(gold, "memberId", "oldname")
    assert grade_of(contact) == "Gold"


def become_lead_and_member(site: Site, member_id: str) -> Contact:
    contact = ContactFactory(site=site)
    member = become_member(contact.pk, site, member_id, Origin(Source.API, "test", timezone.now()))
    assert member is not None
    return member


def test_the_number_of_an_absorbed_contact_counts(shop: Site, gold: Grade) -> None:
    """GRADE-2, UNI-8: the old number leads to the survivor."""
    rule(gold, "customerNumber", "77")
    survivor, absorbed = ContactFactory(site=shop), ContactFactory(site=shop, customer_number=77)
    regrade(shop.pk, sorted([survivor.pk, absorbed.pk]))
    assert (grade_of(survivor), grade_of(absorbed)) == (None, "Gold")
    merge(survivor, absorbed, actor=SYSTEM, trigger="operator", now=timezone.now())
    assert grade_of(survivor) == "Gold"


def test_whoever_is_told_the_value_later_carries_the_grade_at_once(shop: Site, gold: Grade) -> None:
    """GRADE-1, GRADE-2: the value may not belong to anyone yet."""
    rule(gold, "email", "kim@example.com")
    rule(gold, "memberId", "KIM")
    contact = tell(ContactFactory(site=shop), email="Kim@example.com")
    assert grade_of(contact) == "Gold"
    browser = Browser(shop)
    assert grade_of(browser.boot("kim").contact) == "Gold"
    lead = Browser(shop).boot(profile={"email": "kim@example.com"}).contact
    assert grade_of(lead) == "Gold"


def test_what_a_visitor_typed_counts_too(shop: Site, gold: Grade) -> None:
    """GRADE-2: current or known, whoever told it."""
    rule(gold, "mobileNumber", "01012345678")
    contact = tell(ContactFactory(site=shop), mobileNumber="01099998888")
    change_details(
        contact,
        {"mobileNumber": "010-1234-5678"},
        source=Source.FORM,
        source_label="",
        actor=SYSTEM,
        now=timezone.now(),
    )
    assert grade_of(contact) == "Gold"


def test_an_anonymous_visitor_carries_none_until_the_desk_shows_them(shop: Site, gold: Grade) -> None:
    """KIND-5, GRADE-2"""
    contact = Browser(shop).boot().contact
    rule(gold, "customerNumber", str(contact.customer_number))
    assert grade_of(contact) is None
    become_lead(contact, LeadReason.CHAT, now=timezone.now())
    assert grade_of(contact) == "Gold"


def test_a_new_member_with_the_number_of_a_rule_carries_it_at_once(shop: Site, gold: Grade) -> None:
    """GRADE-1: a customer number that is not given yet."""
    last = Browser(shop).boot("first").contact.customer_number
    rule(gold, "customerNumber", str(last + 1))
    assert grade_of(Browser(shop).boot("second").contact) == "Gold"


# --- several rules -------------------------------------------------------------------------------------------


def test_of_several_rules_the_highest_rank_wins(shop: Site, gold: Grade, vip: Grade) -> None:
    """GRADE-2"""
    contact = ContactFactory(site=shop, email="kim@example.com", mobile_number="+821012345678")
    rule(vip, "mobileNumber", "01012345678")
    rule(gold, "email", "kim@example.com")
    assert grade_of(contact) == "VIP"
    delete_rule(GradeRule.objects.get(grade=vip), actor=SYSTEM)
    assert grade_of(contact) == "Gold"
    delete_rule(GradeRule.objects.get(grade=gold), actor=SYSTEM)
    assert grade_of(contact) is None


def test_one_value_may_have_rules_for_several_grades(shop: Site, gold: Grade, vip: Grade) -> None:
    """GRADE-2"""
    contact = ContactFactory(site=shop, email="kim@example.com")
    rule(gold, "email", "kim@example.com")
    higher = rule(vip, "email", "KIM@example.com")
    assert grade_of(contact) == "VIP"
    assert ContactGrade.objects.get().rule == higher


def test_another_rank_decides_anew(shop: Site, gold: Grade, vip: Grade) -> None:
    """GRADE-2"""
    contact = ContactFactory(site=shop, email="kim@example.com")
    rule(gold, "email", "kim@example.com")
    rule(vip, "email", "kim@example.com")
    change_grade(gold, rank=30, actor=SYSTEM)
    assert grade_of(contact) == "Gold"
    swap_ranks(gold, up=False, actor=SYSTEM)
    assert grade_of(contact) == "VIP"
    vip.refresh_from_db()
    change_grade(vip, rank=1, actor=SYSTEM)
    assert grade_of(contact) == "Gold"


def test_a_deleted_grade_gives_way_to_the_next(shop: Site, gold: Grade, vip: Grade) -> None:
    """GRADE-2"""
    both = ContactFactory(site=shop, email="kim@example.com")
    one = ContactFactory(site=shop, mobile_number="+821012345678")
    rule(gold, "email", "kim@example.com")
    rule(vip, "email", "kim@example.com")
    rule(vip, "mobileNumber", "01012345678")
    deleted = delete_grade(vip, actor=SYSTEM)
    assert (deleted.rules, deleted.contacts, deleted.job) == (2, 2, None)
    assert (grade_of(both), grade_of(one)) == ("Gold", None)


def test_a_changed_rule_lets_go_and_takes_hold_at_once(shop: Site, gold: Grade, vip: Grade) -> None:
    """GRADE-2"""
    kim = ContactFactory(site=shop, email="kim@example.com")
    lee = ContactFactory(site=shop, email="lee@example.com")
    made = rule(gold, "email", "kim@example.com")
    change_rule(made, value="lee@example.com", actor=SYSTEM)
    assert (grade_of(kim), grade_of(lee)) == (None, "Gold")
    change_rule(made, grade=vip, actor=SYSTEM)
    assert grade_of(lee) == "VIP"


# --- merges --------------------------------------------------------------------------------------------------


def test_a_merge_and_its_undo_let_the_grade_follow_its_rules(shop: Site, gold: Grade, vip: Grade) -> None:
    """UNI-7, UNI-10"""
    member = ContactFactory(site=shop, member_id="kim")
    lead = tell(ContactFactory(site=shop), email="kim@example.com")
    rule(gold, "memberId", "kim")
    rule(vip, "email", "kim@example.com")
    assert (grade_of(member), grade_of(lead)) == ("Gold", "VIP")
    before = sorted(ContactGrade.objects.values_list())
    made = merge(member, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    assert grade_of(member) == "VIP"
    undo_merge(made, actor=SYSTEM, now=timezone.now())
    assert sorted(ContactGrade.objects.values_list()) == before


def test_a_value_told_since_the_merge_stays_with_the_survivor_after_its_undo(shop: Site, gold: Grade) -> None:
    """UNI-10: what happened since stays."""
    member, lead = ContactFactory(site=shop, member_id="kim"), ContactFactory(site=shop)
    made = merge(member, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    rule(gold, "email", "kim@example.com")
    tell(member, email="kim@example.com")
    undo_merge(made, actor=SYSTEM, now=timezone.now())
    assert (grade_of(member), grade_of(lead)) == ("Gold", None)


def test_the_grade_goes_with_a_deleted_contact_and_the_rule_stays(shop: Site, gold: Grade) -> None:
    """RET-4, GRADE-1"""
    contact = ContactFactory(site=shop, email="kim@example.com")
    rule(gold, "email", "kim@example.com")
    contact.delete()
    assert (ContactGrade.objects.count(), GradeRule.objects.count()) == (0, 1)


# --- other sites, numbers ------------------------------------------------------------------------------------


def test_rules_of_one_site_mean_nothing_on_another(shop: Site, elsewhere: Site, gold: Grade) -> None:
    """SITE-2"""
    theirs = ContactFactory(site=elsewhere, email="kim@example.com")
    made = rule(gold, "email", "kim@example.com")
    regrade(elsewhere.pk, [theirs.pk])
    regrade(shop.pk, [theirs.pk])
    assert grade_of(theirs) is None
    assert list(matching_ids([made.pk])) == []


def test_how_many_match_a_rule_now_is_told(shop: Site, gold: Grade) -> None:
    ContactFactory.create_batch(3, site=shop, email="kim@example.com")
    many, none = rule(gold, "email", "kim@example.com"), rule(gold, "email", "lee@example.com")
    assert matching_numbers([many.pk, none.pk]) == {many.pk: 3}
    assert matching_numbers([]) == {}


# --- a plain reading of the rule -----------------------------------------------------------------------------

EMAILS = ("a@example.com", "B@Example.com", "not one")
PHONES = ("+821012345678", "+819012345678", "1588")
IDS = ("m-1", "M-1", "회원7", None)
_norms = {"email": str.lower, "mobileNumber": str, "memberId": fold, "customerNumber": str}


def meant(site: Site) -> dict[int, tuple[int, int]]:
    """{contact: (grade, rule)} as GRADE-2 says it, in Python."""
    values: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for one in Contact.objects.filter(site=site).exclude(kind=Kind.ANONYMOUS):
        values[one.pk] |= {
            ("email", one.email_norm),
            ("mobileNumber", one.mobile_number_norm),
            ("memberId", fold(one.member_id or "")),
            ("customerNumber", str(one.customer_number)),
        }
    for known in KnownValue.objects.filter(site=site, contact__in=list(values)):
        values[known.contact_id].add((known.field, known.norm))
    for alias in ContactAlias.objects.filter(site=site, contact__in=list(values), type="customerNumber"):
        values[alias.contact_id].add(("customerNumber", alias.value))
    found = {}
    rules = list(GradeRule.objects.filter(site=site).select_related("grade"))
    for pk, mine in values.items():
        best = [one for one in rules if (one.criterion, one.norm) in mine]
        if best:
            first = min(best, key=lambda one: (-one.grade.rank, one.pk))
            found[pk] = (first.grade_id, first.pk)
    return found


def carried(site: Site) -> dict[int, tuple[int, int]]:
    rows = ContactGrade.objects.filter(site=site)
    return {row.contact_id: (row.grade_id, row.rule_id) for row in rows}


_grades = st.integers(0, 2)
_values = st.one_of(
    st.tuples(st.just("email"), st.sampled_from(["A@example.com", "b@example.com"])),
    st.tuples(st.just("mobileNumber"), st.sampled_from(["010-1234-5678", "+81 90-1234-5678"])),
    st.tuples(st.just("memberId"), st.sampled_from(["m-1", "회원7", "M-2"])),
    st.tuples(st.just("customerNumber"), st.sampled_from(["1", "2", "3", "4"])),
)
_steps = st.one_of(
    st.tuples(st.just("add rule"), _grades, _values),
    st.tuples(st.just("delete rule"), st.integers(0, 5)),
    st.tuples(st.just("change rule"), st.integers(0, 5), _grades, _values),
    st.tuples(st.just("rank"), _grades, st.integers(1, 40)),
    st.tuples(st.just("swap"), _grades, st.booleans()),
    st.tuples(st.just("tell"), st.integers(0, 4), st.sampled_from(EMAILS), st.sampled_from(PHONES), st.booleans()),
    st.tuples(st.just("new"), st.sampled_from(IDS)),
    st.tuples(st.just("merge"), st.integers(0, 4), st.integers(0, 4)),
    st.tuples(st.just("undo"), st.integers(0, 2)),
    st.tuples(st.just("delete grade"), _grades),
)


class World:
    """A site that anything may happen to; what is not possible at the moment is left out."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.made = [create_grade(site, f"G{n}", actor=SYSTEM, rank=n + 1) for n in range(3)]
        self.contacts = 0
        self.merges: list[Any] = []
        for member_id in IDS:
            self.new(member_id)

    def new(self, member_id: str | None) -> None:
        if self.contacts < 12 and not Contact.objects.filter(member_id=member_id or "-").exists():
            self.contacts += 1
            Browser(self.site).boot(member_id, profile={} if member_id else {"email": "a@example.com"})

    def do(self, step: tuple[Any, ...]) -> None:
        name, *given_ = step
        with contextlib.suppress(GradeRefused, UndoRefused):
            getattr(self, name.replace(" ", "_"))(*given_)

    def _grade(self, number: int) -> Grade | None:
        return Grade.objects.filter(pk=self.made[number].pk).first()

    def _rule(self, number: int) -> GradeRule | None:
        return GradeRule.objects.order_by("pk")[number : number + 1].first()

    def _contact(self, number: int) -> Contact | None:
        return Contact.objects.order_by("pk")[number : number + 1].first()

    def add_rule(self, number: int, value: tuple[str, str]) -> None:
        if grade := self._grade(number):
            rule(grade, *value)

    def delete_rule(self, number: int) -> None:
        if found := self._rule(number):
            delete_rule(found, actor=SYSTEM)

    def change_rule(self, number: int, grade: int, value: tuple[str, str]) -> None:
        if (found := self._rule(number)) and (to := self._grade(grade)):
            change_rule(found, criterion=value[0], value=value[1], grade=to, actor=SYSTEM)

    def rank(self, number: int, rank: int) -> None:
        if grade := self._grade(number):
            change_grade(grade, rank=rank, actor=SYSTEM)

    def swap(self, number: int, up: bool) -> None:
        if grade := self._grade(number):
            swap_ranks(grade, up=up, actor=SYSTEM)

    def delete_grade(self, number: int) -> None:
        if grade := self._grade(number):
            delete_grade(grade, actor=SYSTEM)

    def tell(self, number: int, email: str, phone: str, typed: bool) -> None:
        if contact := self._contact(number):
            source = Source.FORM if typed else Source.SCRIPT
            told = {"email": email, "mobileNumber": phone}
            change_details(contact, told, source=source, source_label="", actor=SYSTEM, now=timezone.now())

    def merge(self, one: int, other: int) -> None:
        first, second = self._contact(one), self._contact(other)
        if first and second and first != second and second.kind != Kind.MEMBER and first.kind != Kind.ANONYMOUS:
            self.merges.append(merge(first, second, actor=SYSTEM, trigger="operator", now=timezone.now()))

    def undo(self, number: int) -> None:
        if number < len(self.merges):
            undo_merge(self.merges[number], actor=SYSTEM, now=timezone.now())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(_steps, min_size=4, max_size=14))
def test_whatever_happens_everybody_carries_what_the_rules_give(
    shop: Site, elsewhere: Site, steps: list[tuple[Any, ...]]
) -> None:
    """GRADE-2 against a plain reading, over rules, ranks, values, merges and their undo; and nothing else is touched."""
    world = World(shop)
    try:
        for step in steps:
            world.do(step)
            assert carried(shop) == meant(shop), step
        everybody = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
        assert regrade(shop.pk, everybody) == 0
    finally:
        GradeRule.objects.all().delete()
        Grade.objects.all().delete()
        clear()
