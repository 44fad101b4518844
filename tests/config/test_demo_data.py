"""Sample people: they must be what the rules themselves would have written (api.md, ``seed_demo``)."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from config.demo.data.people import DAY, Crowd
from config.demo.data.seeding import FIELDS, Scale, seed
from contacts.emails import parse_email
from contacts.folding import fold
from contacts.member_ids import is_member_id
from contacts.models import (
    Contact,
    ContactProfile,
    CustomerNumberCounter,
    Event,
    Identity,
    Kind,
    KnownValue,
    ProfileField,
    Visit,
)
from contacts.phones import parse_phone
from contacts.profile_fields import fits
from contacts.profile_values import canonical
from contacts.search import search_text_of
from desk.models import Site
from tags.models import ContactTag

NOW = datetime.datetime(2026, 11, 22, 3, 0, tzinfo=datetime.UTC)


@pytest.fixture
def people(shop: Site) -> list[Contact]:
    seed(shop, Scale(contacts=400), now=NOW)
    return list(Contact.objects.select_related("profile", "site").order_by("customer_number"))


def test_search_text_and_compared_columns_are_those_of_the_rules(people: list[Contact]) -> None:
    """LIST-1, FIL-7, QUAL-4"""
    for contact in people:
        assert contact.profile.search_text == search_text_of(contact)
        assert contact.name_folded == fold(contact.name)
        assert contact.member_id_folded == fold(contact.member_id or "")
        assert contact.email_norm == parse_email(contact.email).norm
        assert contact.profile.memo_folded == fold(contact.profile.memo)
        assert contact.profile.address_folded == fold(contact.profile.address)
        if contact.mobile_number:
            phone = parse_phone(contact.mobile_number, "KR")
            assert (contact.mobile_number, contact.mobile_number_norm) == (phone.shown, phone.norm)
            assert phone.norm
        if contact.landline_number:
            assert parse_phone(contact.landline_number, "KR").norm == contact.landline_number
        if contact.member_id:
            assert is_member_id(contact.member_id)
        seen = contact.last_seen_at or contact.created_at
        assert contact.last_seen_on == seen.date()
        assert contact.created_at <= seen <= NOW


def test_custom_values_fit_their_fields(people: list[Contact], shop: Site) -> None:
    """QUAL-1: values and folded twins as ``contacts.drafts`` writes them."""
    types = dict(ProfileField.objects.filter(site=shop).values_list("key", "type"))
    assert set(types) == set(FIELDS)
    for contact in people:
        profile = contact.profile
        assert set(profile.values) <= set(types)
        for key, value in profile.values.items():
            assert fits(value, types[key])
            assert canonical(value, types[key], shop.zone) == value
        assert profile.folded == {
            key: fold(value) if isinstance(value, str) else [fold(item) for item in value]
            for key, value in profile.values.items()
            if isinstance(value, str | list)
        }
        assert set(profile.sources) >= {f"profile.{key}" for key in profile.values}


def test_shares_are_those_of_a_real_site(shop: Site) -> None:
    """The issue's benchmark: 60 % anonymous, 60 % Korean, 25 % Japanese, half of the members have ordered."""
    seed(shop, Scale(contacts=5_000), now=NOW)

    def share(part: int, whole: int) -> float:
        return round(part / whole, 2)

    members = Contact.objects.filter(kind=Kind.MEMBER)
    assert share(Contact.objects.filter(kind=Kind.ANONYMOUS).count(), 5_000) == pytest.approx(0.6, abs=0.03)
    assert share(Contact.objects.filter(language="ko").count(), 5_000) == pytest.approx(0.6, abs=0.03)
    assert share(Contact.objects.filter(language="ja").count(), 5_000) == pytest.approx(0.25, abs=0.03)
    ordered = ContactProfile.objects.filter(values__has_key="lastCheckoutCompletedAt").count()
    assert share(ordered, members.count()) == pytest.approx(0.5, abs=0.05)
    managed = Contact.objects.filter(managed=True).count()
    assert ContactTag.objects.count() / managed == pytest.approx(1.5, abs=0.4)
    assert Event.objects.count() <= 5 * 5_000


def test_everything_of_a_person_belongs_together(people: list[Contact], shop: Site) -> None:
    """KIND-5, QUAL-3: rows of one site, of one contact, within its time; details of managed contacts only."""
    assert not Event.objects.exclude(site=shop).exists()
    assert not Event.objects.filter(contact__identities=None).exists()
    assert not Visit.objects.filter(started_at__lt=F("contact__created_at")).exists()
    assert not Visit.objects.exclude(contact=F("identity__contact")).exists()
    assert not Visit.objects.filter(token_digest__isnull=False).exists()
    assert not ContactTag.objects.filter(contact__kind=Kind.ANONYMOUS).exists()
    assert not ContactProfile.objects.filter(contact__kind=Kind.ANONYMOUS).exclude(values={}).exists()
    emails = set(Contact.objects.exclude(email="").values_list("pk", "email"))
    assert set(KnownValue.objects.filter(field="email").values_list("contact_id", "value")) == emails
    assert Identity.objects.filter(channel="web").count() <= len(people)
    counts = Contact.objects.filter(sessions_count__gt=0, sessions_count__lte=12, identities__channel="web")
    for contact in counts[:50]:
        assert contact.visits.count() == contact.sessions_count


def test_same_seed_makes_the_same_people(shop: Site, elsewhere: Site) -> None:
    """``seed_demo``: on an empty site."""
    for site in (shop, elsewhere):
        seed(site, Scale(contacts=120), now=NOW)
    columns = ("customer_number", "kind", "name", "email", "mobile_number", "member_id", "created_at", "last_seen_at")
    first, second = (
        list(site.contacts.order_by("customer_number").values_list(*columns)) for site in (shop, elsewhere)
    )
    assert first == second
    crowds = [Crowd("a", now=10_000 * DAY, anonymous=0.3, visits=3) for _ in range(2)]
    assert [crowds[0].person(n) for n in range(50)] == [crowds[1].person(n) for n in range(50)]


def test_seeding_again_adds_other_people(shop: Site) -> None:
    """``seed_demo``: customer numbers and memberIds go on, nothing clashes."""
    for _ in range(2):
        seed(shop, Scale(contacts=100), now=NOW)
    assert shop.contacts.count() == 200
    assert CustomerNumberCounter.objects.get(site=shop).last == 200


def test_command_says_what_it_made(shop: Site) -> None:
    """api.md, "Commands" """
    out = StringIO()
    call_command("seed_demo", contacts=30, anonymous=0, events=2, stdout=out)
    assert "contacts_contact" in out.getvalue()
    assert shop.contacts.filter(managed=True).count() == 30
    assert max(contact.events.count() for contact in shop.contacts.all()) <= 2
    with pytest.raises(CommandError, match="NOPE"):
        call_command("seed_demo", contacts=1, site_id="NOPE")
    with pytest.raises(CommandError):
        call_command("seed_demo", contacts=-1)


def test_command_asks_which_site_when_there_are_several(shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    with pytest.raises(CommandError, match="--site-id"):
        call_command("seed_demo", contacts=1)
    assert not Contact.objects.exists()
