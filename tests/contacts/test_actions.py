"""LIST-3, TAG-3: actions on selections, as the panel runs them."""

from typing import Any

import pytest
from django.utils import translation

from contacts.actions import ActionForm, ActionRefused, Outcome, actions, actions_for, plan, run
from contacts.selection import Selection, SelectionChanged
from desk.access import Access, access_to
from desk.actors import Actor
from desk.models import AuditEntry, Operator, Site
from tags.models import ContactTag, Tag
from tests.factories import ContactFactory, ContactTagFactory, TagFactory


def access(operator: Operator) -> Access:
    found = access_to(operator, None)
    assert found
    return found


def form_of(name: str, operator: Operator, **data: Any) -> ActionForm:
    return actions.get(name).form_class(data, site=access(operator).site, access=access(operator))


def test_viewer_is_offered_nothing_that_changes(alice: Operator, bob: Operator, victor: Operator, shop: Site) -> None:
    """SITE-3"""
    TagFactory(site=shop)
    names = [{action.name for action in actions_for(access(person))} for person in (alice, bob, victor)]
    assert {"attachTags", "detachTags"} <= names[0]
    assert {"attachTags", "detachTags"} <= names[1]
    assert names[2] == set()


def test_detaching_is_offered_where_there_are_tags(bob: Operator, shop: Site) -> None:
    """TAG-3"""
    assert "detachTags" not in {action.name for action in actions_for(access(bob))}


def test_agent_ticks_three_and_attaches_an_existing_and_a_new_tag(bob: Operator, shop: Site) -> None:
    """TAG-3: dry run, then the same numbers for real."""
    TagFactory(site=shop, name="VIP")
    contacts = [ContactFactory(site=shop) for _ in range(3)]
    selection = Selection(ids=tuple(contact.pk for contact in contacts))
    form = form_of("attachTags", bob, tags=["vip", " 신규 "])
    assert form.is_valid(), form.errors
    action, actor = actions.get("attachTags"), Actor.of_operator(bob)
    planned = plan(action, selection, form.params(), site=shop, actor=actor)
    assert planned == Outcome(changed=3)
    assert not ContactTag.objects.exists()
    assert Tag.objects.count() == 1
    assert run(action, selection, form.params(), site=shop, actor=actor) == planned
    assert set(Tag.objects.values_list("name", flat=True)) == {"VIP", "신규"}
    assert ContactTag.objects.count() == 6


def test_all_matching_are_attached_but_not_more_than_were_seen(bob: Operator, shop: Site) -> None:
    """TAG-3, LIST-3"""
    TagFactory(site=shop, name="VIP")
    for number in range(4):
        ContactFactory(site=shop, member_id=f"m{number}")
    ContactFactory(site=shop)
    members = {"and": [{"key": "member", "op": "is", "values": [True]}]}
    action, actor, params = actions.get("attachTags"), Actor.of_operator(bob), {"tags": ["VIP"]}
    with pytest.raises(SelectionChanged):
        run(action, Selection(filter=members, expected_count=3), params, site=shop, actor=actor)
    assert not ContactTag.objects.exists()
    outcome = run(action, Selection(filter=members, expected_count=4), params, site=shop, actor=actor)
    assert outcome == Outcome(changed=4)


def test_dry_run_counts_tags_that_are_yet_to_be_made(bob: Operator, shop: Site) -> None:
    """JOB-4, TAG-1"""
    contact = ContactFactory(site=shop)
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contact)
    planned = plan(
        actions.get("attachTags"),
        Selection(ids=(contact.pk,)),
        {"tags": ["brand new"], "create": True},
        site=shop,
        actor=Actor.of_operator(bob),
    )
    assert planned.refused_count == 1


def test_unknown_tag_is_not_detached_but_named(bob: Operator, shop: Site) -> None:
    """TAG-1: errors name the tag."""
    TagFactory(site=shop, name="VIP")
    form = form_of("detachTags", bob, tags=["VIP", "nope"])
    assert not form.is_valid()
    assert "nope" in str(form.errors)
    action = actions.get("detachTags")
    with pytest.raises(ActionRefused, match="nope") as refused:
        run(action, Selection(ids=(1,)), {"tags": ["nope"]}, site=shop, actor=Actor.of_operator(bob))
    assert refused.value.path == "params.tags"


@pytest.mark.parametrize(
    "tags", [[], [""], ["x" * 21], ["a.b"], [f"t{n}" for n in range(21)], "not a list", [1], [["nested"]]]
)
def test_form_refuses_what_can_be_no_tag(bob: Operator, shop: Site, tags: Any) -> None:
    """TAG-1, TAG-3"""
    form = form_of("attachTags", bob, tags=tags)
    assert not form.is_valid()
    assert form.errors["tags"]


def test_who_may_not_make_tags_attaches_only_those_that_exist(shop: Site) -> None:
    """TAG-3: "by who may"; a program without an operator behind it may not."""
    TagFactory(site=shop, name="VIP")
    form_class = actions.get("attachTags").form_class
    assert not form_class({"tags": ["new"]}, site=shop).is_valid()
    form = form_class({"tags": ["vip"]}, site=shop)
    assert form.is_valid()
    assert form.params()["create"] is False


def test_outcome_is_told_in_words() -> None:
    """JOB-4"""
    outcome = Outcome(changed=2, unchanged=1) + Outcome(unchanged=2, refused_count=1)
    with translation.override("en"):
        assert Outcome(changed=1).sentence() == "1 contact changed"
        assert outcome.sentence() == "2 contacts changed · 3 were already so · 1 refused"


def test_ticked_people_are_blocked_and_each_ones_history_tells_it(bob: Operator, shop: Site) -> None:
    """BOOT-14, JOB-4: the dry run says the same numbers; idempotent."""
    people = [ContactFactory(site=shop, blocked=number == 0) for number in range(3)]
    bystander = ContactFactory(site=shop)
    selection, actor = Selection(ids=tuple(person.pk for person in people)), Actor.of_operator(bob)
    action = actions.get("block")
    assert form_of("block", bob).is_valid()
    planned = plan(action, selection, {}, site=shop, actor=actor)
    assert planned == Outcome(changed=2, unchanged=1)
    assert run(action, selection, {}, site=shop, actor=actor) == planned
    assert set(shop.contacts.filter(blocked=True)) == set(people)
    assert bystander not in shop.contacts.filter(blocked=True)
    entries = AuditEntry.objects.filter(action="contact.block")
    assert {entry.target_id for entry in entries} == {str(person.pk) for person in people[1:]}
    assert run(action, selection, {}, site=shop, actor=actor) == Outcome(unchanged=3)
    assert run(actions.get("unblock"), selection, {}, site=shop, actor=actor) == Outcome(changed=3)
    assert entries.count() == 2
