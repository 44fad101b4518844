"""LIST-3, TAG-3: actions, who is offered them and what their forms take. How they run: test_bulk.py."""

from typing import Any

import pytest

from contacts.actions import ActionForm, actions, actions_for
from desk.access import Access, access_to
from desk.models import Operator, Site
from tests.factories import TagFactory


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


def test_unknown_tag_is_not_detached_but_named(bob: Operator, shop: Site) -> None:
    """TAG-1: errors name the tag."""
    TagFactory(site=shop, name="VIP")
    form = form_of("detachTags", bob, tags=["VIP", "nope"])
    assert not form.is_valid()
    assert "nope" in str(form.errors)


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
