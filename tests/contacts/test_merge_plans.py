"""UNI-6, UNI-7, UNI-13: the plan of a merge: which value wins and why, what moves, and that just this happens."""

import datetime
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.details import change_details
from contacts.merge_plans import plan_merge
from contacts.merge_values import FieldPlan, MergePlan, Why
from contacts.merging import MergeRefused, PlanChanged, merge
from contacts.models import (
    Contact,
    ContactAlias,
    Event,
    Identity,
    Kind,
    KnownField,
    KnownValue,
    ProfileField,
    Source,
    Visit,
)
from contacts.moving import count_rows, merge_participants
from desk.actors import SYSTEM
from desk.models import Site
from tags.models import Tag
from tests.contacts.browser import DAY, NOON, Browser
from tests.contacts.merge_people import Drawn, clear, everything, in_order, people, settle
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

pytestmark = pytest.mark.django_db


def do_merge(survivor: Contact, absorbed: Contact, **options: Any) -> None:
    merge(survivor, absorbed, **({"actor": SYSTEM, "trigger": "operator", "now": NOON + DAY} | options))


def field(plan: MergePlan, key: str) -> FieldPlan:
    return next(one for one in plan.fields if one.key == key)


def decision(survivor: Contact, absorbed: Contact, key: str, **options: Any) -> tuple[object, str, Why, bool]:
    found = field(plan_merge(survivor, absorbed, **options), key)
    return found.result, found.wins, found.why, found.choosable


def note(source: str, at: datetime.datetime = NOON) -> list[str]:
    return [source, at.isoformat(), ""]


@pytest.fixture
def tags(shop: Site) -> list[Tag]:
    return [TagFactory(site=shop) for _ in range(5)]


# --- the plan is what happens -------------------------------------------------------------------------------------

_COLUMNS = {
    "name": "name",
    "email": "email",
    "mobileNumber": "mobile_number",
    "landlineNumber": "landline_number",
    "birthDate": "birth_date",
    "city": "city",
    "web.browser": "web_browser",
    "blocked": "blocked",
    "unsubscribeEmail": "unsubscribe_email",
    "sessionsCount": "sessions_count",
    "createdAt": "created_at",
    "lastSeenAt": "last_seen_at",
    "lastTouchAt": "last_touch_at",
    "customerNumber": "customer_number",
    "memberId": "member_id",
}
_WIDE = {"address": "address", "memo": "memo", "referrer": "referrer", "utm": "utm", "importTags": "import_tags"}


def _value_now(contact: Contact, key: str) -> object:
    if key in _COLUMNS:
        return getattr(contact, _COLUMNS[key])
    if key in _WIDE:
        return getattr(contact.profile, _WIDE[key])
    if key == "tags":
        return sorted(contact.tag_attachments.values_list("tag__name", flat=True))
    return contact.profile.values[key.removeprefix("profile.")]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(ours=people(), theirs=people(), data=st.data())
def test_what_the_plan_says_is_what_the_database_holds_afterwards(
    shop: Site, tags: list[Tag], ours: Drawn, theirs: Drawn, data: st.DataObject
) -> None:
    """UNI-13: winning values, counts per relation, clashes and what is dropped; and a plan writes nothing."""
    survivor, absorbed = in_order(settle(shop, ours, 1, tags), settle(shop, theirs, 2, tags))
    try:
        before = everything()
        first = plan_merge(survivor, absorbed, member_into_member=True)
        choices = {
            one.key: data.draw(st.sampled_from(["survivor", "absorbed"])) for one in first.fields if one.choosable
        }
        plan = plan_merge(survivor, absorbed, choices=choices, member_into_member=True)
        assert everything() == before
        assert plan.fingerprint == first.fingerprint
        counts = count_rows(survivor)
        open_there = {visit.token_digest for visit in absorbed.visits.exclude(token_digest=None)}
        do_merge(survivor, absorbed, choices=choices, fingerprint=plan.fingerprint, member_into_member=True)
        now = Contact.objects.select_related("profile").get(pk=survivor.pk)
        for one in plan.fields:
            assert _value_now(now, one.key) == one.result, one.key
            if one.choosable:
                assert one.result == (one.kept if choices[one.key] == "survivor" else one.absorbed)
                assert one.why == Why.CHOSEN
        added = {move.relation: move.count for move in plan.moves}
        made = {"contacts.ContactAlias.contact": 2 + bool(absorbed.member_id), "contacts.Merge.survivor": 1}
        for name, (count,) in count_rows(survivor).items():
            if name != "contacts.KnownValue.contact" and merge_participants.get(name).listed:
                assert count == counts[name][0] + added.get(name, 0) + made.get(name, 0), name
        for one in plan.dropped:
            assert _is_kept(shop, survivor, one.key, one.value, one.where, open_there), one
    finally:
        clear()


def _is_kept(site: Site, survivor: Contact, key: str, value: object, where: str, open_there: set[str | None]) -> bool:
    if where == "alias":
        return ContactAlias.objects.filter(site=site, contact=survivor, type=key, value=str(value)).exists()
    if where == "knownValue":
        return KnownValue.objects.filter(contact=survivor, field=KnownField(key), value=value).exists()
    if where == "ended":
        return not Visit.objects.filter(contact=survivor, token_digest__in=open_there).exists()
    return where == "record"


# --- which value wins, and why ------------------------------------------------------------------------------------


def test_a_value_goes_over_none(shop: Site) -> None:
    """UNI-7."""
    member, lead = ContactFactory(site=shop, member_id="a", name=""), ContactFactory(site=shop, name="Kim")
    assert decision(member, lead, "name") == ("Kim", "absorbed", Why.ONLY_VALUE, False)


def test_qualified_goes_over_unqualified_even_over_a_members(shop: Site) -> None:
    """UNI-7, QUAL-2: the flag is the value's, not the person's."""
    member = ContactFactory(site=shop, member_id="a", email="typed@example.com")
    lead = ContactFactory(site=shop, email="real@example.com", email_qualified=True)
    assert decision(member, lead, "email") == ("real@example.com", "absorbed", Why.QUALIFIED, True)


def test_a_name_that_the_visitor_typed_gives_way_to_one_we_trust(shop: Site) -> None:
    """QUAL-1."""
    member = ContactFactory(site=shop, member_id="a", name="typed", sources={"name": note("form")})
    lead = ContactFactory(site=shop, name="Kim", sources={"name": note("operator")})
    assert decision(member, lead, "name") == ("Kim", "absorbed", Why.QUALIFIED, True)


def test_the_members_value_goes_over_the_leads(shop: Site) -> None:
    """UNI-7: even an older one."""
    member = ContactFactory(site=shop, member_id="a", name="Old", sources={"name": note("api", NOON - DAY)})
    lead = ContactFactory(site=shop, name="New", sources={"name": note("api")})
    assert decision(member, lead, "name") == ("Old", "survivor", Why.MEMBER, True)


def test_of_two_leads_the_newer_value_stands(shop: Site) -> None:
    """UNI-7."""
    first = ContactFactory(site=shop, name="Old", sources={"name": note("api", NOON - DAY)})
    second = ContactFactory(site=shop, name="New", sources={"name": note("api")})
    assert decision(first, second, "name") == ("New", "absorbed", Why.NEWER, True)
    assert decision(second, first, "name") == ("New", "survivor", Why.NEWER, True)


def test_what_the_browser_tells_is_as_new_as_the_last_visit(shop: Site) -> None:
    """UNI-7."""
    first = ContactFactory(site=shop, web_browser="Chrome", created_at=NOON, last_seen_at=NOON)
    second = ContactFactory(site=shop, web_browser="Safari", created_at=NOON - DAY, last_seen_at=NOON + DAY)
    assert decision(first, second, "web.browser") == ("Safari", "absorbed", Why.NEWER, True)


def test_the_same_value_has_nothing_to_choose_but_may_become_trusted(shop: Site) -> None:
    """QUAL-2."""
    member = ContactFactory(site=shop, member_id="a", email="kim@example.com", email_qualified=False)
    lead = ContactFactory(site=shop, email="kim@example.com", email_qualified=True)
    assert decision(member, lead, "email") == ("kim@example.com", "absorbed", Why.QUALIFIED, False)
    do_merge(member, lead)
    assert Contact.objects.get().email_qualified


def test_a_custom_value_of_zero_or_false_is_a_value(shop: Site) -> None:
    """FIL-4, UNI-7: and true is not 1."""
    member = ContactFactory(site=shop, member_id="a", values={"visits": 0, "vip": False, "flag": True, "size": ""})
    lead = ContactFactory(site=shop, values={"visits": 5, "vip": True, "flag": 1, "size": "M"})
    assert decision(member, lead, "profile.visits")[:2] == (0, "survivor")
    assert decision(member, lead, "profile.vip")[:2] == (False, "survivor")
    assert decision(member, lead, "profile.flag")[2] == Why.MEMBER
    assert decision(member, lead, "profile.size")[:3] == ("M", "absorbed", Why.ONLY_VALUE)


def test_an_operator_chooses_where_the_two_differ(shop: Site) -> None:
    """UNI-6: the other value stays known, with its source."""
    member = ContactFactory(site=shop, member_id="a", email="a@example.com", email_qualified=True, values={"size": "S"})
    lead = ContactFactory(
        site=shop,
        email="b@example.com",
        values={"size": "M"},
        sources={"email": note("form"), "profile.size": note("api")},
    )
    choices = {"email": "absorbed", "profile.size": "absorbed"}
    assert decision(member, lead, "email", choices=choices) == ("b@example.com", "absorbed", Why.CHOSEN, True)
    do_merge(member, lead, choices=choices)
    now = Contact.objects.select_related("profile").get()
    assert (now.email, now.email_norm, now.email_qualified) == ("b@example.com", "b@example.com", False)
    assert now.profile.values == {"size": "M"}
    assert now.profile.folded == {"size": "m"}
    assert now.profile.sources == {"email": note("form"), "profile.size": note("api")}
    lost = KnownValue.objects.get(contact=member, value="a@example.com")
    assert (lost.field, lost.norm, lost.qualified) == ("email", "a@example.com", True)


@pytest.mark.parametrize(
    "choices",
    [
        {"blocked": "survivor"},
        {"nobody": "survivor"},
        {"name": "other"},
        {"memberId": "absorbed"},
        {"profile.": "absorbed"},
    ],
)
def test_a_choice_that_is_none_is_refused(shop: Site, choices: dict[str, str]) -> None:
    """UNI-6: consent and counters are not a matter of choice; unknown names are errors."""
    member, lead = ContactFactory(site=shop, member_id="a", name="A"), ContactFactory(site=shop, name="B", blocked=True)
    with pytest.raises(MergeRefused, match="choice") as refused:
        plan_merge(member, lead, choices=choices)
    assert refused.value.path == next(iter(choices))
    with pytest.raises(MergeRefused, match="choice"):
        do_merge(member, lead, choices=choices)


def test_the_sources_of_both_values_are_told(shop: Site) -> None:
    """QUAL-6: source and date stand under each value."""
    member = ContactFactory(site=shop, member_id="a", name="A", sources={"name": note("script")})
    plan = plan_merge(member, ContactFactory(site=shop, name="B"))
    source = field(plan, "name").kept_source
    assert source is not None
    assert (source.source, source.at) == (Source.SCRIPT, NOON.isoformat())
    assert field(plan, "name").absorbed_source is None


def test_custom_fields_are_told_by_their_label(shop: Site) -> None:
    ProfileField.objects.create(site=shop, key="size", label="Shoe size", type="number")
    plan = plan_merge(ContactFactory(site=shop, member_id="a", values={"size": 1}), ContactFactory(site=shop))
    assert field(plan, "profile.size").label == "Shoe size"


# --- what moves, clashes, is dropped, and warnings ------------------------------------------------------------------


def test_the_plan_counts_what_moves(shop: Site) -> None:
    """UNI-13: per kind of thing; what becomes one with the survivor's is told as a clash."""
    browser = Browser(shop)
    browser.boot(page="/", profile={"email": "kim@example.com", "name": "Kim"})
    lead = browser.wait(DAY).boot(page="/").contact
    member = ContactFactory(site=shop, member_id="a", name="A")
    told = {"source": Source.API, "source_label": "", "actor": SYSTEM, "now": NOON}
    change_details(member, {"email": "kim@example.com"}, **told)  # type: ignore[arg-type]
    tag = TagFactory(site=shop)
    for contact in (member, lead):
        ContactTagFactory(site=shop, contact=contact, tag=tag)
    plan = plan_merge(member, lead)
    assert {move.relation: move.count for move in plan.moves} == {
        "contacts.Visit.contact": 2,
        "contacts.Identity.contact": 1,
        "contacts.Event.contact": 2,
        "contacts.KnownValue.contact": 1,
    }
    assert {clash.relation: clash.count for clash in plan.clashes} == {
        "contacts.KnownValue.contact": 1,
        "tags.ContactTag.contact": 1,
    }
    assert all(clash.settled for clash in plan.clashes)
    assert all(move.label for move in plan.moves)


def test_a_preview_is_a_dozen_statements_and_two(shop: Site, django_assert_max_num_queries: Any) -> None:
    """UNI-13: all relations are counted in one; what upper apps tell of clashes comes to two more."""
    pair = ContactFactory(site=shop, member_id="a"), ContactFactory(site=shop)
    with django_assert_max_num_queries(14):
        plan_merge(*pair)


def test_the_warnings_say_what_one_should_know(shop: Site) -> None:
    """UNI-6, UNI-7, UNI-15."""
    browser = Browser(shop)
    lead = browser.boot(profile={"email": "kim@example.com"}).contact
    lead.profile.memo = "b" * 300
    lead.profile.save()
    Contact.objects.filter(pk=lead.pk).update(blocked=True)
    member = ContactFactory(site=shop, member_id="a", memo="a" * 300)
    for contact in (member, lead):
        for _ in range(11):
            ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop))
    plan = plan_merge(member, lead)
    assert [one.code for one in plan.warnings] == ["memoCut", "blocked", "sessionsEnd", "tooManyTags"]
    assert "101" in plan.warnings[0].words
    assert {(one.key, one.where) for one in plan.dropped} == {
        ("customerNumber", "alias"),
        ("memo", "record"),
        ("sessions", "ended"),
    }


def test_two_members_become_one_only_when_that_is_allowed(shop: Site) -> None:
    """UNI-6: the absorbed memberId stays an alias, and a known value."""
    kept, other = ContactFactory(site=shop, member_id="a"), ContactFactory(site=shop, member_id="b", name="")
    for attempt in (plan_merge, do_merge):
        with pytest.raises(MergeRefused, match=r"^member$"):
            attempt(kept, other)
    plan = plan_merge(kept, other, member_into_member=True)
    assert [one.code for one in plan.warnings] == ["memberAbsorbed"]
    assert field(plan, "memberId").result == "a"
    do_merge(kept, other, member_into_member=True)
    assert KnownValue.objects.get(field="memberId", value="b").contact_id == kept.pk
    assert Browser(shop).boot("b").contact.pk == kept.pk


def test_a_lead_does_not_absorb_a_member(shop: Site) -> None:
    """KIND-4: of the two the member is kept, whichever way it was asked."""
    lead, member = ContactFactory(site=shop), ContactFactory(site=shop, member_id="a")
    for allowed in (False, True):
        with pytest.raises(MergeRefused, match="member_survives") as refused:
            plan_merge(lead, member, member_into_member=allowed)
    assert refused.value.message


def test_a_lead_that_is_absorbed_by_an_anonymous_contact_stays_visible(shop: Site) -> None:
    """KIND-4: kinds never go backwards."""
    stranger = ContactFactory(site=shop, kind=Kind.ANONYMOUS, name="")
    do_merge(stranger, ContactFactory(site=shop, email="kim@example.com"))
    now = Contact.objects.select_related("profile").get()
    assert (now.pk, now.kind, now.email) == (stranger.pk, Kind.LEAD, "kim@example.com")
    assert "kim@example.com" in now.profile.search_text


def test_fifty_identities_together_are_allowed_and_one_more_is_not(shop: Site) -> None:
    """BOOT-11."""
    pair = ContactFactory(site=shop, member_id="a"), ContactFactory(site=shop)
    for contact, count in zip(pair, (49, 1), strict=True):
        Identity.objects.bulk_create(
            Identity(site=shop, contact=contact, channel="web", key=f"{contact.pk}-{n}", created_at=NOON)
            for n in range(count)
        )
    plan_merge(*pair)
    Identity.objects.create(site=shop, contact=pair[0], channel="web", key="one more", created_at=NOON)
    with pytest.raises(MergeRefused, match="too_many_identities"):
        plan_merge(*pair)


def test_the_plan_speaks_the_language_of_the_operator(shop: Site) -> None:
    """L10N-1: labels are made when the plan is."""
    pair = ContactFactory(site=shop, member_id="a", name="A"), ContactFactory(site=shop, name="B")
    with translation.override("ko"):
        assert field(plan_merge(*pair), "name").label == "이름"


# --- the fingerprint ------------------------------------------------------------------------------------------------


def _write_name(contact: Contact) -> None:
    told = {"source": Source.API, "source_label": "", "actor": SYSTEM, "now": NOON}
    change_details(contact, {"name": "Other"}, **told)  # type: ignore[arg-type]


def _add_event(contact: Contact) -> None:
    Event.objects.create(site=contact.site, contact=contact, name="x", at=NOON)


def _add_tag(contact: Contact) -> None:
    ContactTagFactory(site=contact.site, contact=contact, tag=TagFactory(site=contact.site))


def _add_known_value(contact: Contact) -> None:
    times = {"first_seen_at": NOON, "last_seen_at": NOON}
    KnownValue.objects.create(
        site=contact.site, contact=contact, field="name", value="x", qualified=True, source="api", **times
    )


def _add_identity(contact: Contact) -> None:
    Identity.objects.create(site=contact.site, contact=contact, channel="web", key="new", created_at=NOON)


def _write_any_column(contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(updated_at=NOON + DAY)


@pytest.mark.parametrize("side", ["survivor", "absorbed"])
@pytest.mark.parametrize(
    ("write", "key"),
    [
        (_write_name, "name"),
        (_add_event, "contacts.Event.contact"),
        (_add_tag, "tags.ContactTag.contact"),
        (_add_known_value, "contacts.KnownValue.contact"),
        (_add_identity, "contacts.Identity.contact"),
        (_write_any_column, "updatedAt"),
    ],
)
def test_any_write_in_between_stops_the_merge_and_is_told(shop: Site, write: Any, key: str, side: str) -> None:
    """UNI-13: nothing happens, and the difference is known: what, then and now."""
    pair = ContactFactory(site=shop, member_id="a", name="A"), ContactFactory(site=shop, name="B")
    plan = plan_merge(*pair)
    write(pair[side == "absorbed"])
    before = everything()
    with pytest.raises(PlanChanged) as changed:
        do_merge(*pair, fingerprint=plan.fingerprint, told=plan.told())
    assert everything() == before
    told = {one.key: one for one in changed.value.changes}
    assert key in told
    assert told[key].then != told[key].now
    assert changed.value.plan.fingerprint == plan_merge(*pair).fingerprint
    do_merge(*pair, fingerprint=changed.value.plan.fingerprint)


def test_the_difference_is_told_in_words(shop: Site) -> None:
    """UNI-13: as "kept / absorbed"; without what the preview told, what was there then is not known."""
    pair = ContactFactory(site=shop, member_id="a", name="A"), ContactFactory(site=shop, name="B")
    plan = plan_merge(*pair)
    _write_name(pair[1])
    for told, then in ((plan.told(), "A / B"), (None, None)):
        with pytest.raises(PlanChanged) as changed:
            do_merge(*pair, fingerprint=plan.fingerprint, told=told)
        name = next(one for one in changed.value.changes if one.key == "name")
        assert (name.what, name.then, name.now) == ("name", then, "A / Other")


@pytest.mark.parametrize("fingerprint", ["", "x", "0.0", "ä.%%%", "a" * 5_000])
def test_a_fingerprint_that_is_none_of_ours_confirms_nothing(shop: Site, fingerprint: str) -> None:
    """UNI-13: it comes from outside."""
    pair = ContactFactory(site=shop, member_id="a"), ContactFactory(site=shop)
    with pytest.raises(PlanChanged):
        do_merge(*pair, fingerprint=fingerprint)
    assert Contact.objects.count() == 2


def test_the_fingerprint_is_not_that_of_the_swapped_pair(shop: Site) -> None:
    """UNI-13: who is kept is part of what was confirmed."""
    first, second = ContactFactory(site=shop, name="A"), ContactFactory(site=shop, name="A")
    plan = plan_merge(first, second)
    with pytest.raises(PlanChanged):
        do_merge(second, first, fingerprint=plan.fingerprint)


def test_a_visitor_who_goes_on_reading_does_not_change_the_plan(shop: Site) -> None:
    """UNI-13: an open session that slides on is nothing the plan tells of."""
    browser = Browser(shop)
    lead = browser.boot(profile={"email": "kim@example.com"}).contact
    member = ContactFactory(site=shop, member_id="a")
    plan = plan_merge(member, lead)
    browser.wait(datetime.timedelta(minutes=1)).boot()
    do_merge(member, lead, fingerprint=plan.fingerprint)
    assert Contact.objects.get().pk == member.pk
