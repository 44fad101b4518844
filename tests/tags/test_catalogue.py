"""TAG-1, TAG-2: the tags of a site."""

import threading

import pytest
from django.db import connection

from desk.actors import PLUGIN, Actor
from desk.models import AuditEntry, Operator, Site
from tags.catalogue import (
    RenameParticipant,
    change_tag,
    create_tag,
    find_or_create_tags,
    find_tags,
    rename_participants,
    rename_tag,
)
from tags.errors import TagRefused
from tags.models import Tag
from tests.factories import ContactFactory, ContactTagFactory, TagFactory


@pytest.fixture
def actor(alice: Operator) -> Actor:
    return Actor.of_operator(alice, "127.0.0.1")


def test_created_tag_is_in_the_audit_log(shop: Site, actor: Actor) -> None:
    """TAG-2"""
    tag = create_tag(shop, " VIP ", color="#D64545", description="Spends much", actor=actor)
    assert (tag.name, tag.name_folded, tag.color, tag.description) == ("VIP", "vip", "#d64545", "Spends much")
    entry = AuditEntry.objects.get(site=shop, action="tag.create")
    assert (entry.operator, entry.target_id, entry.details) == (actor.operator, str(tag.pk), {"name": "VIP"})


def test_name_is_unique_ignoring_case_and_width(shop: Site, elsewhere: Site, actor: Actor) -> None:
    """TAG-1: on one site; another site has its own."""
    create_tag(shop, "VIP", actor=actor)
    with pytest.raises(TagRefused) as refused:
        create_tag(shop, "ｖｉｐ", actor=actor)
    assert (refused.value.code, refused.value.tag) == ("name_taken", "ｖｉｐ")
    assert create_tag(elsewhere, "VIP", actor=actor).site == elsewhere
    assert AuditEntry.objects.filter(site=shop, action="tag.create").count() == 1


def test_site_has_at_most_a_thousand_tags(shop: Site, actor: Actor) -> None:
    """TAG-1: the one that would exceed is refused and named."""
    Tag.objects.bulk_create(Tag(site=shop, name=f"t{n}", name_folded=f"t{n}") for n in range(1_000))
    with pytest.raises(TagRefused, match="one more") as refused:
        create_tag(shop, "one more", actor=actor)
    assert refused.value.code == "site_full"
    assert Tag.objects.filter(site=shop).count() == 1_000


def test_plugin_makes_at_most_a_hundred_tags(shop: Site, actor: Actor) -> None:
    """TAG-6: whoever reads the public key off a page cannot fill the site with tags."""
    find_or_create_tags(shop, [f"t{n}" for n in range(100)], actor=PLUGIN)
    with pytest.raises(TagRefused) as refused:
        find_or_create_tags(shop, ["one more"], actor=PLUGIN)
    assert refused.value.code == "plugin_full"
    assert create_tag(shop, "one more", actor=actor)


def test_rename_keeps_attachments_and_may_change_only_case(shop: Site, actor: Actor) -> None:
    """TAG-2"""
    tag = create_tag(shop, "vip", actor=actor)
    ContactTagFactory(site=shop, tag=tag, contact=ContactFactory(site=shop))
    rename_tag(tag, "VIP", actor=actor)
    rename_tag(tag, "등급/VIP", actor=actor)
    tag.refresh_from_db()
    assert (tag.name, tag.name_folded, tag.attachments.count()) == ("등급/VIP", "등급/vip", 1)


def test_rename_to_a_taken_name_changes_nothing(shop: Site, actor: Actor) -> None:
    """TAG-1"""
    create_tag(shop, "VIP", actor=actor)
    tag = create_tag(shop, "new", actor=actor)
    with pytest.raises(TagRefused, match="vip"):
        rename_tag(tag, "vip", actor=actor)
    assert tag.name == "new"
    assert set(Tag.objects.values_list("name", flat=True)) == {"VIP", "new"}


def test_whoever_keeps_tags_by_name_follows_a_rename(shop: Site, actor: Actor) -> None:
    """TAG-2: participants hear of it in the same transaction, and only of renames."""
    heard: list[tuple[Site, dict[str, str]]] = []
    participant = RenameParticipant(lambda site, names: heard.append((site, dict(names))), lambda *_: None)
    rename_participants.register("test", participant)
    try:
        tag = create_tag(shop, "VIP", actor=actor)
        change_tag(tag, color="#000000", actor=actor)
        change_tag(tag, name="Gold", actor=actor)
    finally:
        del rename_participants._items["test"]
    assert heard == [(shop, {"vip": "Gold"})]


def test_change_without_difference_writes_nothing(shop: Site, actor: Actor) -> None:
    """TAG-2"""
    tag = create_tag(shop, "VIP", actor=actor)
    change_tag(tag, name="VIP ", color=tag.color.upper(), actor=actor)
    assert not AuditEntry.objects.filter(action="tag.change").exists()


def test_tags_are_found_by_name_in_the_order_asked(shop: Site, elsewhere: Site) -> None:
    """TAG-3, SITE-2: never another site's."""
    vip, gold = TagFactory(site=shop, name="VIP"), TagFactory(site=shop, name="Gold")
    TagFactory(site=elsewhere, name="silver")
    assert find_tags(shop, ["gold", "VIP", "GOLD"]) == [gold, vip]
    with pytest.raises(TagRefused, match="silver"):
        find_tags(shop, ["VIP", "silver"])


def test_of_several_new_tags_all_are_made_or_none(shop: Site, actor: Actor) -> None:
    """TAG-3"""
    Tag.objects.bulk_create(Tag(site=shop, name=f"t{n}", name_folded=f"t{n}") for n in range(999))
    with pytest.raises(TagRefused, match="second"):
        find_or_create_tags(shop, ["t5", "first", "second"], actor=actor)
    assert not Tag.objects.filter(name="first").exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_making_one_name_at_once_get_one_tag(shop: Site) -> None:
    """TAG-1: the database decides, the later one gets the earlier one's tag."""
    found: list[int] = []
    start = threading.Barrier(4)

    def make() -> None:
        start.wait()
        try:
            found.extend(tag.pk for tag in find_or_create_tags(shop, ["VIP"], actor=PLUGIN))
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert Tag.objects.filter(site=shop).count() == 1
