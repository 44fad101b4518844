"""BOOT-1, BOOT-2: what is not admitted at the door, and who proves a memberId."""

import pytest

from contacts.boot_request import BootRequest
from contacts.booting import BootRefused, boot
from contacts.member_ids import member_hash
from contacts.models import Contact, ContactProfile, Event, Identity, Kind, KnownValue, ProfileField, Visit
from contacts.profile_values import DetailRefused
from desk.models import MemberHashMode, Site
from tests.contacts.browser import NOON, Browser

pytestmark = pytest.mark.django_db


def assert_nothing_stored() -> None:
    for model in (Contact, ContactProfile, Identity, Visit, Event, KnownValue, ProfileField):
        assert not model.objects.exists(), f"{model.__name__} rows were left behind"


# --- BOOT-1: what is not admitted -----------------------------------------------------------------------


def test_an_unknown_plugin_key_is_refused(shop: Site) -> None:
    """BOOT-1."""
    with pytest.raises(BootRefused) as refusal:
        boot(BootRequest(plugin_key="0" * 32), now=NOON)
    assert refusal.value.code == "plugin_key_unknown"
    assert_nothing_stored()


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil", "http://shop.example", None])
def test_a_page_of_another_origin_is_refused(shop: Site, origin: str | None) -> None:
    """BOOT-1: the origin must be listed to the letter."""
    shop.allowed_origins = ["https://shop.example"]
    shop.save()
    with pytest.raises(BootRefused) as refusal:
        Browser(shop).boot(origin=origin)
    assert refusal.value.code == "origin_not_allowed"
    assert_nothing_stored()


def test_a_page_of_a_listed_origin_boots(shop: Site) -> None:
    """BOOT-1."""
    shop.allowed_origins = ["https://shop.example"]
    shop.save()
    assert Browser(shop).boot(origin="https://shop.example").contact.kind == Kind.ANONYMOUS


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({"veil_id": ""}, "veilId"),
        ({"veil_id": "a b"}, "veilId"),
        ({"veil_id": "x" * 129}, "veilId"),
        ({"member_id": ""}, "memberId"),
        ({"member_id": " "}, "memberId"),
        ({"member_id": "a b"}, "memberId"),
        ({"member_id": "a\u3000"}, "memberId"),
        ({"member_id": "a\x07"}, "memberId"),
        ({"member_id": "\ud800"}, "memberId"),
        ({"member_id": "x" * 256}, "memberId"),
        ({"language": "korean language"}, "language"),
        ({"platform": "fax"}, "platform"),
        ({"utm": {"colour": "red"}}, "utm.colour"),
        ({"utm": {"source": "x" * 256}}, "utm.source"),
        ({"profile": {"name": "x" * 101}}, "profile.name"),
        ({"profile": {"name": 5}}, "profile.name"),
        ({"profile": {"memberId": "lucas"}}, "profile.memberId"),
        ({"profile": {"nested": {"a": 1}}}, "profile.nested"),
        ({"profile": {"list": [1]}}, "profile.list"),
        ({"profile": {"long": "x" * 1_001}}, "profile.long"),
        ({"profile": {"list": ["x"] * 51}}, "profile.list"),
        ({"profile": {"n": float("nan")}}, "profile.n"),
        ({"profile": {"n": 10**30}}, "profile.n"),
        ({"profile": {"nul": "a\0b"}}, "profile.nul"),
        ({"profile": {"k" * 65: 1}}, "profile"),
        ({"profile": {"": 1}}, "profile"),
        ({"profile": {"7": 1}}, "profile.7"),
        ({"profile": {f"k{n}": n for n in range(101)}}, "profile"),
        ({"profile": {f"k{n}": "x" * 900 for n in range(20)}}, "profile"),
        ({"profile": {"birthDate": "2026-02-30"}}, "profile.birthDate"),
        ({"profile_once": {"nested": {}}}, "profileOnce.nested"),
        ({"app_name": "x" * 81, "platform": "app"}, "appName"),
    ],
)
def test_a_malformed_boot_is_refused_by_name_and_leaves_nothing(shop: Site, told: dict[str, object], path: str) -> None:
    """BOOT-1, KIND-6."""
    with pytest.raises(DetailRefused) as refusal:
        boot(BootRequest(plugin_key=shop.plugin_key, **told), now=NOON)  # type: ignore[arg-type]
    assert refusal.value.path == path
    assert_nothing_stored()


def test_a_value_that_does_not_fit_its_field_stores_nothing(shop: Site) -> None:
    """BOOT-1: the refusal comes late, when types are known, and takes everything of this boot with it."""
    ProfileField.objects.create(site=shop, key="size", type="number")
    with pytest.raises(DetailRefused) as refusal:
        Browser(shop).boot(profile={"size": "large", "other": 1}, page="/")
    assert refusal.value.path == "profile.size"
    assert not Contact.objects.exists()
    assert not Identity.objects.exists()
    assert [field.key for field in ProfileField.objects.all()] == ["size"]


# --- BOOT-2: member hash ----------------------------------------------------------------------------------

SECRET = "4629de5def93d6a2abea6afa9bd5476d9c6cbc04223f9a2f7e517b535dde3e25"
LUCAS = "99427c7bba36a6902c5fd6383f2fb0214d19b81023296b4bd6b9e024836afea2"


@pytest.fixture
def strict_shop(shop: Site) -> Site:
    shop.member_hash_mode = MemberHashMode.REQUIRED
    shop.member_hash_secret = SECRET
    shop.save()
    return shop


def test_member_hash_of_the_known_vector() -> None:
    """BOOT-2."""
    assert member_hash(SECRET, "lucas") == LUCAS


def test_a_proven_member_id_boots_a_member(strict_shop: Site) -> None:
    """BOOT-2."""
    assert Browser(strict_shop).boot("lucas", member_hash=LUCAS).contact.member_id == "lucas"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "member_hash_required"),
        ("", "member_hash_required"),
        ("0" * 64, "member_hash_invalid"),
        (LUCAS.upper(), "member_hash_invalid"),
        ("é\ud800", "member_hash_invalid"),
    ],
)
def test_an_unproven_member_id_is_refused(strict_shop: Site, given: str | None, code: str) -> None:
    """BOOT-2."""
    with pytest.raises(BootRefused) as refusal:
        Browser(strict_shop).boot("lucas", member_hash=given)
    assert refusal.value.code == code
    assert_nothing_stored()


def test_a_hash_of_the_previous_secret_still_proves(strict_shop: Site) -> None:
    """BOOT-2: against every live secret (SITE-1, rotation)."""
    strict_shop.member_hash_secret, strict_shop.member_hash_secret_previous = "ab" * 32, SECRET
    strict_shop.save()
    assert Browser(strict_shop).boot("lucas", member_hash=LUCAS).contact.member_id == "lucas"


def test_a_stranger_needs_no_hash(strict_shop: Site) -> None:
    """BOOT-2: the hash proves a memberId; without one there is nothing to prove."""
    assert Browser(strict_shop).boot().contact.kind == Kind.ANONYMOUS
