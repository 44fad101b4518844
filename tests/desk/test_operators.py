"""What the desk remembers for an operator on every machine."""

from contacts.listing import choose_columns
from desk.access import access_to
from desk.models import Operator, Site
from desk.operators import change_preferences, remember


def test_what_one_page_keeps_does_not_undo_what_another_kept_meanwhile(alice: Operator, shop: Site) -> None:
    """SITE-1: each page has read the operator before the other one wrote."""
    access = access_to(Operator.objects.get(pk=alice.pk), shop.pk)
    assert access is not None
    remember(alice, "sidebar", "closed")
    change_preferences(alice, lambda kept: {"inbox": {"rooms": 320}})
    choose_columns(access, ["name", "email"])
    assert Operator.objects.get(pk=alice.pk).preferences == {
        "sidebar": "closed",
        "inbox": {"rooms": 320},
        "columns": {str(shop.pk): ["name", "email"]},
    }
    assert access.operator.preferences["sidebar"] == "closed"
