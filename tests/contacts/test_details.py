"""QUAL-1..4, QUAL-6, BOOT-13: which word about a person counts."""

from typing import Any

import pytest

from contacts.details import ContactGone, DetailRefused, change_details
from contacts.matching import contacts_by, known_values_of
from contacts.models import Contact, ContactProfile, FieldType, Kind, KnownField, KnownValue, ProfileField, Source
from contacts.models.profile_field import MAX_PROFILE_FIELDS
from desk.actors import PLUGIN, Actor
from desk.models import AuditEntry, Operator, Site
from tests.contacts.browser import DAY, NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="")


def tell(contact: Contact, source: Source = Source.SCRIPT, **changes: Any) -> Contact:
    """``profile__size`` means ``profile.size``."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return change_details(contact, named, source=source, source_label="", actor=PLUGIN, now=NOON)


QUALIFIED = [source for source in Source if source != Source.FORM]


# --- QUAL-1, QUAL-2 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", QUALIFIED)
def test_what_trusted_sources_tell_is_qualified(kim: Contact, source: Source) -> None:
    """QUAL-1."""
    contact = tell(kim, source, email="kim@example.com", mobileNumber="010-1234-5678")
    assert (contact.email_qualified, contact.mobile_number_qualified) == (True, True)


def test_what_the_visitor_types_is_not_qualified(kim: Contact) -> None:
    """QUAL-1."""
    contact = tell(kim, Source.FORM, email="kim@example.com", mobileNumber="010-1234-5678")
    assert (contact.email, contact.email_qualified) == ("kim@example.com", False)
    assert (contact.mobile_number, contact.mobile_number_qualified) == ("+821012345678", False)


def test_the_flag_belongs_to_the_value_not_to_the_person(kim: Contact) -> None:
    """QUAL-2."""
    tell(kim, email="kim@example.com")
    contact = tell(kim, Source.FORM, mobileNumber="010-1234-5678")
    assert (contact.email_qualified, contact.mobile_number_qualified) == (True, False)


@pytest.mark.parametrize(
    ("key", "column", "trusted", "typed"),
    [
        ("email", "email", "kim@example.com", "typed@example.com"),
        ("mobileNumber", "mobile_number", "+821012345678", "+821099998888"),
        ("name", "name", "Kim", "Typed"),
    ],
)
def test_a_typed_value_never_replaces_a_qualified_one_but_becomes_known(
    kim: Contact, key: str, column: str, trusted: str, typed: str
) -> None:
    """QUAL-2."""
    tell(kim, **{key: trusted})
    contact = tell(kim, Source.FORM, **{key: typed})
    assert getattr(contact, column) == trusted
    values = dict(KnownValue.objects.filter(field=key).values_list("value", "qualified"))
    assert values == {trusted: True, typed: False}


def test_a_qualified_value_replaces_a_typed_one(kim: Contact) -> None:
    """QUAL-2."""
    tell(kim, Source.FORM, email="typed@example.com")
    contact = tell(kim, email="kim@example.com")
    assert (contact.email, contact.email_qualified) == ("kim@example.com", True)


def test_a_typed_value_that_a_trusted_source_confirms_becomes_qualified(kim: Contact) -> None:
    """QUAL-2."""
    tell(kim, Source.FORM, email="kim@example.com")
    assert tell(kim, email="kim@example.com").email_qualified
    assert KnownValue.objects.get(field="email").qualified


def test_a_qualified_value_stays_qualified_when_it_is_typed_too(kim: Contact) -> None:
    """QUAL-2."""
    tell(kim, email="kim@example.com")
    contact = tell(kim, Source.FORM, email="KIM@example.com")
    assert (contact.email, contact.email_qualified) == ("kim@example.com", True)
    assert KnownValue.objects.get(value="kim@example.com").qualified


def test_an_empty_form_field_changes_nothing(kim: Contact) -> None:
    """A visitor who leaves a field empty takes nothing back."""
    tell(kim, Source.FORM, email="kim@example.com", name="Kim")
    contact = tell(kim, Source.FORM, email="", name="", mobileNumber="")
    assert (contact.email, contact.name) == ("kim@example.com", "Kim")


# --- QUAL-3 -------------------------------------------------------------------------------------------------


def test_every_value_ever_seen_is_kept(kim: Contact) -> None:
    """QUAL-3: for name, phone, e-mail and address."""
    tell(kim, name="Kim", email="a@example.com", mobileNumber="010-1234-5678", address="Seoul")
    tell(kim, name="Lee", email="b@example.com", mobileNumber="010-8765-4321", address="Busan")
    assert {(value.field, value.value) for value in KnownValue.objects.all()} == {
        ("name", "Kim"),
        ("name", "Lee"),
        ("email", "a@example.com"),
        ("email", "b@example.com"),
        ("mobileNumber", "+821012345678"),
        ("mobileNumber", "+821087654321"),
        ("address", "Seoul"),
        ("address", "Busan"),
    }


def test_a_known_value_remembers_when_it_was_first_and_last_seen(kim: Contact) -> None:
    """QUAL-3."""
    tell(kim, Source.FORM, email="a@example.com")
    change_details(kim, {"email": "a@example.com"}, source=Source.API, source_label="ERP", actor=PLUGIN, now=NOON + DAY)
    value = KnownValue.objects.get()
    assert (value.first_seen_at, value.last_seen_at) == (NOON, NOON + DAY)
    assert (value.qualified, value.source, value.source_label) == (True, "api", "ERP")


def test_known_values_come_newest_first(kim: Contact) -> None:
    """QUAL-3: what the edit form offers."""
    for day, email in enumerate(["a@example.com", "b@example.com", "c@example.com"]):
        change_details(kim, {"email": email}, source=Source.API, source_label="", actor=PLUGIN, now=NOON + day * DAY)
    offered = [value.value for value in known_values_of(kim, KnownField.EMAIL)]
    assert offered == ["c@example.com", "b@example.com", "a@example.com"]


def test_an_earlier_phone_finds_its_contact(shop: Site, kim: Contact) -> None:
    """QUAL-3."""
    tell(kim, mobileNumber="010-1234-5678")
    tell(kim, mobileNumber="010-8765-4321")
    assert list(contacts_by(shop, KnownField.MOBILE_NUMBER, "+821012345678")) == [kim]
    assert list(contacts_by(shop, KnownField.MOBILE_NUMBER, "+821087654321")) == [kim]


def test_a_known_value_of_another_site_finds_nobody(kim: Contact, elsewhere: Site) -> None:
    """SITE-2."""
    tell(kim, email="kim@example.com")
    assert not contacts_by(elsewhere, KnownField.EMAIL, "kim@example.com")


# --- QUAL-4 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("010-1234-5678", "+821012345678"),
        ("+82 10 1234 5678", "+821012345678"),
        ("０１０－１２３４－５６７８", "+821012345678"),
        ("+81 90-1234-5678", "+819012345678"),
    ],
)
def test_a_phone_is_stored_as_e164(kim: Contact, typed: str, stored: str) -> None:
    """QUAL-4."""
    contact = tell(kim, mobileNumber=typed)
    assert (contact.mobile_number, contact.mobile_number_norm) == (stored, stored)


def test_an_email_is_matched_in_lower_case_and_shown_as_typed(kim: Contact) -> None:
    """QUAL-4."""
    contact = tell(kim, email="  Kim@Example.COM ")
    assert (contact.email, contact.email_norm) == ("Kim@Example.COM", "kim@example.com")


@pytest.mark.parametrize(
    ("key", "column", "typed"),
    [
        ("email", "email", "kim at example"),
        ("mobileNumber", "mobile_number", "call me"),
        ("mobileNumber", "mobile_number", "123"),
    ],
)
def test_what_cannot_be_parsed_is_kept_as_typed_and_matches_nobody(
    kim: Contact, key: str, column: str, typed: str
) -> None:
    """QUAL-4."""
    contact = tell(kim, **{key: typed})
    assert getattr(contact, column) == typed
    assert getattr(contact, f"{column}_norm") == ""
    assert KnownValue.objects.get().norm == ""
    assert not contacts_by(contact.site, KnownField(key), "")


# --- QUAL-6 -------------------------------------------------------------------------------------------------


def test_each_value_shows_where_it_came_from(kim: Contact) -> None:
    """QUAL-6: source, time, and operator or file."""
    change_details(
        kim,
        {"name": "Kim", "profile.size": 1},
        source=Source.IMPORT,
        source_label="people.csv",
        actor=Actor("import", "people.csv"),
        now=NOON,
    )
    sources = ContactProfile.objects.get().sources
    assert sources == {
        "name": ["import", NOON.isoformat(), "people.csv"],
        "profile.size": ["import", NOON.isoformat(), "people.csv"],
    }


def test_a_cleared_value_has_no_source(kim: Contact) -> None:
    """QUAL-6."""
    tell(kim, name="Kim", profile__size=1)
    tell(kim, name=None, profile__size=None)
    assert ContactProfile.objects.get().sources == {}


def test_an_operators_change_is_in_the_audit_log(kim: Contact, bob: Operator) -> None:
    """SITE-4: with old and new value; what a page tells of itself is not logged."""
    tell(kim, name="Kim")
    change_details(
        kim, {"name": "Lee"}, source=Source.OPERATOR, source_label="Bob", actor=Actor.of_operator(bob), now=NOON
    )
    entry = AuditEntry.objects.get(action="contact.change")
    assert entry.details == {"changes": {"name": ["Kim", "Lee"]}}
    assert entry.operator == bob


def test_changing_nothing_leaves_no_trace(kim: Contact, bob: Operator) -> None:
    """The time of change is that of a real one."""
    tell(kim, name="Kim")
    before = Contact.objects.get().updated_at
    change_details(
        kim, {"name": "Kim"}, source=Source.OPERATOR, source_label="", actor=Actor.of_operator(bob), now=NOON + DAY
    )
    assert Contact.objects.get().updated_at == before
    assert not AuditEntry.objects.filter(action="contact.change").exists()


# --- fields -------------------------------------------------------------------------------------------------


def test_the_persons_own_fields_are_written(kim: Contact) -> None:
    contact = tell(
        kim,
        Source.OPERATOR,
        landlineNumber="02-123-4567",
        birthDate="1990-05-17",
        address="서울시 강남구",
        memo="ＶＩＰ",
        language="ja",
        country="jp",
        city="Tokyo",
        unsubscribeEmail=True,
        unsubscribeTexting=True,
    )
    contact.refresh_from_db()
    profile = ContactProfile.objects.get()
    assert (contact.landline_number, str(contact.birth_date)) == ("+8221234567", "1990-05-17")
    assert (profile.address, profile.memo, profile.memo_folded) == ("서울시 강남구", "ＶＩＰ", "vip")
    assert (contact.language, contact.country, contact.city) == ("ja", "JP", "Tokyo")
    assert (contact.unsubscribe_email, contact.unsubscribe_texting) == (True, True)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("name", "x" * 101, "too_long"),
        ("name", 5, "wrong_type"),
        ("name", "a\0b", "invalid"),
        ("name", "\udc80", "invalid"),
        ("email", "x" * 255, "too_long"),
        ("mobileNumber", "1" * 51, "too_long"),
        ("memo", "x" * 501, "too_long"),
        ("address", "x" * 256, "too_long"),
        ("birthDate", "17 May 1990", "invalid"),
        ("birthDate", "1899-12-31", "invalid"),
        ("birthDate", "2999-01-01", "invalid"),
        ("language", "not a language", "too_long"),
        ("country", "Korea", "too_long"),
        ("country", "1!", "invalid"),
        ("unsubscribeEmail", "yes", "wrong_type"),
        ("shoeSize", 1, "invalid"),
        ("memberId", "x", "invalid"),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_by_name(kim: Contact, key: str, value: object, code: str) -> None:
    """LIST-6: characters count, not bytes. Nothing of the call is written."""
    with pytest.raises(DetailRefused) as refusal:
        tell(kim, city="Seoul", **{key: value})
    assert (refusal.value.path, refusal.value.code) == (key, code)
    assert Contact.objects.get().city == ""


def test_a_hundred_korean_characters_are_a_name(kim: Contact) -> None:
    """LIST-6."""
    assert tell(kim, name="김" * 100).name == "김" * 100


def test_search_text_follows_the_details(kim: Contact) -> None:
    """LIST-1."""
    tell(kim, name="Kim", mobileNumber="010-1234-5678", email="Kim@Example.com")
    text = ContactProfile.objects.get().search_text
    assert text.split("\n") == [
        "kim",
        "kim@example.com",
        f"#{kim.customer_number}",
        "821012345678",
        "01012345678",
    ]


def test_html_in_a_name_is_kept_as_text(kim: Contact) -> None:
    """Escaping is the screens' work; nothing is lost on the way in."""
    assert tell(kim, name="<script>alert(1)</script>").name == "<script>alert(1)</script>"


# --- custom fields ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "type_", "stored"),
    [
        (1, FieldType.NUMBER, 1),
        (1.5, FieldType.NUMBER, 1.5),
        (0, FieldType.NUMBER, 0),
        (False, FieldType.BOOLEAN, False),
        ("red", FieldType.TEXT, "red"),
        ("", FieldType.TEXT, ""),
        ("20261121", FieldType.TEXT, "20261121"),
        ("2026-11-21", FieldType.DATE, "2026-11-21"),
        ("2026-11-21T09:00:00+09:00", FieldType.DATE, "2026-11-21T00:00:00.000Z"),
        ("2026-11-21T09:00:00.123456Z", FieldType.DATE, "2026-11-21T09:00:00.123Z"),
        ("2026-11-21 09:00", FieldType.DATE, "2026-11-21T00:00:00.000Z"),
        ("2026-02-30", FieldType.TEXT, "2026-02-30"),
        (["a", "B"], FieldType.LIST, ["a", "B"]),
        ([], FieldType.LIST, []),
    ],
)
def test_a_new_key_makes_a_field_of_the_guessed_type(
    kim: Contact, value: object, type_: FieldType, stored: object
) -> None:
    """Custom fields: a time without zone is one of the site's."""
    tell(kim, profile__key=value)
    assert ProfileField.objects.get().type == type_
    assert ContactProfile.objects.get().values == {"key": stored}


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (FieldType.NUMBER, "12"),
        (FieldType.NUMBER, True),
        (FieldType.BOOLEAN, 1),
        (FieldType.DATE, "soon"),
        (FieldType.DATE, ""),
        (FieldType.TEXT, 12),
        (FieldType.LIST, "a"),
    ],
)
def test_a_value_that_does_not_fit_the_field_is_refused(kim: Contact, type_: FieldType, value: object) -> None:
    """Custom fields: fail loudly, a filter would never find it."""
    ProfileField.objects.create(site=kim.site, key="key", type=type_)
    with pytest.raises(DetailRefused) as refusal:
        tell(kim, profile__key=value)
    assert (refusal.value.path, refusal.value.code) == ("profile.key", "does_not_fit")


def test_a_text_field_takes_what_looks_like_a_time(kim: Contact) -> None:
    """Custom fields: it is a text as well, and stays as it is."""
    ProfileField.objects.create(site=kim.site, key="key", type=FieldType.TEXT)
    tell(kim, profile__key="2026-11-21")
    assert ContactProfile.objects.get().values == {"key": "2026-11-21"}


def test_texts_are_folded_for_comparison(kim: Contact) -> None:
    """FIL-7."""
    tell(kim, profile__a="ＡＢＣ", profile__b=["Ｘ", "y"], profile__c=1)
    profile = ContactProfile.objects.get()
    assert profile.folded == {"a": "abc", "b": ["x", "y"]}
    tell(kim, profile__a=None)
    assert ContactProfile.objects.get().folded == {"b": ["x", "y"]}


def test_a_site_has_at_most_three_hundred_custom_fields(kim: Contact) -> None:
    """A public plugin key must not make them without end."""
    ProfileField.objects.bulk_create(
        ProfileField(site=kim.site, key=f"k{n}", type=FieldType.TEXT) for n in range(MAX_PROFILE_FIELDS - 1)
    )
    tell(kim, profile__last=1)
    with pytest.raises(DetailRefused) as refusal:
        tell(kim, profile__one_too_many=1)
    assert (refusal.value.path, refusal.value.code) == ("profile.one_too_many", "too_many_fields")
    tell(kim, profile__last=2)


def test_a_profile_grows_to_sixteen_kilobytes_and_no_further(kim: Contact) -> None:
    """The limit holds for what is stored, however many calls bring it."""
    for n in range(16):
        tell(kim, **{f"profile__k{n}": "x" * 1_000})
    with pytest.raises(DetailRefused) as refusal:
        tell(kim, profile__k16="x" * 1_000)
    assert (refusal.value.path, refusal.value.code) == ("profile", "too_large")


def test_two_fields_of_one_name_on_two_sites_have_types_of_their_own(shop: Site, elsewhere: Site) -> None:
    """SITE-2."""
    Browser(shop).boot(profile={"size": 1})
    Browser(elsewhere).boot(profile={"size": "large"})
    assert dict(ProfileField.objects.values_list("site__code", "type")) == {"SHOP": "number", "ELSE": "text"}


def test_details_of_a_contact_that_is_gone_are_refused(kim: Contact) -> None:
    Contact.objects.filter(pk=kim.pk).update(kind=Kind.LEAD)
    gone = Contact.objects.get()
    ContactProfile.objects.all().delete()
    Contact.objects.all().delete()
    with pytest.raises(ContactGone):
        tell(gone, name="Kim")
