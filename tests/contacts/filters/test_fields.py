"""FIL-2, FIL-9: which fields a site has, and the values that are offered for them."""

import pytest

from contacts.filters.fields import FilterField, fields_of, filter_fields
from contacts.filters.reading import PROGRAM
from contacts.models import Event, ProfileField
from desk.models import Site
from desk.registry import DuplicateName
from tests.factories import ContactFactory

COLUMNS = [
    "member",
    "kind",
    "name",
    "email",
    "mobileNumber",
    "memberId",
    "customerNumber",
    "createdAt",
    "lastSeenAt",
    "lastTouchAt",
    "expiresOn",
    "sessionsCount",
    "language",
    "country",
    "city",
    "web.browser",
    "web.os",
    "web.device",
    "mobile.appName",
    "mobile.appVersion",
    "emailQualified",
    "mobileNumberQualified",
    "unsubscribeEmail",
    "unsubscribeTexting",
    "blocked",
    "birthDate",
    "age",
    "memo",
    "importTags",
    "tags",
    "grade",
    "hasChat",
    "chatsCount",
    "lastChatAt",
    "segment",
]


def _field(site: Site, key: str) -> FilterField:
    return next(field for field in fields_of(site) if field.key == key)


def _offered(site: Site, key: str, typed: str = "") -> list[str]:
    suggest = _field(site, key).suggest
    assert suggest is not None
    return [choice.value for choice in suggest(site, typed, PROGRAM)]


def test_every_column_of_the_rules_is_a_field() -> None:
    """FIL-2: whichever app registers them."""
    assert set(COLUMNS) <= set(filter_fields.names())


def test_a_key_means_one_thing() -> None:
    """FIL-2: a second registration is refused."""
    with pytest.raises(DuplicateName):
        filter_fields.register("name", filter_fields.get("name"))


def test_a_site_has_its_own_custom_fields_and_the_events_it_saw(shop: Site, elsewhere: Site) -> None:
    """FIL-2, FIL-6, SITE-2"""
    for site, key in ((shop, "size"), (elsewhere, "colour")):
        ProfileField.objects.create(site=site, key=key, label=key.title(), type="text")
        contact = ContactFactory(site=site)
        for name in ("Order", f"Only {key}"):
            Event.objects.create(site=site, contact=contact, name=name, at=contact.created_at)
    keys = {
        field.key: str(field.label)
        for field in fields_of(shop)
        if "." in field.key and field.group in ("custom", "events")
    }
    assert keys == {"profile.size": "Size", "event.Only size": "Only size", "event.Order": "Order"}


def test_values_that_occur_are_offered(shop: Site, elsewhere: Site) -> None:
    """FIL-9, KIND-5, SITE-2: of this site's people, without those whom the desk does not show."""
    ProfileField.objects.create(site=shop, key="size", type="text")
    ProfileField.objects.create(site=shop, key="likes", type="list")
    for site, kind, city, size in (
        (shop, "lead", "Seoul", "Large"),
        (shop, "lead", "Seoul", "Large"),
        (shop, "lead", "서울", "small"),
        (shop, "lead", "", ""),
        (shop, "anonymous", "Hidden", "Hidden"),
        (elsewhere, "lead", "Foreign", "Foreign"),
    ):
        ContactFactory(site=site, kind=kind, city=city, values={"size": size, "likes": [size, "도자기"]})
    assert _offered(shop, "city") == ["Seoul", "서울"]
    assert _offered(shop, "city", "ＳＥＯ") == ["Seoul"]
    assert _offered(shop, "profile.size") == ["Large", "small"]
    assert _offered(shop, "profile.size", "ARG") == ["Large"]
    assert _offered(shop, "profile.likes", "도자") == ["도자기"]
