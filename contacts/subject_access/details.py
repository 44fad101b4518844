"""Subject access: who the person is to the desk: details with their sources, opt-outs, accounts, values ever seen."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.columns import OWN_COLUMNS, Shape
from contacts.models import Contact, FieldType, Identity, Kind, KnownField, KnownValue, ProfileField, Source
from contacts.models.contact import LeadReason
from contacts.phones import spelled
from contacts.profile_fields import parse_time
from contacts.subject_access.parts import Row, Subject, SubjectPart, Word, rows_part, subject_parts

_OPT_OUTS = {column.name: column.label for column in OWN_COLUMNS if column.name.startswith("unsubscribe")}


def source_word(code: str) -> Word:
    """Where a value came from; which operator or file it was is the desk's own affair."""
    return Word(code, Source(code).label if code in Source.values else code)


def _profile(subject: Subject) -> Iterator[Row]:
    """Every detail that has a value; custom fields last, also those whose field the site has deleted."""
    profile = subject.contact.profile
    yield _detail(profile.sources, "id", _("ID in the desk"), str(subject.contact.pk))
    for column in OWN_COLUMNS:
        value: Any = column.values(subject.site, [subject.contact])[0]
        if column.name in _OPT_OUTS or value in ("", None, []):
            continue
        if column.shape == Shape.KIND:
            value = Word(str(value), Kind(value).label)
        if column.shape == Shape.PHONE:
            value = _phone(subject, value)
        yield _detail(profile.sources, column.name, column.label, value)
    if subject.contact.lead_reason:
        reason = LeadReason(subject.contact.lead_reason)
        yield _detail(profile.sources, "leadReason", _("became a lead because this person"), Word(reason, reason.label))
    if profile.utm:
        yield _detail(profile.sources, "utm", _("campaign of the first visit"), profile.utm)
    fields = {field.key: field for field in ProfileField.objects.filter(site=subject.site)}
    for key, value in profile.values.items():
        field = fields.get(key)
        if field is not None and field.type == FieldType.DATE and isinstance(value, str):
            yield _detail(profile.sources, f"profile.{key}", str(field), parse_time(value) or value)
        else:
            yield _detail(profile.sources, f"profile.{key}", str(field or key), value)


def _detail(sources: Mapping[str, Any], name: str, label: Any, value: Any) -> Row:
    source = sources.get(name)
    row = {"field": Word(name, label), "value": value}
    if source:
        row |= {"source": source_word(source[0]), "since": parse_time(source[1]) or source[1]}
    return row


def _phone(subject: Subject, number: str) -> Word:
    """People read it as it is dialled."""
    return Word(number, spelled(number, subject.site.phone_country))


def _count_profile(subject: Subject) -> int:
    return sum(1 for _row in _profile(subject))


def _marketing(subject: Subject) -> Iterator[Row]:
    contact = subject.contact
    yield {"unsubscribeEmail": contact.unsubscribe_email, "unsubscribeTexting": contact.unsubscribe_texting}


def _identity(subject: Subject, row: Identity) -> Row:
    told: dict[str, Any] = {
        "channel": Word(row.channel, row.get_channel_display()),
        "identificationNumber": subject.accounts.get(row.pk, row.key),
        "createdAt": row.created_at,
        "lastBootAt": row.last_boot_at,
    }
    if row.verified_at is not None:
        method = Word(row.verified_method, row.get_verified_method_display())
        told |= {
            "verifiedMobile": _phone(subject, row.verified_mobile),
            "verifiedBy": method,
            "verifiedAt": row.verified_at,
        }
    return told


def _known_value(subject: Subject, row: KnownValue) -> Row:
    return {
        "field": Word(row.field, KnownField(row.field).label),
        "value": _phone(subject, row.value) if row.field == KnownField.MOBILE_NUMBER else row.value,
        "qualified": row.qualified,
        "source": source_word(row.source),
        "firstSeenAt": row.first_seen_at,
        "lastSeenAt": row.last_seen_at,
    }


def reread(contact: Contact) -> Contact:
    """The whole of the person as it is now; ``Contact.DoesNotExist`` when it is gone. One statement."""
    return Contact.objects.select_related("profile", "site").get(pk=contact.pk, site=contact.site)


_FROM, _SINCE = _("Where it is from"), _("Known since")

subject_parts.register(
    "profile",
    SubjectPart(
        pgettext_lazy("what is known of a person", "Details"),
        {"field": _("Detail"), "value": _("Value"), "source": _FROM, "since": _SINCE},
        _profile,
        ("contacts.ContactProfile.contact",),
        _count_profile,
        order=10,
    ),
)
subject_parts.register(
    "marketing", SubjectPart(_("Marketing"), _OPT_OUTS, _marketing, order=12, single=True, count=lambda subject: 1)
)
subject_parts.register(
    "identities",
    rows_part(
        _("Accounts and devices"),
        {
            "channel": _("Channel"),
            "identificationNumber": _("Identification number"),
            "createdAt": _("First seen"),
            "lastBootAt": _("Last seen"),
            "verifiedMobile": _("Verified mobile number"),
            "verifiedBy": _("Verified by"),
            "verifiedAt": _("Verified on"),
        },
        rows=lambda subject: subject.contact.identities.order_by("pk"),
        tell=_identity,
        covers=["contacts.Identity.contact"],
        order=20,
    ),
)
subject_parts.register(
    "knownValues",
    rows_part(
        _("Every value ever seen"),
        {
            "field": _("Detail"),
            "value": _("Value"),
            "qualified": _("Reliable source"),
            "source": _FROM,
            "firstSeenAt": _("First told"),
            "lastSeenAt": _("Last told"),
        },
        rows=lambda subject: subject.contact.known_values.order_by("field", "first_seen_at", "pk"),
        tell=_known_value,
        covers=["contacts.KnownValue.contact"],
        order=22,
    ),
)
