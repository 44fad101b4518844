"""IMP-3, IMP-6..8, QUAL-3, QUAL-6, RET-1: what an import writes."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from contacts.details import change_details
from contacts.importing.people import FIELDS
from contacts.models import (
    Contact,
    ContactChange,
    ContactProfile,
    CustomerNumberCounter,
    FrozenValue,
    KnownValue,
    Merge,
    MergeSuggestion,
    PendingMerge,
    ProfileField,
    Source,
)
from contacts.search import search_text_of
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tags.models import ContactTag, Tag
from tests.contacts.browser import Browser
from tests.contacts.importing.imports import check, counts, load, run
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

pytestmark = pytest.mark.django_db
ALL = [*FIELDS, "profile.points:number", "profile.size:text", "profile.since:date", "profile.likes:list"]
VALUES = [
    *("Kim", "Kim@Shop.example", "010-1234-5678", "02-123-4567", "1990-01-02", "서울시 1", "tea", "ko", "KR", "Seoul"),
    *("yes", "no", "1,200", "M", "2024-05-06", "a, b"),
]


def only() -> Contact:
    return Contact.objects.select_related("profile").get()


def test_a_row_writes_what_an_edit_of_the_same_values_writes(shop: Site, elsewhere: Site) -> None:
    """The rules of drafts and of imports are the same: columns, twins, sources, search text, known values."""
    load(shop, ["memberId", *ALL], [["m1", *VALUES]])
    imported = only()
    edited = ContactFactory(site=elsewhere, member_id="m1", name="", customer_number=imported.customer_number)
    changes: dict[str, Any] = dict(zip(FIELDS, VALUES, strict=False))
    changes |= {"unsubscribeEmail": True, "unsubscribeTexting": False}
    changes |= {"profile.points": 1200, "profile.size": "M", "profile.since": "2024-05-06", "profile.likes": ["a", "b"]}
    told = {"source": Source.IMPORT, "source_label": "people.csv", "actor": SYSTEM, "now": imported.updated_at}
    change_details(edited, changes, **told)
    edited = Contact.objects.select_related("profile").get(pk=edited.pk)
    for columns in FIELDS.values():
        for column in columns:
            where = [one.profile if hasattr(one.profile, column) else one for one in (imported, edited)]
            assert getattr(where[0], column) == getattr(where[1], column), column
    for column in ("values", "folded", "sources", "search_text"):
        assert getattr(imported.profile, column) == getattr(edited.profile, column), column
    assert imported.profile.search_text == search_text_of(imported)
    known = ("field", "value", "norm", "qualified", "source", "source_label")
    mine = set(imported.known_values.exclude(field="memberId").values_list(*known))
    assert mine == set(edited.known_values.values_list(*known))


def test_new_contacts_get_numbers_in_the_order_of_work(shop: Site) -> None:
    """From one block; the counter goes on after it."""
    load(shop, ["memberId", "mobileNumber"], [["", "01011112222"], ["m1", ""], ["m2", ""]])
    numbers = dict(Contact.objects.values_list("customer_number", "member_id"))
    assert numbers == {1: "m1", 2: "m2", 3: None}
    assert CustomerNumberCounter.objects.get(site=shop).last == 3


def test_an_empty_cell_leaves_the_value(shop: Site) -> None:
    """IMP-3."""
    load(shop, ["memberId", "name", "memo"], [["m1", "Kim", "tea"]])
    load(shop, ["memberId", "name", "memo"], [["m1", "", "coffee"]])
    assert (only().name, only().profile.memo) == ("Kim", "coffee")


def test_a_column_may_only_fill_what_is_empty(shop: Site) -> None:
    """IMP-2: 0 and no are values of custom fields."""
    header = ["memberId", "name", "city", "profile.points:number"]
    load(shop, header, [["m1", "Kim", "", "0"]])
    load(shop, header, [["m1", "Lee", "Busan", "5"]], name="new.csv", modes={"city": "fill", "profile_points": "fill"})
    contact = only()
    assert (contact.name, contact.city, contact.profile.values) == ("Lee", "Busan", {"points": 0})
    assert contact.profile.sources["city"][2] == "new.csv"
    assert contact.profile.sources["profile.points"][2] == "people.csv"


def test_a_changed_person_is_touched_and_an_unchanged_one_is_not(shop: Site) -> None:
    """RET-1, IMP-8: the import tag alone is no touch."""
    old = timezone.now() - datetime.timedelta(days=400)
    for name in ("m1", "m2"):
        ContactFactory(site=shop, member_id=name, name="Kim", created_at=old)
    load(shop, ["memberId", "name"], [["m1", "Kim"], ["m2", "Lee"]])
    same, other = Contact.objects.select_related("profile").order_by("member_id")
    assert (same.last_touch_at, same.updated_at, same.profile.import_tags) == (old, old, ["spring"])
    assert other.last_touch_at == other.updated_at > old


def test_the_same_file_again_writes_nobody_whatever_its_tag(shop: Site) -> None:
    """IMP-8: not even the tag; another file's tag is added."""
    rows = [["m1", "Kim", "vip", "01011112222"], ["m1", "Lee", "", ""], ["", "Park", "vip", "01033334444"]]
    header = ["memberId", "name", "tags", "mobileNumber"]
    load(shop, header, rows)
    before = [
        list(model.objects.order_by("pk").values()) for model in (Contact, ContactProfile, KnownValue, ContactTag)
    ]
    again = load(shop, header, rows, tag="summer")
    after = [list(model.objects.order_by("pk").values()) for model in (Contact, ContactProfile, KnownValue, ContactTag)]
    assert after == before
    assert counts(again) == {"duplicate": 1, "unchanged": 2}
    assert ContactChange.objects.filter(job_id=again.run_job_id).count() == 0
    load(shop, ["memberId"], [["m1"]], tag="autumn")
    assert Contact.objects.get(member_id="m1").profile.import_tags == ["spring", "autumn"]


def test_a_new_column_makes_its_field(shop: Site) -> None:
    """IMP-2: with the type of the mapping, when the import runs and not before."""
    made = check(shop, ["memberId", "profile.등급:text"], [["m1", "금"]])
    assert not ProfileField.objects.exists()
    run(made)
    assert list(ProfileField.objects.values_list("key", "type")) == [("등급", "text")]


def test_tags_are_added_or_replaced(shop: Site, alice: Operator) -> None:
    """TAG-5: the attachment says that the import made it."""
    contact = ContactFactory(site=shop, member_id="m1")
    ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop, name="old"))
    header = ["memberId", "tags"]
    made = load(shop, header, [["m1", "VIP, 서울"]])
    assert names(contact) == {"old", "VIP", "서울"}
    load(shop, header, [["m1", "vip"]], modes={"tags": "replace"})
    assert names(contact) == {"VIP"}
    attachment = ContactTag.objects.get(contact=contact)
    assert (attachment.source, attachment.source_label, attachment.job_id) == (
        "import", "people.csv", made.run_job_id,
    )  # fmt: skip


def names(contact: Contact) -> set[str]:
    return set(Tag.objects.filter(attachments__contact=contact).values_list("name", flat=True))


def test_a_row_that_would_give_a_contact_too_many_tags_is_refused_whole(shop: Site) -> None:
    """TAG-1: nothing of it is written."""
    contact = ContactFactory(site=shop, member_id="m1", name="Kim")
    for number in range(19):
        ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop, name=f"tag {number}"))
    made = load(shop, ["memberId", "name", "tags"], [["m1", "Lee", "a, b"], ["m1", "Park", "a"]])
    assert counts(made) == {"refused": 1, "updated": 1}
    assert (only().name, ContactTag.objects.count()) == ("Park", 20)
    [reject] = made.rejects.all()
    assert (reject.line, reject.column, reject.code) == (2, 2, "too_many_tags")


# --- who turns out to be one person ---------------------------------------------------------------------------


def test_a_lead_that_never_booted_is_merged_into_the_member_of_the_file(shop: Site) -> None:
    """UNI-2, UNI-3."""
    load(shop, ["mobileNumber", "name"], [["01011112222", "Lead"]])
    made = load(shop, ["memberId", "mobileNumber"], [["m1", "01011112222"]])
    assert counts(made) == {"merged": 1}
    merge = Merge.objects.get()
    assert (merge.survivor, merge.trigger, merge.actor) == (only(), "import", SYSTEM.label)
    assert (only().member_id, only().name) == ("m1", "Lead")


def test_a_lead_that_has_booted_waits(shop: Site) -> None:
    """UNI-3."""
    browser = Browser(shop)
    lead = browser.boot(profile={"email": "kim@x.example"}).contact
    made = load(shop, ["memberId", "email"], [["m1", "kim@x.example"]])
    assert counts(made) == {"delayed": 1}
    pending = PendingMerge.objects.get()
    assert (pending.contact_id, pending.member.member_id) == (lead.pk, "m1")
    assert (pending.source, pending.source_label) == ("import", "people.csv")
    assert browser.boot("m1").contact.member_id == "m1"
    assert Contact.objects.count() == 1


def test_a_row_without_a_member_id_joins_the_one_member_it_is_about(shop: Site) -> None:
    """UNI-7: the member's own values stand, what it lacks is filled, what gives way stays known."""
    load(shop, ["memberId", "name", "mobileNumber"], [["m1", "Kim", "01011112222"]])
    made = load(shop, ["name", "mobileNumber", "email"], [["Lee", "01011112222", "kim@x.example"]])
    assert counts(made) == {"merged": 1}
    contact = only()
    assert (contact.name, contact.email, contact.email_qualified) == ("Kim", "kim@x.example", True)
    assert set(contact.known_values.filter(field="name").values_list("value", flat=True)) == {"Kim", "Lee"}


def test_several_members_or_a_typed_match_are_suggested(shop: Site) -> None:
    """UNI-4."""
    load(shop, ["memberId", "mobileNumber"], [["m1", "01011112222"], ["m2", "01011112222"]])
    made = load(shop, ["mobileNumber"], [["01011112222"]])
    assert counts(made) == {"suggested": 1}
    assert MergeSuggestion.objects.count() == 3
    assert Contact.objects.count() == 3


def test_what_was_known_for_sure_is_no_news(shop: Site) -> None:
    """UNI-4: two members have had one number for long; a file that says so again asks nobody about them."""
    for member_id in ("m1", "m2"):
        ContactFactory(
            site=shop, member_id=member_id, mobile_number="+821011112222",
            mobile_number_norm="+821011112222", mobile_number_qualified=True,
        )  # fmt: skip
    made = load(shop, ["memberId", "mobileNumber"], [["m1", "01011112222"]])
    assert counts(made) == {"unchanged": 1}
    assert not MergeSuggestion.objects.exists()


def test_what_was_only_typed_is_news(shop: Site) -> None:
    """UNI-2: the file makes it sure, and what follows from that follows now."""
    phone = {"mobile_number": "+821011112222", "mobile_number_norm": "+821011112222"}
    ContactFactory(site=shop, member_id="m1", **phone, mobile_number_qualified=False)
    ContactFactory(site=shop, **phone, mobile_number_qualified=True)
    made = load(shop, ["memberId", "mobileNumber"], [["m1", "01011112222"]])
    assert counts(made) == {"merged": 1}
    assert only().mobile_number_qualified


def test_a_value_of_too_many_people_of_the_file_finds_nobody(shop: Site) -> None:
    """UNI-14: 21 people with one number are not one; rows with nothing else are refused."""
    rows = [["", f"Person {n}", "01011112222", ""] for n in range(20)]
    rows += [["m1", "Member", "01011112222", ""], ["", "Kim", "01011112222", "kim@x.example"]]
    made = load(shop, ["memberId", "name", "mobileNumber", "email"], rows)
    assert counts(made) == {"created": 2, "refused": 20}
    assert {reject.code for reject in made.rejects.all()} == {"frozen_contact_point"}
    assert not Merge.objects.exists()


def test_the_21st_join_of_a_day_freezes_the_value(shop: Site) -> None:
    """UNI-14: members of the file, each with the same lead's number elsewhere."""
    FrozenValue.objects.create(
        site=shop, field="mobileNumber", value="+821011112222", joins=21, frozen_at=timezone.now()
    )
    ContactFactory(site=shop, mobile_number="+821011112222", mobile_number_qualified=True)
    made = load(shop, ["memberId", "mobileNumber"], [["m1", "01011112222"]])
    assert counts(made) == {"created": 1}


def test_many_merges_are_done_in_several_steps(shop: Site) -> None:
    """JOB-2: no step merges more than a few, and the counts are those of the check."""
    people = [(f"010-1111-{n:04}", f"m{n}") for n in range(30)]
    load(shop, ["mobileNumber"], [[phone] for phone, _member in people])
    made = check(shop, ["memberId", "mobileNumber"], [[member, phone] for phone, member in people])
    assert counts(made) == {"merged": 30}
    made = run(made)
    assert counts(made) == {"merged": 30}
    assert "replanned" not in made.ran
    assert Contact.objects.count() == Merge.objects.count() == 30


def test_what_changed_since_the_check_is_seen_and_told(shop: Site) -> None:
    """The run looks again: nobody is doubled, and the report says that a row went another way."""
    made = check(shop, ["memberId", "name"], [["m1", "Kim"], ["m2", "Lee"]])
    ContactFactory(site=shop, member_id="m1", name="Kim")
    made = run(made)
    assert counts(made) == {"created": 1, "unchanged": 1}
    assert made.ran["replanned"] == 1
    assert Contact.objects.count() == 2


def test_another_site_is_neither_found_nor_touched(shop: Site, elsewhere: Site) -> None:
    """SITE-2."""
    other = ContactFactory(site=elsewhere, member_id="m1", mobile_number="+821011112222", mobile_number_qualified=True)
    before = Contact.objects.filter(pk=other.pk).values().get()
    made = load(shop, ["memberId", "mobileNumber"], [["m1", "01011112222"], ["", "01011112222"]])
    assert counts(made) == {"created": 1, "duplicate": 1}
    assert Contact.objects.filter(pk=other.pk).values().get() == before
