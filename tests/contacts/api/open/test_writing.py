"""API-2: programs add and change contacts: LIST-4, KIND-4, QUAL-1, QUAL-4, UNI-2..4, UNI-9, UNI-14, SITE-2."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.details import change_details
from contacts.merging import merge
from contacts.models import Contact, Merge, MergeSuggestion, PendingMerge, ProfileField, Source
from desk.actors import SYSTEM
from desk.models import AuditEntry, Site
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.open.test_merges import check
from tests.contacts.browser import Browser
from tests.contacts.test_unifying import at_once
from tests.factories import ContactFactory

EMAIL, PHONE, TYPED = "kim@shop.example", "+821055551234", "010-5555-1234"


def tell(contact: Contact, source: Source = Source.API, **changes: Any) -> Contact:
    return change_details(contact, changes, source=source, source_label="x", actor=SYSTEM, now=timezone.now())


def absorb(survivor: Contact, absorbed: Contact, **more: Any) -> None:
    merge(survivor, absorbed, actor=SYSTEM, trigger="hand", now=timezone.now(), **more)


@pytest.fixture
def member(shop: Site) -> Contact:
    contact: Contact = ContactFactory(site=shop, name="Kim", member_id="m-1", customer_number=1024)
    return tell(contact, email=EMAIL, mobileNumber=PHONE)


@pytest.fixture
def lead(shop: Site) -> Contact:
    """Has never booted."""
    contact: Contact = ContactFactory(site=shop, name="Lead")
    return contact


# --- POST contacts -------------------------------------------------------------------------------------------


def test_a_lead_is_added_with_what_was_sent(program: Program, shop: Site, client: Client) -> None:
    """LIST-4, QUAL-1: trusted, phones in their one form; the audit log names the key."""
    body = {
        "name": "이서연",
        "email": "Lee@example.com",
        "mobileNumber": TYPED,
        "birthDate": "1990-02-03",
        "memo": "calls back",
        "country": "kr",
        "unsubscribeTexting": True,
        "profile": {"size": "L", "gone": None},
    }
    status, answer = program.call("POST", "contacts", body)
    assert status == 201
    check(client, "contacts", "post", 201, answer)
    told = {
        "kind": "lead",
        "memberId": None,
        "name": "이서연",
        "email": "Lee@example.com",
        "emailQualified": True,
        "mobileNumber": PHONE,
        "mobileNumberQualified": True,
        "birthDate": "1990-02-03",
        "memo": "calls back",
        "country": "KR",
        "unsubscribeEmail": False,
        "unsubscribeTexting": True,
        "profile": {"size": "L"},
    }
    assert {key: answer[key] for key in told} == told
    assert "mergedFrom" not in answer
    assert program.get(f"contacts/{answer['id']}")[1] == answer
    entry = AuditEntry.objects.get(site=shop, action="contact.add")
    assert entry.actor == "program"
    assert ProfileField.objects.filter(site=shop, key="size").exists()


def test_an_addition_sent_again_under_its_key_is_answered_as_the_first_was(program: Program, shop: Site) -> None:
    """API-2: also when the person has been merged since; without the key the second would be one who exists (200)."""
    body, key = json.dumps({"name": "Kim", "email": EMAIL}), {"Idempotency-Key": "row 17"}

    def add() -> Any:
        return program.client.post("/api/v1/contacts", body, content_type="application/json", headers=key)

    first, again = add(), add()
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json()["id"], again["Idempotent-Replay"]) == (first.json()["id"], "true")
    survivor = ContactFactory(site=shop)
    absorb(survivor, Contact.objects.get(email=EMAIL))
    assert add().json()["id"] == str(survivor.pk)


@pytest.mark.parametrize("known_by", [{"email": EMAIL.upper()}, {"mobileNumber": TYPED}, {"memberId": "m-1"}])
def test_who_exists_is_answered_and_stays_as_it_is(program: Program, member: Contact, known_by: dict[str, str]) -> None:
    """api.md: 200, nothing changed."""
    before = program.get(f"contacts/{member.pk}")[1]
    status, answer = program.call("POST", "contacts", {**known_by, "name": "Other", "profile": {"size": "L"}})
    assert (status, answer) == (200, before)
    assert Contact.objects.count() == 1


def test_a_value_that_a_visitor_typed_is_nobodys_yet(program: Program, shop: Site) -> None:
    """api.md: the existing *qualified* one; the other is suggested (UNI-4)."""
    visitor = tell(ContactFactory(site=shop), Source.FORM, email=EMAIL)
    status, answer = program.call("POST", "contacts", {"email": EMAIL})
    assert status == 201
    assert answer["id"] != str(visitor.pk)
    assert MergeSuggestion.objects.count() == 1


def test_a_member_is_added_by_member_id(program: Program, client: Client) -> None:
    """LIST-4"""
    status, answer = program.call("POST", "contacts", {"memberId": "m-9", "name": "New"})
    assert (status, answer["kind"], answer["memberId"]) == (201, "member", "m-9")


def test_a_lead_with_the_phone_of_a_new_member_is_unified_at_once(program: Program, lead: Contact) -> None:
    """UNI-3: never booted; the answer says whom the member absorbed."""
    tell(lead, mobileNumber=PHONE)
    status, answer = program.call("POST", "contacts", {"memberId": "m-9", "mobileNumber": TYPED})
    assert (status, answer["memberId"], answer["mergedFrom"]) == (201, "m-9", [str(lead.pk)])
    assert Merge.objects.get().trigger == "api"


def test_an_absorbed_member_id_is_led_to_the_survivor(program: Program, shop: Site, member: Contact) -> None:
    """UNI-8"""
    other = ContactFactory(site=shop, member_id="m-2")
    absorb(member, other, member_into_member=True)
    status, answer = program.call("POST", "contacts", {"memberId": "m-2"})
    assert (status, answer["id"], answer["mergedFrom"]) == (200, str(member.pk), [str(other.pk)])


def test_nobody_is_added_without_a_way_to_find_them(program: Program) -> None:
    """LIST-4"""
    status, answer = program.call("POST", "contacts", {"name": "Nobody", "landlineNumber": "02-123-4567"})
    assert (status, answer["error"]["path"]) == (400, "email")
    details = {one["path"]: one["code"] for one in answer["error"]["details"]}
    assert details == dict.fromkeys(("email", "mobileNumber", "memberId"), "required")
    assert not Contact.objects.exists()


def test_what_is_no_phone_is_kept_as_typed_and_matches_nobody(program: Program) -> None:
    """QUAL-4"""
    first = program.call("POST", "contacts", {"mobileNumber": " ask the shop "})
    assert (first[0], first[1]["mobileNumber"]) == (201, "ask the shop")
    assert program.call("POST", "contacts", {"mobileNumber": "ask the shop"})[0] == 201


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"nope": 1}, "nope"),
    ({"kind": "member"}, "kind"),
    ({"email": 1}, "email"),
    ({"mobileNumber": 1055551234}, "mobileNumber"),
    ({"mobileNumber": "0" * 51}, "mobileNumber"),
    ({"email": f"{'x' * 250}@example.com"}, "email"),
    ({"memo": "x" * 501}, "memo"),
    ({"birthDate": "1990-02-30"}, "birthDate"),
    ({"birthDate": "2990-01-01"}, "birthDate"),
    ({"language": "not one"}, "language"),
    ({"country": "K1"}, "country"),
    ({"unsubscribeEmail": "yes"}, "unsubscribeEmail"),
    ({"unsubscribeEmail": None}, "unsubscribeEmail"),
    ({"profile": []}, "profile"),
    ({"profile": None}, "profile"),
    ({"profile": {"size": {"deep": 1}}}, "profile.size"),
    ({"profile": {"email": "other@example.com"}}, "profile.email"),
    ({"profile": {"memberId": "m-3"}}, "profile.memberId"),
    ({"memberId": "with space"}, "memberId"),
    ({"memberId": ""}, "memberId"),
    ({"memberId": 7}, "memberId"),
    ({"memberId": "undefined"}, "memberId"),
]


@pytest.mark.parametrize(("wrong", "path"), WRONG)
def test_what_is_wrong_is_refused_with_its_path_and_nothing_is_written(
    program: Program, lead: Contact, wrong: dict[str, Any], path: str
) -> None:
    """api.md, "Errors"; UNI-14: junk is nobody's memberId."""
    before = program.get(f"contacts/{lead.pk}")[1]
    for method, address in (("POST", "contacts"), ("PATCH", f"contacts/{lead.pk}")):
        status, answer = program.call(method, address, {"email": EMAIL, "name": "Changed", **wrong})
        assert (status, answer["error"]["code"], answer["error"]["path"]) == (400, "invalid", path), method
    assert program.get(f"contacts/{lead.pk}")[1] == before
    assert Contact.objects.count() == 1


# --- PATCH contacts/{id} -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "told", "cleared"),
    [
        ({"name": "Park"}, {"name": "Park"}, None),
        ({"email": "Park@example.com"}, {"email": "Park@example.com", "emailQualified": True}, None),
        ({"mobileNumber": TYPED}, {"mobileNumber": PHONE, "mobileNumberQualified": True}, None),
        ({"landlineNumber": "02-312-3456"}, {"landlineNumber": "+8223123456"}, None),
        ({"birthDate": "1990-02-03"}, {"birthDate": "1990-02-03"}, None),
        ({"address": "Seoul"}, {"address": "Seoul"}, None),
        ({"memo": "VIP"}, {"memo": "VIP"}, ""),
        ({"language": "ja"}, {"language": "ja"}, None),
        ({"country": "jp"}, {"country": "JP"}, None),
        ({"city": "Tokyo"}, {"city": "Tokyo"}, None),
    ],
)
def test_each_detail_is_written_and_null_clears_it(
    program: Program, lead: Contact, sent: dict[str, Any], told: dict[str, Any], cleared: str | None
) -> None:
    """QUAL-1: trusted."""
    address, [key] = f"contacts/{lead.pk}", sent
    status, answer = program.call("PATCH", address, sent)
    assert (status, {name: answer[name] for name in told}) == (200, told)
    status, answer = program.call("PATCH", address, {key: None})
    assert (status, answer[key]) == (200, cleared)


def test_opt_outs_are_switched_both_ways(program: Program, lead: Contact) -> None:
    for key in ("unsubscribeEmail", "unsubscribeTexting"):
        for value in (True, False):
            status, answer = program.call("PATCH", f"contacts/{lead.pk}", {key: value})
            assert (status, answer[key]) == (200, value)


def test_custom_fields_change_key_by_key(program: Program, shop: Site) -> None:
    contact = ContactFactory(site=shop, values={"size": "L", "points": 3})
    status, answer = program.call("PATCH", f"contacts/{contact.pk}", {"profile": {"size": None, "vip": True}})
    assert (status, answer["profile"]) == (200, {"points": 3, "vip": True})


def test_a_custom_value_of_another_type_is_refused(program: Program, lead: Contact) -> None:
    address = f"contacts/{lead.pk}"
    program.call("PATCH", address, {"profile": {"points": 3}})
    status, answer = program.call("PATCH", address, {"name": "New", "profile": {"points": "many"}})
    assert (status, answer["error"]["path"]) == (400, "profile.points")
    assert program.get(address)[1]["name"] == "Lead"


def test_a_change_is_described_truly_and_audited(program: Program, shop: Site, lead: Contact, client: Client) -> None:
    """API-2; what was before and what is now, by the name of the key."""
    status, answer = program.call("PATCH", f"contacts/{lead.pk}", {"city": "Busan"})
    assert status == 200
    check(client, "contacts/{contact_id}", "patch", 200, answer)
    entry = AuditEntry.objects.get(site=shop, action="contact.change")
    assert (entry.actor, entry.details) == ("program", {"changes": {"city": ["", "Busan"]}})
    lead.profile.refresh_from_db()
    assert lead.profile.sources["city"][::2] == ["api", "program"]


def test_a_patch_of_nothing_changes_nothing(program: Program, lead: Contact) -> None:
    before = program.get(f"contacts/{lead.pk}")[1]
    assert program.call("PATCH", f"contacts/{lead.pk}", {}) == (200, before)


def test_a_lead_becomes_a_member(program: Program, lead: Contact) -> None:
    """KIND-4; and never a lead again."""
    address = f"contacts/{lead.pk}"
    status, answer = program.call("PATCH", address, {"memberId": "m-5", "name": "Choi"})
    assert (status, answer["kind"], answer["memberId"], answer["name"]) == (200, "member", "m-5", "Choi")
    lead.profile.refresh_from_db()
    assert lead.profile.sources["memberId"][::2] == ["api", "program"]
    status, answer = program.call("PATCH", address, {"memberId": None})
    assert (status, answer["error"]["path"]) == (400, "memberId")


def test_a_member_id_of_somebody_else_leads_to_the_merge(
    program: Program, lead: Contact, member: Contact, client: Client
) -> None:
    """UNI-9: 409 with the other's id; nothing of the call is written."""
    status, answer = program.call("PATCH", f"contacts/{lead.pk}", {"memberId": "m-1", "name": "Changed"})
    assert status == 409
    check(client, "contacts/{contact_id}", "patch", 409, answer)
    error = answer["error"]
    assert (error["code"], error["path"], error["contact"]) == ("already_exists", "memberId", str(member.pk))
    assert all(word in error["message"] for word in ("“m-1”", "Kim", "1024"))
    assert program.get(f"contacts/{lead.pk}")[1]["name"] == "Lead"
    status, plan = program.call("POST", f"contacts/{error['contact']}/merge", {"with": str(lead.pk), "dryRun": True})
    assert (status, plan["plan"]["survivor"]) == (200, str(member.pk))


def test_an_absorbed_member_id_is_the_survivors(program: Program, shop: Site, lead: Contact, member: Contact) -> None:
    """UNI-8, UNI-9"""
    absorb(member, ContactFactory(site=shop, member_id="m-2"), member_into_member=True)
    status, answer = program.call("PATCH", f"contacts/{lead.pk}", {"memberId": "m-2"})
    assert (status, answer["error"]["contact"]) == (409, str(member.pk))
    assert "“m-2”" in answer["error"]["message"]
    status, answer = program.call("PATCH", f"contacts/{member.pk}", {"memberId": "m-2"})
    assert (status, answer["error"]["path"]) == (400, "memberId")


def test_an_absorbed_id_writes_to_the_survivor(program: Program, lead: Contact, member: Contact) -> None:
    """UNI-8"""
    absorb(member, lead)
    status, answer = program.call("PATCH", f"contacts/{lead.pk}", {"city": "Seoul"})
    assert (status, answer["id"], answer["mergedFrom"]) == (200, str(member.pk), [str(lead.pk)])
    assert program.get(f"contacts/{member.pk}")[1]["city"] == "Seoul"


@pytest.mark.parametrize("detail", [{"mobileNumber": TYPED}, {"email": EMAIL}])
def test_a_trusted_detail_of_one_member_unifies_a_lead_that_never_booted(
    program: Program, lead: Contact, member: Contact, detail: dict[str, str]
) -> None:
    """UNI-2, UNI-3: at once; the answer is the member."""
    status, answer = program.call("PATCH", f"contacts/{lead.pk}", {**detail, "city": "Seoul"})
    assert (status, answer["id"], answer["mergedFrom"]) == (200, str(member.pk), [str(lead.pk)])
    assert (answer["memberId"], answer["city"]) == ("m-1", "Seoul")
    made = Merge.objects.get()
    assert (made.trigger, made.actor) == ("api", "program")


def test_a_member_who_gets_a_leads_phone_absorbs_the_lead(program: Program, shop: Site, lead: Contact) -> None:
    """UNI-2: the other way round."""
    tell(lead, mobileNumber=PHONE)
    member = ContactFactory(site=shop, member_id="m-7")
    status, answer = program.call("PATCH", f"contacts/{member.pk}", {"mobileNumber": TYPED})
    assert (status, answer["id"], answer["mergedFrom"]) == (200, str(member.pk), [str(lead.pk)])
    assert "mergedFrom" not in program.call("PATCH", f"contacts/{member.pk}", {"city": "Seoul"})[1]


def test_a_lead_that_has_booted_waits(program: Program, shop: Site, member: Contact) -> None:
    """UNI-3: nobody gets a member's history by a phone number."""
    lead = tell(Browser(shop).boot().contact, Source.FORM, email="typed@example.com")
    status, answer = program.call("PATCH", f"contacts/{lead.pk}", {"mobileNumber": TYPED})
    assert (status, answer["id"], answer["mobileNumber"]) == (200, str(lead.pk), PHONE)
    assert PendingMerge.objects.get().member_id == member.pk
    assert not Merge.objects.exists()


def test_a_phone_of_two_members_is_only_suggested(program: Program, shop: Site, lead: Contact, member: Contact) -> None:
    """UNI-4"""
    tell(ContactFactory(site=shop, member_id="m-2"), mobileNumber=PHONE)
    status, answer = program.call("PATCH", f"contacts/{lead.pk}", {"mobileNumber": TYPED})
    assert (status, answer["id"]) == (200, str(lead.pk))
    assert not Merge.objects.exists()
    assert MergeSuggestion.objects.filter(first_id=min(lead.pk, member.pk), second_id=max(lead.pk, member.pk)).exists()


# --- PUT contacts/@{memberId} --------------------------------------------------------------------------------


def test_a_member_is_put_twice(program: Program, client: Client) -> None:
    """api.md: 201, then 200 with what is named changed and the rest as it was."""
    status, first = program.call("PUT", "contacts/@shop/7", {"name": "Kim", "city": "Seoul", "memo": None})
    assert (status, first["kind"], first["memberId"]) == (201, "member", "shop/7")
    check(client, "contacts/@{member_id}", "put", 201, first)
    status, second = program.call("PUT", "contacts/@shop/7", {"city": None, "profile": {"size": "L"}})
    assert (status, second["id"]) == (200, first["id"])
    check(client, "contacts/@{member_id}", "put", 200, second)
    assert (second["name"], second["city"], second["profile"]) == ("Kim", None, {"size": "L"})
    assert Contact.objects.count() == 1


def test_a_put_member_absorbs_the_lead_of_the_same_phone(program: Program, lead: Contact) -> None:
    """UNI-2, UNI-3"""
    tell(lead, mobileNumber=PHONE)
    status, answer = program.call("PUT", "contacts/@m-8", {"mobileNumber": TYPED})
    assert (status, answer["memberId"], answer["mergedFrom"]) == (201, "m-8", [str(lead.pk)])


def test_an_alias_puts_to_the_survivor(program: Program, shop: Site, member: Contact) -> None:
    """UNI-8"""
    other = ContactFactory(site=shop, member_id="m-2")
    absorb(member, other, member_into_member=True)
    status, answer = program.call("PUT", "contacts/@m-2", {"city": "Busan"})
    assert (status, answer["id"], answer["mergedFrom"]) == (200, str(member.pk), [str(other.pk)])
    assert (answer["memberId"], answer["city"]) == ("m-1", "Busan")


@pytest.mark.parametrize(
    ("address", "body", "path"),
    [
        ("undefined", {}, "memberId"),
        ("a%20b", {}, "memberId"),
        ("a%00b", {}, "memberId"),
        ("x" * 256, {}, "memberId"),
        ("m-3", {"memberId": "m-4"}, "memberId"),
        ("m-3", {"mobileNumber": []}, "mobileNumber"),
    ],
)
def test_what_is_no_member_is_not_put(program: Program, address: str, body: dict[str, Any], path: str) -> None:
    """KIND-6, UNI-14"""
    status, answer = program.call("PUT", f"contacts/@{address}", body)
    assert (status, answer["error"]["code"], answer["error"]["path"]) == (400, "invalid", path)
    assert not Contact.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_programs_put_one_member_at_the_same_moment(shop: Site) -> None:
    """KIND-6: one adds, the other changes; neither fails."""
    programs, answers = [Program(shop), Program(shop)], []

    def put(program: Program, **body: str) -> None:
        answers.append(program.call("PUT", "contacts/@m-1", {"mobileNumber": PHONE, **body}))

    at_once(lambda: put(programs[0], name="Kim"), lambda: put(programs[1], city="Seoul"))
    assert sorted(status for status, _answer in answers) == [200, 201]
    contact = Contact.objects.get()
    assert (contact.name, contact.city, contact.mobile_number) == ("Kim", "Seoul", PHONE)


# --- whose ---------------------------------------------------------------------------------------------------


def test_another_sites_people_are_not_there(stranger: Program, shop: Site, member: Contact) -> None:
    """SITE-2: neither by id nor by memberId, phone or e-mail; the shop's stays as it is."""
    before = Contact.objects.get(pk=member.pk).updated_at
    assert stranger.call("PATCH", f"contacts/{member.pk}", {"name": "X"})[0] == 404
    status, answer = stranger.call("PUT", "contacts/@m-1", {"mobileNumber": PHONE, "email": EMAIL})
    assert status == 201
    assert answer["id"] != str(member.pk)
    assert stranger.call("POST", "contacts", {"mobileNumber": PHONE})[1]["id"] == answer["id"]
    assert Contact.objects.get(pk=member.pk).updated_at == before
    assert not Merge.objects.exists()


def test_anonymous_visitors_are_not_written_to(program: Program, shop: Site) -> None:
    """KIND-5"""
    visitor = Browser(shop).boot().contact
    for wanted in (str(visitor.pk), "x", "99"):
        assert program.call("PATCH", f"contacts/{wanted}", {"name": "X"})[0] == 404


def test_parameters_of_the_list_are_none_of_a_new_contact(program: Program) -> None:
    """api.md: unknown query parameters are refused."""
    status, answer = program.call("POST", "contacts?q=kim", {"email": EMAIL})
    assert (status, answer["error"]["path"]) == (400, "q")


def test_without_a_key_nothing_is_written(client: Client, db: None) -> None:
    for method, path in (("post", "contacts"), ("patch", "contacts/1"), ("put", "contacts/@m-1")):
        answer = getattr(client, method)(f"/api/v1/{path}", "{}", content_type="application/json")
        assert answer.status_code == 401
    assert not Contact.objects.exists()
