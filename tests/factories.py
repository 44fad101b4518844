"""Rows for tests. A factory fills in what the test does not care about, in accordance with the rules."""

import datetime
from typing import Any

import factory
from django.utils import timezone

from chats.models import Chat
from contacts.folding import fold
from contacts.models import Contact, ContactProfile, Kind, LeadReason
from desk.models import Membership, Operator, Role, Site
from segments.models import Segment
from tags.models import ContactTag, Tag


class SiteFactory(factory.django.DjangoModelFactory[Site]):
    class Meta:
        model = Site

    name = factory.Sequence(lambda n: f"Site {n}")
    code = factory.Sequence(lambda n: f"SITE{n}")


class OperatorFactory(factory.django.DjangoModelFactory[Operator]):
    class Meta:
        model = Operator

    name = factory.Sequence(lambda n: f"Operator {n}")
    email = factory.Sequence(lambda n: f"operator{n}@example.com")
    language = "en"
    password = "!"


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    role = Role.AGENT


class ContactFactory(factory.django.DjangoModelFactory[Contact]):
    """A lead by default; ``kind`` or a ``member_id`` decides otherwise. ``values`` are custom profile values."""

    class Meta:
        model = Contact

    # Beyond the numbers that tests give by hand.
    customer_number = factory.Sequence(lambda n: 100_000 + n)
    kind = factory.LazyAttribute(lambda c: Kind.MEMBER if getattr(c, "member_id", None) else Kind.LEAD)
    member_id = None
    lead_reason = factory.LazyAttribute(lambda c: LeadReason.ENTERED if c.kind == Kind.LEAD else "")
    name = factory.Sequence(lambda n: f"Person {n}")
    name_folded = factory.LazyAttribute(lambda c: fold(c.name))
    member_id_folded = factory.LazyAttribute(lambda c: fold(c.member_id or ""))
    email_norm = factory.LazyAttribute(lambda c: c.email.strip().lower())
    email = ""
    mobile_number = ""
    mobile_number_norm = factory.LazyAttribute(lambda c: c.mobile_number if c.mobile_number.startswith("+") else "")
    created_at = factory.LazyFunction(timezone.now)
    last_seen_at = factory.LazyAttribute(lambda c: c.created_at)
    last_seen_on = factory.LazyAttribute(lambda c: (c.last_seen_at or c.created_at).astimezone(datetime.UTC).date())
    last_touch_at = factory.LazyAttribute(lambda c: c.last_seen_at or c.created_at)
    updated_at = factory.LazyAttribute(lambda c: c.created_at)

    @classmethod
    def _create(cls, model_class: type[Contact], *args: Any, **kwargs: Any) -> Contact:
        profile = {key: kwargs.pop(key) for key in ("values", "memo", "address", "sources") if key in kwargs}
        contact = super()._create(model_class, *args, **kwargs)
        values = profile.get("values", {})
        ContactProfile.objects.create(
            contact=contact,
            site=contact.site,
            folded={
                key: fold(value) if isinstance(value, str) else [fold(item) for item in value]
                for key, value in values.items()
                if isinstance(value, str | list)
            },
            memo_folded=fold(profile.get("memo", "")),
            address_folded=fold(profile.get("address", "")),
            search_text=" ".join(
                filter(None, [contact.name_folded, contact.email_norm, contact.member_id_folded, contact.mobile_number])
            ),
            **profile,
        )
        return contact


class TagFactory(factory.django.DjangoModelFactory[Tag]):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"tag {n}")
    name_folded = factory.LazyAttribute(lambda t: fold(t.name))


class ContactTagFactory(factory.django.DjangoModelFactory[ContactTag]):
    class Meta:
        model = ContactTag

    source = "operator"
    at = factory.LazyFunction(timezone.now)


class SegmentFactory(factory.django.DjangoModelFactory[Segment]):
    class Meta:
        model = Segment

    name = factory.Sequence(lambda n: f"segment {n}")
    name_folded = factory.LazyAttribute(lambda s: fold(s.name))
    filter = factory.LazyFunction(dict)


class ChatFactory(factory.django.DjangoModelFactory[Chat]):
    """An open room without messages; ``contact`` decides the site."""

    class Meta:
        model = Chat

    contact = factory.SubFactory(ContactFactory)
    site = factory.LazyAttribute(lambda c: c.contact.site)
    number = factory.Sequence(lambda n: 5000 + n)
    channel = "web"
    opened_at = factory.LazyFunction(timezone.now)
