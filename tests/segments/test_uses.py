"""SEG-6: what uses a segment is listed on its page and before it is deleted."""

from collections.abc import Iterator, Mapping, Sequence

import pytest
from django.urls import reverse

from desk.access import Access, access_to
from desk.models import Operator, Site
from segments.models import Segment
from segments.uses import Use, segment_users, uses_of_segments
from tests.conftest import client_of
from tests.factories import SegmentFactory


def _asking(segment: Segment) -> dict[str, object]:
    return {
        "and": [
            {"or": [{"key": "segment", "op": "notIn", "values": [str(segment.pk)]}, {"key": "email", "op": "exists"}]}
        ]
    }


def _access(operator: Operator) -> Access:
    access = access_to(operator, None)
    assert access is not None
    return access


@pytest.fixture
def rules(shop: Site) -> Iterator[list[int]]:
    """An upper app whose rules ask for the segments of these ids."""
    asked: list[int] = []

    def users(access: Access) -> Mapping[int, Sequence[Use]]:
        return {
            segment_id: [Use("Rule", "VIP first", "admin:segments_segment_change", segment_id)] for segment_id in asked
        }

    segment_users.register("test", users)
    yield asked
    segment_users._items.pop("test")


def test_segments_that_ask_for_one_are_its_users(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SEG-6: however deep below, and of this site only."""
    inner = SegmentFactory(site=shop, name="Inner")
    outer = SegmentFactory(site=shop, name="Outer", filter=_asking(inner))
    SegmentFactory(site=elsewhere, name="Foreign", filter=_asking(inner))
    assert uses_of_segments(_access(alice)) == {
        inner.pk: [
            Use(uses_of_segments(_access(alice))[inner.pk][0].kind, "Outer", "admin:segments_segment_change", outer.pk)
        ]
    }


def test_somebody_elses_private_segment_is_counted_but_not_named(shop: Site, alice: Operator, bob: Operator) -> None:
    """SEG-6: to whom may not see it."""
    inner = SegmentFactory(site=shop, name="Inner", owner=bob)
    SegmentFactory(site=shop, name="Secret plan", owner=alice, shared=False, filter=_asking(inner))
    page = client_of(bob).get(reverse("admin:segments_segment_delete", args=[inner.pk])).content.decode()
    assert "Secret plan" not in page
    assert "a private segment of somebody else" in page
    assert (
        "Secret plan"
        in client_of(alice).get(reverse("admin:segments_segment_delete", args=[inner.pk])).content.decode()
    )


def test_an_upper_app_adds_what_uses_segments(shop: Site, alice: Operator, rules: list[int]) -> None:
    """SEG-6: rules are listed beside segments."""
    segment = SegmentFactory(site=shop, name="VIP")
    url = reverse("admin:segments_segment_change", args=[segment.pk])
    assert "No other segment and no rule asks for it." in client_of(alice).get(url).content.decode()
    rules.append(segment.pk)
    for name in ("delete", "change"):
        page = client_of(alice).get(reverse(f"admin:segments_segment_{name}", args=[segment.pk])).content.decode()
        assert "VIP first" in page
    assert "1 use" in client_of(alice).get(reverse("admin:segments_segment_changelist")).content.decode()
