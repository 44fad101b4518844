"""IMP-3, IMP-6, IMP-8: whatever files say, the engine does what the plain rules say, one row after the other."""

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contacts.details import change_details
from contacts.models import (
    Channel,
    Contact,
    ContactImport,
    ContactProfile,
    Identity,
    KnownValue,
    MergeSuggestion,
    PendingMerge,
    Source,
)
from desk.actors import SYSTEM
from desk.models import Site
from tests.contacts.importing.imports import check, counts, load, run
from tests.contacts.importing.model import Desk, Person
from tests.factories import ContactFactory, SiteFactory

HEADER = ["memberId", "name", "mobileNumber", "email", "profile.size:text"]
NAMES = ["memberId", "name", "mobileNumber", "email", "size"]
PHONES = ["+821011112222", "+821033334444", "+821055556666"]
EMAILS = ["a@x.example", "b@x.example", "c@x.example"]

cells = st.tuples(
    st.sampled_from(["", "", "m1", "m2"]),
    st.sampled_from(["", "Kim", "Lee"]),
    st.sampled_from(["", "", *PHONES]),
    st.sampled_from(["", "", *EMAILS]),
    st.sampled_from(["", "S", "M"]),
).filter(any)
there = st.tuples(
    st.sampled_from(["", "m1", "m2", "m3"]),
    st.sampled_from(["", *PHONES]),
    st.sampled_from(["", *EMAILS]),
    st.sampled_from([Source.OPERATOR, Source.FORM]),
    st.booleans(),
)


def people_of(desk: Desk, site: Site, told: list[tuple[str, str, str, Source, bool]]) -> None:
    """The same people in the desk and in the tables; nobody is unified while they are made."""
    for number, (member_id, phone, email, source, booted) in enumerate(told):
        if any(member_id and one.member_id == member_id for one in desk.people) or not (member_id or phone or email):
            continue
        contact = ContactFactory(site=site, member_id=member_id or None, name="", customer_number=100 + number)
        sure = source == Source.OPERATOR
        changes = {key: value for key, value in (("mobileNumber", phone), ("email", email)) if value}
        # A form looks nobody up; what it wrote becomes sure by hand.
        change_details(contact, changes, source=Source.FORM, source_label="", actor=SYSTEM, now=timezone.now())
        if sure:
            flags = {"email_qualified": bool(email), "mobile_number_qualified": bool(phone)}
            Contact.objects.filter(pk=contact.pk).update(**flags)
            KnownValue.objects.filter(contact=contact).update(qualified=True, source=Source.OPERATOR)
        person = Person(f"there {number}", member_id=member_id)
        for key, value in changes.items():
            person.values[key], person.sure[key], person.known[key, value] = value, sure, sure
        if booted and not member_id:
            person.browser = True
            boot(contact)
        desk.people.append(person)


def boot(contact: Contact) -> None:
    """A browser of its own."""
    Identity.objects.create(
        site=contact.site, contact=contact, channel=Channel.WEB, key=f"v{contact.pk}", created_at=timezone.now()
    )


def tables(site: Site) -> list[Any]:
    """As ``Desk.state``."""
    known: dict[int, list[tuple[str, str, bool]]] = {}
    points = KnownValue.objects.filter(site=site, field__in=["mobileNumber", "email"])
    for pk, name, value, sure in points.values_list("contact_id", "field", "value", "qualified"):
        known.setdefault(pk, []).append((name, value, sure))
    state = []
    for contact in Contact.objects.filter(site=site).select_related("profile"):
        values = {
            "name": contact.name,
            "mobileNumber": contact.mobile_number,
            "email": contact.email,
            "size": contact.profile.values.get("size", ""),
        }
        told = sorted((key, value) for key, value in values.items() if value)
        state.append([contact.member_id or "", told, sorted(known.get(contact.pk, []))])
    return sorted(state)


@pytest.mark.django_db
@pytest.mark.parametrize("filled", [frozenset(), frozenset({"name", "email"})], ids=["overwrites", "fills"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(there, max_size=4), rows=st.lists(cells, min_size=1, max_size=7))
# A column that only fills: what it spares of a row that joins must be known, else somebody else is made of the third row.
@example(
    told=[],
    rows=[("", "", PHONES[1], EMAILS[1], ""), ("", "", "", EMAILS[1], ""), ("m1", "", PHONES[1], EMAILS[0], "")],
)
def test_an_import_does_what_the_rules_say_row_by_row(
    filled: frozenset[str], told: list[tuple[str, str, str, Source, bool]], rows: list[tuple[str, ...]]
) -> None:
    """IMP-3, UNI-1..4: contacts, known values, pairs; the check tells what the run does; the same file again: nothing."""
    site, desk = SiteFactory(), Desk()
    people_of(desk, site, told)
    for row in sorted(rows, key=lambda row: not row[0]):
        desk.import_row({name: cell for name, cell in zip(NAMES, row, strict=True) if cell}, filled)
    modes = dict.fromkeys(filled, "fill")
    before = tables(site)
    made = check(site, HEADER, rows, modes=modes)
    assert tables(site) == before
    foretold = counts(made)
    made = run(made)
    assert (tables(site), MergeSuggestion.objects.filter(site=site).exists()) == (desk.state(), bool(desk.suggested))
    assert PendingMerge.objects.filter(site=site).count() == len(desk.pending)
    assert counts(made) == foretold
    assert sum(counts(made).values()) == len(rows)
    assert counts(made).get("refused", 0) == desk.refused
    assert "replanned" not in made.ran
    if not desk.suggested and not have_something_in_common(told):
        # Where one row may be about several people, the first import's answers are facts for the second: of two with
        # one number one may have got another by it, and the same row is about the other then.
        again(site, rows, modes)


def have_something_in_common(told: list[tuple[str, str, str, Source, bool]]) -> bool:
    """Whether two of the people who are there have one phone or e-mail."""
    points = [point for _member_id, *points, _source, _booted in told for point in points if point]
    return len(points) > len(set(points))


def again(site: Site, rows: list[tuple[str, ...]], modes: dict[str, str]) -> None:
    """IMP-8: the same file changes nothing the second time."""
    before = _stamps(site)
    second: ContactImport = load(site, HEADER, rows, tag="other", modes=modes)
    assert _stamps(site) == before, counts(second)
    assert set(counts(second)) <= {"unchanged", "duplicate", "refused"}


def _stamps(site: Site) -> list[Any]:
    contacts = list(Contact.objects.filter(site=site).order_by("pk").values_list())
    return contacts + list(ContactProfile.objects.filter(site=site).order_by("pk").values_list())
