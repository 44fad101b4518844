"""LOOK-5, LIST-5: lookups beside a conversation and on a person's own page, against a real company server."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from chats.admin import lookup_panel
from chats.handling import close
from chats.lookups.settings import QueryDraft, ResultDraft, switch
from chats.models import Chat, ItemControl, LookupApi, LookupCall
from contacts.models import Contact, Source
from contacts.models.known_value import KnownValue
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Role, Site
from tests.chats.companies import MEMBER, PHONE, RESULTS, Company, running_company
from tests.chats.people import NOON, account, room_of, visitor_says
from tests.conftest import client_of
from tests.desk.servers import answering
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory


@pytest.fixture
def company(tmp_path: Path, settings: Settings) -> Iterator[Company]:
    cache.clear()
    with running_company(tmp_path, settings) as company:
        yield company


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(
        site=shop, name="Kim", member_id="seoyeon", mobile_number="+821012345678", mobile_number_norm="+821012345678"
    )


@pytest.fixture
def room(kim: Contact) -> Chat:
    room = room_of(kim, identity=account(kim))
    visitor_says(room, "Hello")
    return room


@pytest.fixture
def desk(bob: Operator) -> Client:
    return client_of(bob)


@pytest.fixture
def eve(shop: Site) -> Client:
    """An agent who may not see personal data."""
    operator = OperatorFactory(name="Eve", email="eve@example.com")
    MembershipFactory(site=shop, operator=operator, role=Role.AGENT, sees_personal_data=False)
    return client_of(operator)


def streamed(client: Client, chat: Chat, **form: str) -> list[dict[str, Any]]:
    response = client.post(f"/desk/inbox/{chat.pk}/lookups/", form)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in b"".join(response).splitlines()]  # type: ignore[call-overload]


def asked(client: Client, chat: Chat, api: LookupApi, **values: str) -> Any:
    return client.post(f"/desk/inbox/{chat.pk}/lookups/{api.pk}/", values)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# --- the tab ---


def test_the_tab_is_there_for_who_works_where_something_can_be_looked_up(
    company: Company, shop: Site, desk: Client, victor: Operator, room: Chat
) -> None:
    """CHAT-5: neither an empty tab for every company, nor one that a viewer cannot use."""
    panel = f"/desk/inbox/{room.pk}/panel/"
    assert 'data-panel-tab="lookup"' not in desk.get(panel).content.decode()
    api = company.lookup(shop, "Orders")
    assert 'data-panel-tab="lookup"' in desk.get(panel).content.decode()
    assert 'data-panel-tab="lookup"' not in client_of(victor).get(panel).content.decode()
    assert client_of(victor).get(f"{panel}lookup/").status_code == 404
    switch(api, False, actor=SYSTEM, now=NOON)
    assert 'data-panel-tab="lookup"' not in desk.get(panel).content.decode()
    assert company.asked == []


def test_boxes_come_one_by_one_and_each_says_how_it_ended(
    company: Company, shop: Site, desk: Client, room: Chat
) -> None:
    """LOOK-5: first the frame, then the quick ones; a slow one holds up none, a broken one spoils none."""
    company.lookup(shop, "Slow")
    company.lookup(shop, "Orders")
    company.lookup(shop, "Broken", other=answering(b"<html>busy</html>"))
    let_go = company.hold("/slow")
    lines = []
    for chunk in desk.post(f"/desk/inbox/{room.pk}/lookups/"):
        lines.append(json.loads(chunk))
        if len(lines) == 3:
            let_go()
    assert [next(iter(line)) for line in lines] == ["frame", "box", "box", "box", "end"]
    frame = lines[0]["frame"]
    assert re.findall(r"data-lookup-waiting[^>]*aria-label=\"([^\"]+)", frame) == ["Slow", "Orders", "Broken"]
    assert 'value="seoyeon"' in frame
    boxes = {re.findall(r'aria-label="([^"]+)', line["html"])[0]: line for line in lines[1:4]}
    assert list(boxes)[2] == "Slow"
    assert "VVIP" in words(boxes["Orders"]["html"])
    assert "48200" in words(boxes["Orders"]["html"])
    assert "answered with a web page" in words(boxes["Broken"]["html"])
    assert [boxes[name]["ok"] for name in ("Slow", "Orders", "Broken")] == [True, True, False]


def test_an_answer_is_text_and_never_html(company: Company, shop: Site, desk: Client, room: Chat) -> None:
    """LOOK-7: what a stranger sends cannot run in the desk."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    company.lookup(shop, "Orders", other=answering(json.dumps({"data": {"tier": evil}}).encode()))
    refusal = json.dumps({"error": {"code": "x", "message": evil}}).encode()
    company.lookup(shop, "Refusing", other=answering(refusal, "403 No"))
    html = "".join(line.get("html", "") for line in streamed(desk, room))
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html


def test_what_is_empty_is_filled_once_with_its_source(
    company: Company, shop: Site, desk: Client, room: Chat, kim: Contact
) -> None:
    """LOOK-6: the box says what was filled in; what stands there stays."""
    results = [ResultDraft("Address", "address", field="address"), ResultDraft("Name", "name", field="name")]
    company.lookup(shop, "Orders", results=results)
    [box] = [line for line in streamed(desk, room) if "box" in line]
    assert box["filled"] is True
    assert "Filled in, for it was empty: Address" in words(box["html"])
    kim.refresh_from_db()
    assert (kim.profile.address, kim.name) == ("서울 종로구 북촌로 12", "Kim")
    [again] = [line for line in streamed(desk, room) if "box" in line]
    assert again["filled"] is False
    assert "within the last 5 minutes" in words(again["html"])
    assert len(company.asked) == 1


def test_a_chat_that_is_over_asks_nobody(company: Company, shop: Site, desk: Client, room: Chat) -> None:
    """LOOK-5: reading an old chat sends nothing of the person anywhere; by hand one still may."""
    api = company.lookup(shop, "Orders")
    close(room, actor=SYSTEM, now=NOON)
    assert [next(iter(line)) for line in streamed(desk, room)] == ["frame", "end"]
    assert company.asked == []
    assert "VVIP" in words(asked(desk, room, api, memberId="seoyeon").content.decode())


def test_who_sees_and_who_looks_up_is_written_down(
    company: Company, shop: Site, desk: Client, room: Chat, bob: Operator
) -> None:
    """SITE-4, LOOK-7: that the person was seen, and each call, without what was sent or answered."""
    company.lookup(shop, "Orders")
    streamed(desk, room)
    assert AuditEntry.objects.filter(action="contact.view", target_id=str(room.contact_id)).count() == 1
    call = LookupCall.objects.get()
    assert (call.operator_id, call.chat_id, call.automatic, call.outcome) == (bob.pk, room.pk, True, "ok")


def test_who_works_elsewhere_or_only_reads_looks_nothing_up(
    company: Company, shop: Site, elsewhere: Site, room: Chat, desk: Client, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3: asking sends data out and fills fields in, which is work."""
    api, foreign = company.lookup(shop, "Orders"), company.lookup(elsewhere, "Theirs")
    for client, status in ((client_of(victor), 403), (client_of(charlie), 404)):
        assert client.post(f"/desk/inbox/{room.pk}/lookups/").status_code == status
        assert asked(client, room, api, memberId="seoyeon").status_code == status
        assert client.get(f"/desk/contact-lookups/{room.contact_id}/").status_code == status
    assert asked(desk, room, foreign, memberId="seoyeon").status_code == 404
    assert desk.get(f"/desk/inbox/{room.pk}/lookups/").status_code == 405
    assert company.asked == []


# --- places ---


def test_lookups_never_take_all_threads_of_the_server(
    company: Company, shop: Site, desk: Client, room: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No box blocks a conversation: who finds no place gets the forms, and is told to come again."""
    api = company.lookup(shop, "Orders")
    places = lookup_panel.threading.BoundedSemaphore(1)
    monkeypatch.setattr(lookup_panel, "_places", places)
    places.acquire()
    assert [next(iter(line)) for line in streamed(desk, room)] == ["frame", "again"]
    assert [next(iter(line)) for line in streamed(desk, room, boxes="1")] == ["again"]
    refused = asked(desk, room, api, memberId="seoyeon")
    assert (refused.status_code, refused["Retry-After"]) == (503, "1")
    assert company.asked == []
    places.release()
    assert [next(iter(line)) for line in streamed(desk, room, boxes="1")] == ["box", "end"]
    assert asked(desk, room, api, memberId="seoyeon").status_code == 200
    assert places.acquire(blocking=False)


def test_an_operator_who_leaves_is_no_error(
    company: Company, shop: Site, desk: Client, room: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """LOOK-5: the request is dropped, its place is free, and the log of the calls says that nobody waited."""
    company.lookup(shop, "Orders")
    company.hold("/orders")
    before = lookup_panel._places._value
    with caplog.at_level(logging.INFO):
        response = desk.post(f"/desk/inbox/{room.pk}/lookups/")
        assert "frame" in json.loads(next(iter(response)))
        response.close()
    assert lookup_panel._places._value == before
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# --- by hand ---


def test_by_hand_it_shows_values_and_the_chats_that_match(
    company: Company, shop: Site, desk: Client, room: Chat
) -> None:
    """LOOK-5: another chat of the last three months with the same number is listed, the open one is not."""
    other = room_of(
        ContactFactory(site=shop, name="Kim's shop", mobile_number="010-1234-5678", mobile_number_norm="+821012345678"),
        now=NOON,
    )
    api = company.lookup(shop, "Orders", query=[PHONE, QueryDraft("Member", "memberId")])
    told = asked(desk, room, api, phone="+82 10-1234-5678", memberId="haruto").content.decode()
    assert "골드" in words(told)
    assert "1 chat of the last 3 months matches" in words(told)
    assert f"/desk/inbox/{other.pk}/" in told
    assert "same: Mobile number" in words(told)
    assert f"/desk/inbox/{room.pk}/" not in told
    assert json.loads(company.asked[0].body) == {"phone": "+82 10-1234-5678", "memberId": "haruto"}


def test_a_form_that_cannot_be_sent_says_why(company: Company, shop: Site, desk: Client, room: Chat) -> None:
    """LOOK-2: required, at most so long, one of the options."""
    query = [
        QueryDraft("Order number", "order", required=True, max_length=5),
        QueryDraft("Shop", "shop", control=ItemControl.DROP_DOWN, options=[{"value": "kr", "label": "Korea"}]),
    ]
    api = company.lookup(shop, "Orders", query=query)
    for values, why in (
        ({"order": " "}, "“Order number” is needed."),
        ({"order": "123456"}, "“Order number” has at most 5 characters."),
        ({"order": "1", "shop": "mars"}, "“Shop” is none of the options."),
    ):
        response = asked(desk, room, api, **values)
        assert response.status_code == 422
        assert why in words(response.content.decode())
    assert company.asked == []


def test_what_is_told_of_somebody_else_is_not_written_into_this_person(
    company: Company, shop: Site, desk: Client, room: Chat, kim: Contact
) -> None:
    """LOOK-6: an agent may ask for another memberId; the answer is shown and stays a stranger's."""
    results = [ResultDraft("Address", "address", field="address"), *RESULTS]
    api = company.lookup(shop, "Orders", results=results)
    told = asked(desk, room, api, memberId="haruto")
    assert "東京都" in words(told.content.decode())
    assert "X-Lookup-Filled" not in told
    kim.refresh_from_db()
    assert kim.profile.address == ""
    assert asked(desk, room, api, memberId="seoyeon")["X-Lookup-Filled"] == "1"


# --- masking ---


def test_a_masked_operator_sees_masked_values_and_asks_about_this_person_alone(
    company: Company, shop: Site, eve: Client, room: Chat
) -> None:
    """SITE-4: contact points in form and answer are masked; another number than this person's cannot be sent."""
    results = [ResultDraft("Phone", "phone"), ResultDraft("Mail", "email", field="email"), ResultDraft("Tier", "tier")]
    api = company.lookup(shop, "Orders", query=[MEMBER, PHONE], results=results)
    lines = streamed(eve, room)
    text = json.dumps(lines, ensure_ascii=False)
    assert "VVIP" in text
    assert not re.search(r"2345|6789@|seoyeon@|12345678", text.replace('seoyeon\\"', "")), text
    told = asked(eve, room, api, memberId="seoyeon", phone="010-9999-8888").content.decode()
    assert "hidden from you" in told
    assert json.loads(company.asked[-1].body)["phone"] == "+821012345678"
    assert not AuditEntry.objects.filter(action="contact.view").exists()


# --- the person's own page ---


def test_on_the_persons_page_it_is_asked_by_hand(company: Company, shop: Site, desk: Client, kim: Contact) -> None:
    """LIST-5: the card comes after the page; nothing runs by itself; what is filled in says where it comes from."""
    page = f"/desk/contacts/contact/{kim.pk}/change/"
    assert "contact-lookups" not in desk.get(page).content.decode()
    results = [ResultDraft("Address", "address", field="address"), *RESULTS]
    api = company.lookup(shop, "Orders", results=results)
    assert f"/desk/contact-lookups/{kim.pk}/" in desk.get(page).content.decode()
    assert 'value="seoyeon"' in desk.get(f"/desk/contact-lookups/{kim.pk}/").content.decode()
    assert company.asked == []
    told = desk.post(f"/desk/contact-lookups/{kim.pk}/{api.pk}/", {"memberId": "seoyeon"})
    assert "VVIP" in words(told.content.decode())
    assert KnownValue.objects.filter(contact=kim, source=Source.LOOKUP).exists()
    assert "Orders" in desk.get(page).content.decode()
    assert LookupCall.objects.get().chat_id is None
