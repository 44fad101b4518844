"""QUAL-3: whom a phone, an e-mail or a memberId belongs to, by current and by known values."""

from django.db.models import QuerySet

from contacts.models import Contact, KnownField, KnownValue
from desk.models import Site

_COLUMNS = {KnownField.EMAIL: "email_norm", KnownField.MOBILE_NUMBER: "mobile_number_norm"}


def contacts_by(site: Site, field: KnownField, norm: str) -> QuerySet[Contact]:
    """Leads and members who have, or once had, this e-mail or phone; the most recently active first.

    ``norm`` is the normal form; an empty one, of a value that could not be parsed, finds nobody (QUAL-4).
    """
    if not norm:
        return Contact.objects.none()
    current = Contact.objects.filter(site=site, **{_COLUMNS[field]: norm}).values("pk")
    known = KnownValue.objects.filter(site=site, field=field, norm=norm).values("contact_id")
    # Two index look-ups; an OR over both tables would read the whole site.
    return Contact.objects.filter(site=site, managed=True, pk__in=current.union(known)).order_by(
        "-last_touch_at", "-pk"
    )


def known_values_of(contact: Contact, field: KnownField) -> QuerySet[KnownValue]:
    """What the edit form offers: every value ever seen, newest first."""
    return KnownValue.objects.filter(contact=contact, field=field).order_by("-last_seen_at", "-pk")
