"""What tags add to the rest of the desk: unification, boot, list, timeline."""

import datetime

import pytest
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from contacts.listing import list_columns
from contacts.models import Contact
from contacts.moving import merge_participants
from contacts.timeline import read_timeline
from contacts.visitor_facts import facts_of
from desk.models import Operator, Site
from tags.models import ContactTag
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

EARLY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
LATE = datetime.datetime(2026, 2, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(("ours", "theirs", "kept"), [(EARLY, LATE, "operator"), (LATE, EARLY, "plugin")])
def test_unification_is_the_union_and_keeps_the_earlier_attachment(
    shop: Site, ours: datetime.datetime, theirs: datetime.datetime, kept: str
) -> None:
    """UNI-7, UNI-8"""
    survivor, absorbed = ContactFactory(site=shop), ContactFactory(site=shop)
    both, mine, other = (TagFactory(site=shop) for _ in range(3))
    ContactTagFactory(site=shop, tag=mine, contact=survivor, at=EARLY)
    ContactTagFactory(site=shop, tag=both, contact=survivor, at=ours, source="operator")
    ContactTagFactory(site=shop, tag=both, contact=absorbed, at=theirs, source="plugin")
    ContactTagFactory(site=shop, tag=other, contact=absorbed, at=LATE, source="plugin")
    journal = merge_participants.get("tags.ContactTag.contact").move(survivor, absorbed)
    carried = {row.tag_id: row for row in ContactTag.objects.filter(contact=survivor)}
    assert set(carried) == {both.pk, mine.pk, other.pk}
    assert (carried[both.pk].source, carried[both.pk].at) == (kept, EARLY)
    assert not ContactTag.objects.filter(contact=absorbed).exists()
    assert [row["tag_id"] for row in journal["moved"]] == [other.pk]  # type: ignore[index]
    assert [[row["source"] for row in pair] for pair in journal["joined"]] == [["plugin", "operator"]]  # type: ignore[index]


def test_unification_may_exceed_twenty_tags_rather_than_lose_one(shop: Site) -> None:
    """UNI-8: nothing is lost."""
    survivor, absorbed = ContactFactory(site=shop), ContactFactory(site=shop)
    for contact in (survivor, absorbed):
        for _ in range(15):
            ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contact)
    merge_participants.get("tags.ContactTag.contact").move(survivor, absorbed)
    assert survivor.tag_attachments.count() == 30


def test_visitor_is_told_the_own_tags_by_name(shop: Site, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """api.md, ``user.tags``: in the boot's one SELECT."""
    contact, other = ContactFactory(site=shop), ContactFactory(site=shop)
    for name in ("vip", "지역/서울", 'quo"te'):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop, name=name), contact=contact)
    with django_assert_num_queries(1):
        assert facts_of(contact.pk)["tags"] == ['quo"te', "vip", "지역/서울"]
    assert facts_of(other.pk)["tags"] == []


def test_column_asks_once_for_a_whole_page(shop: Site, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """LIST-2"""
    tags = [TagFactory(site=shop, name=name) for name in ("b", "a")]
    contacts = [ContactFactory(site=shop) for _ in range(5)]
    for contact in contacts[:3]:
        for tag in tags:
            ContactTagFactory(site=shop, tag=tag, contact=contact)
    with django_assert_num_queries(1):
        values = list_columns.get("tags").values(shop, contacts)
    assert [[tag.name for tag in cell] for cell in values] == [["a", "b"]] * 3 + [[], []]  # type: ignore[attr-defined]


def test_list_can_be_sorted_by_the_first_tag(shop: Site) -> None:
    """LIST-2: by any column; contacts without a tag are last."""
    bare, second, first = (ContactFactory(site=shop) for _ in range(3))
    a, b = TagFactory(site=shop, name="a"), TagFactory(site=shop, name="b")
    ContactTagFactory(site=shop, tag=b, contact=second)
    for tag in (a, b):
        ContactTagFactory(site=shop, tag=tag, contact=first)
    (key,) = list_columns.get("tags").sort
    rows = Contact.objects.annotate(key=key.resolvable)
    assert list(rows.order_by(rows.query.annotations["key"].asc(nulls_last=True))) == [first, second, bare]


def test_timeline_tells_who_attached_which_tag(shop: Site, bob: Operator) -> None:
    """TAG-5, LIST-5"""
    contact, now = ContactFactory(site=shop), timezone.now()
    for number in range(3):
        at = now - datetime.timedelta(days=number // 2)  # two at one moment
        tag = TagFactory(site=shop, name=f"t{number}")
        ContactTagFactory(site=shop, tag=tag, contact=contact, at=at, source_label="Bob", operator=bob)
    titles = []
    place = ""
    with translation.override("en"):
        while not titles or place:
            page = read_timeline(contact, types=["tags"], place=place, size=1)
            titles += [(entry.title, entry.actor) for _source, entry in page.entries]
            place = page.older
    assert len(titles) == 3
    assert titles[2] == ("Tag: t2", "Bob")
    assert {title for title, _actor in titles[:2]} == {"Tag: t0", "Tag: t1"}
