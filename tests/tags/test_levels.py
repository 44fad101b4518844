"""TAG-2: renaming a level of the tree, and taking changes back."""

import pytest

from desk.actors import Actor
from desk.models import AuditEntry, Operator, Site
from tags.catalogue import change_tag
from tags.errors import TagRefused
from tags.levels import rename_level
from tags.models import ContactTag, Tag
from tags.reverting import last_change, revert_change
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory


@pytest.fixture
def actor(alice: Operator) -> Actor:
    return Actor.of_operator(alice, "127.0.0.1")


def names(site: Site) -> list[str]:
    return sorted(Tag.objects.filter(site=site).values_list("name", flat=True))


def test_renamed_level_takes_everything_below_it_along(shop: Site, elsewhere: Site, actor: Actor) -> None:
    """TAG-2, SITE-2: attachments stay; what only begins alike is no part of the level."""
    for name in ("지역", "지역/서울", "지역/서울/강남", "지역별", "VIP"):
        TagFactory(site=shop, name=name)
    TagFactory(site=elsewhere, name="지역/제주")
    ContactTagFactory(site=shop, tag=Tag.objects.get(name="지역/서울"), contact=ContactFactory(site=shop))
    rename_level(shop, "지역", "Region", actor=actor)
    assert names(shop) == ["Region", "Region/서울", "Region/서울/강남", "VIP", "지역별"]
    assert names(elsewhere) == ["지역/제주"]
    assert ContactTag.objects.get().tag.name == "Region/서울"
    assert AuditEntry.objects.get(action="tag.renameLevel").details["count"] == 3


def test_level_that_is_no_tag_itself_can_be_renamed(shop: Site, actor: Actor) -> None:
    """TAG-2: also deeper, and into another level."""
    for name in ("a/b/c", "a/b/d", "a/e"):
        TagFactory(site=shop, name=name)
    rename_level(shop, "A/B", "x", actor=actor)
    assert names(shop) == ["a/e", "x/c", "x/d"]


def test_level_may_move_below_its_own_name(shop: Site, actor: Actor) -> None:
    """TAG-1: a name that another of them gives up is free."""
    for name in ("a", "a/a"):
        TagFactory(site=shop, name=name)
    rename_level(shop, "a", "a/a", actor=actor)
    assert names(shop) == ["a/a", "a/a/a"]


@pytest.mark.parametrize(
    ("to", "code"),
    [("taken", "name_taken"), ("a/b", "too_many_levels"), ("x" * 21, "level_too_long"), ("a.b", "forbidden_character")],
)
def test_level_is_renamed_as_a_whole_or_not_at_all(shop: Site, actor: Actor, to: str, code: str) -> None:
    """TAG-1: the tag in the way is named."""
    for name in ("old/one/deep", "old/two", "taken/two"):
        TagFactory(site=shop, name=name)
    with pytest.raises(TagRefused) as refused:
        rename_level(shop, "old", to, actor=actor)
    assert refused.value.code == code
    assert refused.value.tag
    assert names(shop) == ["old/one/deep", "old/two", "taken/two"]


def test_level_that_is_gone_is_refused(shop: Site, actor: Actor) -> None:
    """TAG-2"""
    with pytest.raises(TagRefused, match="old"):
        rename_level(shop, "old", "new", actor=actor)


def test_segments_follow_a_level(shop: Site, actor: Actor) -> None:
    """SEG-1, TAG-2: all names in one go."""
    for name in ("a/x", "a/y"):
        TagFactory(site=shop, name=name)
    condition = {"key": "tags", "op": "anyOf", "values": ["a/x", "A/Y", "other"]}
    segment = SegmentFactory(site=shop, filter={"and": [condition]})
    rename_level(shop, "a", "b", actor=actor)
    segment.refresh_from_db()
    assert segment.filter == {"and": [{**condition, "values": ["b/x", "b/y", "other"]}]}


def test_renamed_level_is_renamed_back(shop: Site, actor: Actor) -> None:
    """TAG-2: only those that were renamed; what had the new name before stays there."""
    for name in ("a/x", "a/y", "b/z"):
        TagFactory(site=shop, name=name)
    entry = rename_level(shop, "a", "b", actor=actor)
    assert entry
    assert names(shop) == ["b/x", "b/y", "b/z"]
    assert revert_change(shop, entry, actor=actor) == "a"
    assert names(shop) == ["a/x", "a/y", "b/z"]


def test_change_is_taken_back_unless_somebody_changed_it_again(shop: Site, actor: Actor) -> None:
    """TAG-2: name, colour and description return as they were."""
    tag = TagFactory(site=shop, name="VIP", color="#d64545", description="Best")
    change_tag(tag, name="Gold", color="#000000", description="", actor=actor)
    entry = last_change(shop, tag.pk)
    assert entry
    revert_change(shop, entry, actor=actor)
    tag.refresh_from_db()
    assert (tag.name, tag.name_folded, tag.color, tag.description) == ("VIP", "vip", "#d64545", "Best")
    with pytest.raises(TagRefused, match="VIP") as refused:
        revert_change(shop, entry, actor=actor)
    assert refused.value.code == "changed_since"


def test_change_of_a_tag_that_is_gone_is_not_taken_back(shop: Site, actor: Actor) -> None:
    """TAG-2"""
    tag = TagFactory(site=shop, name="VIP")
    change_tag(tag, color="#000000", actor=actor)
    entry = last_change(shop, tag.pk)
    tag.delete()
    assert entry
    with pytest.raises(TagRefused) as refused:
        revert_change(shop, entry, actor=actor)
    assert refused.value.code == "gone"
