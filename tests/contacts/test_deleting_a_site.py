"""docs/decisions/0033: the site of what hangs on a contact is not checked by the database, and goes with it nevertheless."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from contacts.models import Contact, ContactChange, KnownField, KnownValue, Source
from desk.models import Site
from tags.models import ContactTag, DetachedTag, Tag
from tests.factories import ContactFactory, SiteFactory

UNCHECKED = (KnownValue, ContactChange, ContactTag, DetachedTag)


def _fill(contact: Contact, now: datetime.datetime) -> None:
    tag = Tag.objects.create(site=contact.site, name="vip", name_folded="vip")
    both = {"site": contact.site, "contact": contact}
    KnownValue.objects.create(
        **both,
        field=KnownField.NAME,
        value="Kim",
        qualified=True,
        source=Source.API,
        first_seen_at=now,
        last_seen_at=now,
    )
    ContactChange.objects.create(**both, job_id=1, before={})
    ContactTag.objects.create(**both, tag=tag, source="api", at=now)
    DetachedTag.objects.create(**both, tag=tag, job_id=1, source="api", at=now)


@pytest.mark.django_db
def test_what_hangs_on_contacts_goes_with_their_site() -> None:
    gone, other = ContactFactory(site=SiteFactory()), ContactFactory(site=SiteFactory())
    for contact in (gone, other):
        _fill(contact, timezone.now())
    Site.objects.get(pk=gone.site_id).delete()
    for model in UNCHECKED:
        assert list(model.objects.values_list("site_id", flat=True)) == [other.site_id], model


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_for_a_contact_that_went_with_its_site() -> None:
    """The contact's key, which stays, is what stops it."""
    gone = ContactFactory(site=SiteFactory())
    told = {"site_id": gone.site_id, "contact_id": gone.pk, "job_id": 1, "before": {}}
    Site.objects.get(pk=gone.site_id).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactChange.objects.create(**told)


if connection.vendor == "postgresql":

    @pytest.mark.django_db
    @pytest.mark.parametrize("model", UNCHECKED)
    def test_only_the_site_is_not_checked(model: type) -> None:
        with connection.cursor() as cursor:
            told = connection.introspection.get_constraints(cursor, model._meta.db_table)
        checked = {column for one in told.values() if one["foreign_key"] for column in one["columns"]}
        assert "contact_id" in checked
        assert "site_id" not in checked
