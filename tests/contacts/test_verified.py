"""QUAL-5: a verified mobile number belongs to one account, and nobody else's word changes it."""

from typing import Any

import pytest

from contacts.adding import add_contact
from contacts.details import DetailRefused, change_details
from contacts.matching import contacts_by
from contacts.merging import merge
from contacts.models import Contact, Identity, KnownField, KnownValue, Source, VerifiedBy
from contacts.profile_values import check_profile
from contacts.undoing import undo_merge
from contacts.verified import NumberNotVerified, verify_mobile
from desk.actors import SYSTEM
from desk.models import Site
from tests.contacts.browser import DAY, NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

PHONE = "+821055551234"


@pytest.fixture
def identity(shop: Site) -> Identity:
    contact = ContactFactory(site=shop, member_id="kim")
    return Identity.objects.create(site=shop, contact=contact, channel="kakao", key="kim", created_at=NOON)


def verified() -> dict[str, tuple[Any, ...]]:
    columns = ("verified_mobile", "verified_method", "verified_at")
    return {row.key: tuple(getattr(row, column) for column in columns) for row in Identity.objects.all()}


@pytest.mark.parametrize("method", list(VerifiedBy))
def test_a_proof_is_kept_with_method_and_time(identity: Identity, method: VerifiedBy) -> None:
    """QUAL-5."""
    fresh = verify_mobile(identity, "010-5555-1234", method, NOON)
    assert verified() == {"kim": (PHONE, method, NOON)}
    assert (fresh.verified_mobile, fresh.verified_method) == (PHONE, method)


def test_only_a_new_proof_replaces_it(identity: Identity) -> None:
    """QUAL-5."""
    verify_mobile(identity, PHONE, VerifiedBy.SMS, NOON)
    verify_mobile(identity, "010-7777-8888", VerifiedBy.NAVER, NOON + DAY)
    assert verified() == {"kim": ("+821077778888", "naver", NOON + DAY)}


@pytest.mark.parametrize("number", ["", "call me", "123"])
def test_what_is_no_number_is_not_verified(identity: Identity, number: str) -> None:
    """QUAL-4, QUAL-5: the proof before stays."""
    verify_mobile(identity, PHONE, VerifiedBy.SMS, NOON)
    with pytest.raises(NumberNotVerified):
        verify_mobile(identity, number, VerifiedBy.SMS, NOON + DAY)
    assert verified() == {"kim": (PHONE, "sms", NOON)}


def test_an_unknown_method_is_an_error(identity: Identity) -> None:
    with pytest.raises(ValueError, match="letter"):
        verify_mobile(identity, PHONE, "letter", NOON)  # type: ignore[arg-type]
    assert verified() == {"kim": ("", "", None)}


def test_other_accounts_of_the_person_have_proven_nothing(shop: Site, identity: Identity) -> None:
    """QUAL-5."""
    browser = Browser(shop, veil_id="browser")
    browser.boot("kim")
    verify_mobile(identity, PHONE, VerifiedBy.KAKAO_SYNC, NOON)
    assert verified() == {"kim": (PHONE, "kakaoSync", NOON), "browser": ("", "", None)}


@pytest.mark.parametrize("source", list(Source))
@pytest.mark.parametrize("value", ["010-7777-8888", PHONE, None])
def test_no_door_changes_it(identity: Identity, source: Source, value: str | None) -> None:
    """QUAL-5: read-only for operators, the API, imports, look-ups, pages and forms."""
    verify_mobile(identity, PHONE, VerifiedBy.SMS, NOON)
    change_details(
        identity.contact, {"mobileNumber": value}, source=source, source_label="", actor=SYSTEM, now=NOON + DAY
    )
    assert verified() == {"kim": (PHONE, "sms", NOON)}


def test_it_is_no_field_that_anybody_could_write(shop: Site, identity: Identity) -> None:
    """QUAL-5."""
    for changes in ({"verifiedMobile": PHONE}, {"verified_mobile": PHONE}):
        with pytest.raises(DetailRefused):
            change_details(identity.contact, changes, source=Source.API, source_label="", actor=SYSTEM, now=NOON)
    with pytest.raises(DetailRefused, match="reserved"):
        check_profile({"verifiedMobile": PHONE}, "profile")
    with pytest.raises(DetailRefused):
        add_contact(
            shop, {"email": "a@shop.example", "verifiedMobile": PHONE}, actor=SYSTEM, source=Source.API, now=NOON
        )


def test_a_merge_takes_it_along_and_an_undo_back(shop: Site, identity: Identity) -> None:
    """QUAL-5: it goes where its account goes; the survivor's other accounts have nothing of it."""
    lead = ContactFactory(site=shop)
    own = Identity.objects.create(site=shop, contact=lead, channel="line", key="own", created_at=NOON)
    verify_mobile(own, "010-7777-8888", VerifiedBy.SMS, NOON)
    verify_mobile(identity, PHONE, VerifiedBy.NAVER, NOON)
    before = verified()
    made = merge(identity.contact, lead, actor=SYSTEM, trigger="operator", now=NOON)
    assert verified() == before
    undo_merge(made, actor=SYSTEM, now=NOON)
    assert verified() == before


def test_it_is_a_known_value_that_finds_its_person(shop: Site, identity: Identity) -> None:
    """QUAL-3: the details that stand are left alone."""
    verify_mobile(identity, PHONE, VerifiedBy.SMS, NOON)
    value = KnownValue.objects.get(field="mobileNumber")
    assert (value.value, value.qualified, value.source, value.source_label) == (
        PHONE,
        True,
        "messenger",
        "text message",
    )
    assert contacts_by(shop, KnownField.MOBILE_NUMBER, PHONE).get() == identity.contact
    assert Contact.objects.get().mobile_number == ""
