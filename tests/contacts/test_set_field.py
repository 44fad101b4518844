"""JOB-4, QUAL-6, RET-1: setting one custom field of many people is what setting it one by one would be."""

import datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import bulk
from contacts.actions import ActionRefused, Outcome, Work, actions, actions_for
from contacts.bulk import run_now, start_action
from contacts.details import DetailRefused, change_details
from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.merging import merge
from contacts.models import Contact, ContactChange, ContactProfile, FieldType, ProfileField, Source
from contacts.profile_values import MAX_KEYS
from contacts.selection import Selection
from contacts.set_field import SET_FIELD, stored_form
from contacts.undoing import undo_merge
from desk.access import access_to
from desk.actors import SYSTEM, Actor
from desk.jobs.kinds import label_of
from desk.jobs.queueing import undo_job
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, Operator, Site
from tests.contacts.browser import DAY, NOON
from tests.factories import ContactFactory

EARLIER, NOW = NOON - DAY, NOON
LAW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
VALUES: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.TEXT: st.one_of(TEXTS, st.sampled_from(["", "서울", "Ｌ", "é", "é", '"\\', "null", "2026-01-01"])),
    FieldType.NUMBER: st.one_of(
        st.integers(-(2**53) + 1, 2**53 - 1), st.sampled_from([0, 1, 1.0, 0.5, -0.1, 1e10]), st.floats(-1e6, 1e6)
    ),
    FieldType.DATE: st.sampled_from(
        ["2026-11-20", "2026-11-20T10:00", "2026-11-20T10:00:00.123Z", "2026-11-20T10:00+09:00"]
    ),
    FieldType.BOOLEAN: st.booleans(),
    FieldType.LIST: st.lists(st.one_of(TEXTS, st.sampled_from(["서울", "a", ""])), max_size=3),
}


@pytest.fixture
def actor(alice: Operator) -> Actor:
    return Actor.of_operator(alice, "127.0.0.1")


@pytest.fixture
def size(shop: Site) -> ProfileField:
    return ProfileField.objects.create(site=shop, key="size", label="Size", type=FieldType.TEXT)


def ticked(*contacts: Contact) -> Selection:
    return Selection(ids=tuple(contact.pk for contact in contacts), expected_count=len(contacts))


def set_field(site: Site, actor: Actor, selection: Selection, value: Any, key: str = "size", **options: Any) -> Job:
    return start_action(SET_FIELD, selection, {"field": key, "value": value}, site=site, actor=actor, **options)


def tell(contact: Contact, now: datetime.datetime = EARLIER, **values: Any) -> Contact:
    changes = {f"profile.{key}": value for key, value in values.items()}
    told = {"source": Source.API, "source_label": "before", "actor": SYSTEM, "now": now}
    return change_details(contact, changes, **told)  # type: ignore[arg-type]


def everything_of(contact: Contact) -> dict[str, Any]:
    [row] = ContactProfile.objects.filter(pk=contact.pk).values()
    [times] = Contact.objects.filter(pk=contact.pk).values("updated_at", "last_touch_at", "last_seen_at")
    # JSON keeps no order on PostgreSQL, and 1 is 1.0; True is not 1.
    row["values"] = {key: (isinstance(value, bool), value) for key, value in row["values"].items()}
    return {name: value for name, value in (row | times).items() if name != "contact_id" and name != "search_text"}


def stored(contact: Contact) -> dict[str, Any]:
    values: dict[str, Any] = ContactProfile.objects.get(pk=contact.pk).values
    return values


# --- the law ----------------------------------------------------------------------------------------------------------


@LAW
@given(data=st.data(), type_=st.sampled_from(list(FieldType)))
def test_setting_many_is_setting_one_by_one(shop: Site, alice: Operator, data: st.DataObject, type_: FieldType) -> None:
    """QUAL-6, RET-1, FIL-7: value, folded twin, source and times; whoever has the value already stays untouched."""
    Contact.objects.filter(site=shop).delete()
    ProfileField.objects.update_or_create(site=shop, key="크기.1", defaults={"type": type_})
    before = data.draw(st.lists(st.one_of(st.none(), VALUES[type_]), min_size=1, max_size=4))
    wanted = data.draw(st.one_of(st.none(), st.sampled_from(before), VALUES[type_]))
    actor, twins = Actor.of_operator(alice), []
    for value in before:
        pair = [ContactFactory(site=shop, created_at=EARLIER - DAY) for _ in range(2)]
        for contact in pair:
            tell(contact, other="서울", **{"크기.1": value})
        twins.append(pair)
    for one, _other in twins:
        told = {"source": Source.OPERATOR, "source_label": actor.label, "actor": actor, "now": NOW}
        change_details(one, {"profile.크기.1": wanted}, **told)  # type: ignore[arg-type]
    work = Work(shop, actor, NOW, job_id=1)
    params = {"field": "크기.1", "value": stored_form(shop, "크기.1", wanted)}
    untouched = [everything_of(other) for _one, other in twins]
    ids = sorted(other.pk for _one, other in twins)
    dry = SET_FIELD.change(ids, params, Work(shop, actor, NOW, job_id=1, dry_run=True))
    assert [everything_of(other) for _one, other in twins] == untouched
    done = SET_FIELD.change(ids, params, work)
    assert [everything_of(other) for _one, other in twins] == [everything_of(one) for one, _other in twins]
    assert outcome_of(done) == outcome_of(dry)
    changed = {other.pk for was, (_one, other) in zip(untouched, twins, strict=True) if everything_of(other) != was}
    assert changed == set(done.changed)
    # And back: what was there stands there again, and only the times tell that something happened.
    undone = SET_FIELD.undo(ids, params, Work(shop, actor, NOW + DAY, job_id=1))  # type: ignore[misc]
    assert set(undone.changed) == changed
    assert [without_times(everything_of(other)) for _one, other in twins] == [without_times(was) for was in untouched]
    assert not ContactChange.objects.filter(contact__in=ids).exists()


def outcome_of(outcome: Outcome) -> tuple[set[int], set[int]]:
    return set(outcome.changed), set(outcome.unchanged)


def without_times(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"updated_at", "last_touch_at"}}


@pytest.mark.parametrize(
    ("type_", "value", "document"),
    [
        ("text", "Ｌarge", {"op": "is", "values": ["large"]}),
        ("text", "서울", {"op": "contains", "values": ["울"]}),
        ("number", 0, {"op": "lte", "values": [0]}),
        ("boolean", False, {"op": "is", "values": [False]}),
        ("date", "2026-11-20T10:00+09:00", {"op": "on", "values": ["2026-11-20"]}),
        ("list", ["서울", "Busan"], {"op": "anyOf", "values": ["BUSAN"]}),
        ("text", None, {"op": "empty"}),
    ],
)
def test_filters_find_what_was_set(shop: Site, actor: Actor, type_: str, value: Any, document: dict[str, Any]) -> None:
    """FIL-2, FIL-7: whoever was set, and nobody else."""
    ProfileField.objects.create(site=shop, key="k", type=type_)
    chosen, other = ContactFactory(site=shop), ContactFactory(site=shop)
    if value is None:
        for contact in (chosen, other):
            tell(contact, k="x")
    set_field(shop, actor, ticked(chosen), value, key="k")
    filter_ = parse_filter({"and": [{"key": "profile.k", **document}]}, site=shop)
    assert list(matching(shop, filter_)) == [chosen]


# --- the job ----------------------------------------------------------------------------------------------------------


def test_a_job_sets_a_field_and_its_undo_takes_it_back(shop: Site, actor: Actor, size: ProfileField) -> None:
    """JOB-4: exactly what it changed; whoever had the value before keeps it."""
    had, none, same = (ContactFactory(site=shop) for _ in range(3))
    tell(had, size="S", colour="red")
    tell(same, size="L")
    job = set_field(shop, actor, ticked(had, none, same), "L")
    assert (job.changed, job.unchanged, job.refused) == (2, 1, 0)
    assert [stored(one).get("size") for one in (had, none, same)] == ["L", "L", "L"]
    undone = run_now(undo_job(job, actor=actor))
    assert (undone.changed, undone.refused) == (2, 0)
    assert [stored(one) for one in (had, none, same)] == [{"size": "S", "colour": "red"}, {}, {"size": "L"}]
    assert not ContactChange.objects.exists()


def test_the_source_of_the_value_is_who_asked(shop: Site, actor: Actor, size: ProfileField) -> None:
    """QUAL-6: an operator by name, a program as the API."""
    contact = ContactFactory(site=shop)
    set_field(shop, actor, ticked(contact), "L")
    sources = ContactProfile.objects.get(pk=contact.pk).sources
    assert (sources["profile.size"][0], sources["profile.size"][2]) == ("operator", "Alice")
    set_field(shop, Actor("api", "shop sync"), ticked(contact), "M")
    sources = ContactProfile.objects.get(pk=contact.pk).sources
    assert (sources["profile.size"][0], sources["profile.size"][2]) == ("api", "shop sync")


def test_an_undo_leaves_what_was_changed_since(shop: Site, actor: Actor, size: ProfileField) -> None:
    """JOB-4: another value, the same value told again by somebody, or cleared; each is told."""
    people = [ContactFactory(site=shop) for _ in range(4)]
    job = set_field(shop, actor, ticked(*people), "L")
    later = timezone.now()
    tell(people[0], later, size="XL")
    tell(people[1], later, size="XL")
    tell(people[1], later, size="L")
    tell(people[2], later, size=None)
    undone = run_now(undo_job(job, actor=actor))
    assert [stored(one).get("size") for one in people] == ["XL", "L", None, None]
    assert (undone.changed, undone.refused) == (1, 3)
    assert {one.code for one in undone.refusals.all()} == {"changed_since"}


def test_a_cleared_field_comes_back_with_its_source(shop: Site, actor: Actor, size: ProfileField) -> None:
    """JOB-4, QUAL-6."""
    contact = ContactFactory(site=shop)
    tell(contact, size="서울")
    before = without_times(everything_of(contact))
    job = set_field(shop, actor, ticked(contact), None)
    assert stored(contact) == {}
    run_now(undo_job(job, actor=actor))
    assert without_times(everything_of(contact)) == before


@pytest.mark.parametrize("won", ["absorbed", "survivor"])
def test_an_undo_follows_whoever_was_unified_since(shop: Site, actor: Actor, size: ProfileField, won: str) -> None:
    """JOB-4, UNI-8: where the job's value still stands; and once the merge is undone, where it stood."""
    member, lead = ContactFactory(site=shop, member_id="alice"), ContactFactory(site=shop)
    if won == "survivor":
        tell(member, size="S")
    job = set_field(shop, actor, ticked(lead), "L")
    made = merge(member, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    assert stored(member)["size"] == ("S" if won == "survivor" else "L")
    if won == "survivor":
        undo_merge(made, actor=SYSTEM, now=timezone.now())
    undone = run_now(undo_job(job, actor=actor))
    assert undone.changed == 1
    assert stored(member) == ({"size": "S"} if won == "survivor" else {})


def test_a_person_unified_in_the_middle_of_a_job_is_journalled_once(
    shop: Site, actor: Actor, size: ProfileField, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JOB-2, JOB-4: the later journal counts, for it holds what the survivor had."""
    fix = bulk.fix_set
    monkeypatch.setattr(bulk, "fix_set", lambda job, ids, *, size: fix(job, ids, size=1))
    lead, member = ContactFactory(site=shop), ContactFactory(site=shop, member_id="alice")
    tell(member, size="S")
    job = set_field(shop, actor, Selection(filter={}, expected_count=2), "L", at_once=0)
    for _slice in range(2):
        work_off(job.pk, token=new_token(), seconds=0)
    assert stored(lead)["size"] == "L"
    merge(member, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    assert stored(member)["size"] == "S"
    job = run_now(job)
    assert (job.changed, stored(member)["size"]) == (2, "L")
    run_now(undo_job(job, actor=actor))
    assert stored(member) == {"size": "S"}


def test_whoever_has_no_room_for_the_value_is_refused_and_named(shop: Site, actor: Actor, size: ProfileField) -> None:
    """The limits of a profile hold as they do one by one; the others are set."""
    full, large, fine = (ContactFactory(site=shop) for _ in range(3))
    keys = {f"k{n}": n for n in range(MAX_KEYS)}
    tell(full, **keys)
    tell(large, **{f"t{n}": "가" * 1_000 for n in range(5)})
    for contact in (full, large):
        with pytest.raises(DetailRefused):
            tell(contact, NOW, size="가" * 700)
    for dry_run in (True, False):
        job = set_field(shop, actor, ticked(full, large, fine), "가" * 700, dry_run=dry_run)
        assert (job.changed, job.refused) == (1, 2)
        assert dict(job.refusals.values_list("target_id", "code")) == {
            full.pk: "profile_full",
            large.pk: "profile_too_large",
        }
    assert "size" in stored(fine)
    assert "size" not in stored(full)
    assert set_field(shop, actor, ticked(full), 1, key="k1").changed == 0
    assert set_field(shop, actor, ticked(full), 2, key="k1").changed == 1


def test_a_value_of_another_type_is_replaced_with_its_folded_twin(shop: Site, actor: Actor, size: ProfileField) -> None:
    """FIL-7: an administrator made a number of the field."""
    contact = ContactFactory(site=shop)
    tell(contact, size="L")
    ProfileField.objects.filter(pk=size.pk).update(type=FieldType.NUMBER)
    set_field(shop, actor, ticked(contact), 265)
    profile = ContactProfile.objects.get(pk=contact.pk)
    assert (profile.values, profile.folded) == ({"size": 265}, {})


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("nope", "L", "unknown_field"),
        ("size", 5, "does_not_fit"),
        ("size", ["L"], "does_not_fit"),
        ("size", "x" * 1_001, "too_long"),
        ("size", {"a": 1}, "wrong_type"),
        ("size", "a\0b", "invalid"),
    ],
    ids=["unknown field", "number", "list", "too long", "object", "NUL"],
)
def test_what_is_no_value_of_the_field_is_refused_before_it_begins(
    shop: Site, actor: Actor, size: ProfileField, key: str, value: Any, code: str
) -> None:
    """Fail loudly on the unknown."""
    with pytest.raises(ActionRefused) as refused:
        set_field(shop, actor, ticked(ContactFactory(site=shop)), value, key=key)
    assert refused.value.code == code
    assert not Job.objects.exists()


def test_another_sites_field_and_people_are_out_of_reach(
    shop: Site, elsewhere: Site, actor: Actor, size: ProfileField
) -> None:
    """SITE-2."""
    ProfileField.objects.create(site=elsewhere, key="theirs", type=FieldType.TEXT)
    contact = ContactFactory(site=elsewhere)
    with pytest.raises(ActionRefused):
        set_field(shop, actor, ticked(ContactFactory(site=shop)), "L", key="theirs")
    assert set_field(shop, actor, ticked(contact), "L").changed == 0
    assert stored(contact) == {}


def test_the_log_says_which_field_and_the_job_what(shop: Site, actor: Actor, size: ProfileField) -> None:
    """JOB-1: one entry for all."""
    people = [ContactFactory(site=shop) for _ in range(2)]
    job = start_action(
        SET_FIELD,
        ticked(*people),
        {"field": "size", "value": True, "label": "Size"} | {"value": "L"},
        site=shop,
        actor=actor,
    )
    entry = AuditEntry.objects.get(action="contact.setField")
    assert entry.details == {"fields": ["profile.size"], "contacts": 2, "job": str(job.pk)}
    assert label_of(job) == "Set Size: L"
    assert SET_FIELD.told({"field": "size", "value": None}) == "Clear size"
    assert SET_FIELD.told({"field": "size", "value": ["a", "b"]}) == "Set size: a, b"


def test_it_is_offered_to_agents_where_there_are_fields(bob: Operator, victor: Operator, shop: Site) -> None:
    """SITE-3."""

    def offered(person: Operator) -> bool:
        access = access_to(person, None)
        assert access
        return "setField" in {action.name for action in actions_for(access)}

    assert not offered(bob)
    ProfileField.objects.create(site=shop, key="size", type=FieldType.TEXT)
    assert (offered(bob), offered(victor)) == (True, False)


# --- the form ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "typed", "value"),
    [
        ("text", "L", "L"),
        ("number", "265", 265),
        ("number", "26.5", 26.5),
        ("boolean", "false", False),
        ("date", "2026-11-20", "2026-11-20"),
        ("list", "a\n b \n", ["a", "b"]),
    ],
)
def test_an_operator_types_a_value_in_the_control_of_its_type(
    shop: Site, alice: Operator, type_: str, typed: str, value: Any
) -> None:
    """QUAL-6: as on a person's page."""
    ProfileField.objects.create(site=shop, key="k", label="K", type=type_)
    form = SET_FIELD.form_class({"field": "k", "value": typed}, site=shop, access=access_to(alice, None))
    assert form.is_valid(), form.errors
    assert form.params() == {"field": "k", "value": value, "label": "K"}


@pytest.mark.parametrize(
    ("sent", "fine"),
    [
        ({"field": "size", "clear": "on"}, True),
        ({"field": "size"}, False),
        ({"field": "size", "value": "L", "clear": "on"}, False),
        ({"value": "L"}, False),
        ({"field": "nope", "value": "L"}, False),
    ],
)
def test_clearing_is_said_not_guessed(
    shop: Site, alice: Operator, size: ProfileField, sent: dict[str, str], fine: bool
) -> None:
    """An empty control is a slip of the finger."""
    form = SET_FIELD.form_class(sent, site=shop, access=access_to(alice, None))
    assert form.is_valid() is fine
    if fine:
        assert form.params()["value"] is None


@pytest.mark.parametrize(
    ("sent", "fine"),
    [
        ({"field": "size", "value": None}, True),
        ({"field": "size", "value": "L"}, True),
        ({"field": "size", "value": False}, True),
        ({"field": "size"}, False),
        ({"value": "L"}, False),
        ({"field": ["size"], "value": "L"}, False),
    ],
)
def test_a_program_sends_the_value_as_it_is(shop: Site, size: ProfileField, sent: dict[str, Any], fine: bool) -> None:
    """api.md: null clears; what is left out is an error."""
    form = SET_FIELD.form_class(sent, site=shop)
    assert form.is_valid() is fine
    if fine:
        assert form.params()["value"] == sent["value"]


def test_the_actions_are_known_by_their_names() -> None:
    assert {"setField", "delete", "block", "unblock"} <= set(actions.names())
