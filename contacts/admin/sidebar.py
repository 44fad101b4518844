"""LIST-1: the sidebar's section Contacts with the number of managed contacts (MU), and people in the palette."""

from dataclasses import replace

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.admin.formats import phone
from contacts.filters.matching import matching
from contacts.masking import mask, name_of
from contacts.models import Contact, Kind
from contacts.old_names import find_by_old_name
from desk.access import Access
from desk.admin import access_of
from desk.admin.navigation import Entry, Section, navigation
from desk.models import Site
from desk.palette import MAX_HITS, Hit, palette_sources

# One Latin letter or digit finds half the site and costs a scan; one Hangul syllable or Kanji is a surname.
PALETTE_MINIMUM = 2


def managed_counts(site: Site) -> dict[str, int]:
    """How many leads and members there are: one index-only statement."""
    rows = Contact.objects.filter(site=site, managed=True).values_list("kind").annotate(n=Count("pk")).order_by()
    return dict(rows)


class _Counts:
    """The counts of one request, asked once and only when one of them is."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._counts: dict[str, int] | None = None

    def of(self, *kinds: str) -> int:
        if self._counts is None:
            self._counts = managed_counts(self._site)
        return sum(self._counts.get(kind, 0) for kind in kinds)


def _entries(request: HttpRequest) -> list[Entry]:
    access = access_of(request)
    if not access.may("contacts.view"):
        return []
    url, counts = reverse("admin:contacts_contact_changelist"), _Counts(access.site)
    kind = request.GET.get("kind") if request.path == url and not request.GET.get("segment") else None
    return [
        Entry(
            _("All"),
            url,
            "contacts",
            lambda: counts.of(Kind.LEAD, Kind.MEMBER),
            title=_("All leads and members (MU)"),
        ),
        Entry(
            _("Leads"),
            f"{url}?kind={Kind.LEAD}",
            "lead",
            lambda: counts.of(Kind.LEAD),
            active=kind == Kind.LEAD,
        ),
        Entry(
            _("Members"),
            f"{url}?kind={Kind.MEMBER}",
            "member",
            lambda: counts.of(Kind.MEMBER),
            active=kind == Kind.MEMBER,
        ),
    ]


def _people(access: Access, query: str) -> list[Hit]:
    """Who is found by part of a name, phone, e-mail, memberId or customer number; latest activity first."""
    too_short = query.isascii() and len(query) < PALETTE_MINIMUM
    if not query or too_short or "\x00" in query or not access.may("contacts.view"):
        return []
    found = matching(access.site, search=query).order_by("-last_seen_on", "-last_seen_at", "-id")[:MAX_HITS]
    hits = [_hit(access, contact) for contact in found]
    old = find_by_old_name(access.site, query)
    if old is not None:
        # UNI-8: the name of somebody who was merged leads to where he is now.
        hit = _hit(access, old.contact)
        note = _("“%(old)s” was merged into customer %(number)s")
        detail = note % {"old": old.value, "number": old.contact.customer_number}
        hits = [replace(hit, detail=detail), *(other for other in hits if other.url != hit.url)][:MAX_HITS]
    return hits


def _hit(access: Access, contact: Contact) -> Hit:
    sees = access.sees_personal_data
    handles = [
        contact.email if sees else str(mask("email", contact.email)),
        phone(contact.mobile_number, access.site.phone_country)
        if sees
        else str(mask("mobileNumber", contact.mobile_number)),
        contact.member_id or "",
        f"#{contact.customer_number}",
    ]
    return Hit(
        label=name_of(contact, sees_personal_data=sees),
        detail=" · ".join(filter(None, handles)),
        url=reverse("admin:contacts_contact_change", args=[contact.pk]),
        icon="member" if contact.kind == Kind.MEMBER else "lead",
        is_person=True,
    )


navigation.register("contacts", Section("contacts", _("Contacts"), 20, _entries))
palette_sources.register("contacts", _people)
