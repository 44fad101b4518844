"""CHAT-3, CHAT-4, CHAT-5: the pages under Settings → Chats."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chats.answers import create_answer
from chats.categories import add_category, switch_category
from chats.models import AnswerTemplate, Category, ChatSettings, PanelTab, RoomTag
from chats.noting import set_room_tags
from chats.panel_tabs import add_tab
from chats.room_tags import add_room_tag
from contacts.models import ProfileField
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.chats.people import NOON, room_of
from tests.conftest import client_of
from tests.factories import ContactFactory

PAGES = {
    "chat_settings": "",
    "chat_categories": "",
    "chat_category_add": "",
    "chat_category_change": "category",
    "chat_category_switch": "category",
    "chat_room_tags": "",
    "chat_room_tag_add": "",
    "chat_room_tag_change": "tag",
    "chat_room_tag_merge": "tag",
    "chat_room_tag_delete": "tag",
    "chat_answers": "",
    "chat_answer_add": "",
    "chat_answer_change": "answer",
    "chat_answer_delete": "answer",
    "chat_panel_tabs": "",
    "chat_panel_tab_add": "",
    "chat_panel_tab_change": "tab",
    "chat_panel_tab_delete": "tab",
}
POSTS = {"chat_answer_preview": "", "chat_panel_tab_move": "tab", "chat_category_switch": "category"}


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def rows(shop: Site) -> dict[str, int]:
    """One of each."""
    return {
        "category": add_category(shop, "Delivery", actor=SYSTEM).pk,
        "tag": add_room_tag(shop, "late", actor=SYSTEM).pk,
        "answer": create_answer(shop, name="Hello", text="Hello {name|there}", actor=SYSTEM, now=NOON).pk,
        "tab": add_tab(shop, name="Orders", url="https://orders.example/", actor=SYSTEM).pk,
    }


def address(name: str, rows: dict[str, int], of: str) -> str:
    return reverse(f"admin:{name}", args=[rows[of]] if of else [])


def send(client: Client, url_name: str, args: list[int] | None = None, **data: str) -> HttpResponse:
    return client.post(reverse(f"admin:{url_name}", args=args or []), data)  # type: ignore[return-value]


def page(client: Client, name: str, args: list[int] | None = None, **data: str) -> str:
    return client.get(reverse(f"admin:{name}", args=args or []), data).content.decode()


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    found: dict[str, list[str]] = response.context["form"].errors
    return found


@pytest.mark.parametrize(("name", "of"), PAGES.items())
def test_only_administrators_of_the_site_open_the_pages(
    name: str, of: str, rows: dict[str, int], alice: Operator, bob: Operator, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3"""
    path = address(name, rows, of)
    told = [client_of(person).get(path).status_code for person in (alice, bob, victor, charlie)]
    assert told == [200, 403, 403, 404 if of else 200]


@pytest.mark.parametrize(("name", "of"), POSTS.items())
def test_only_administrators_of_the_site_post(
    name: str, of: str, rows: dict[str, int], alice: Operator, bob: Operator, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3"""
    path = address(name, rows, of)
    told = [client_of(person).post(path).status_code for person in (bob, victor, charlie, alice)]
    assert told == [403, 403, 404 if of else 200, 302 if of else 200]


def test_settings_of_chats_stand_in_the_sidebar_of_administrators(alice: Operator, bob: Operator) -> None:
    """SITE-3"""
    link = f'href="{reverse("admin:chat_settings")}"'
    assert link in page(client_of(alice), "profile")
    assert link not in page(client_of(bob), "profile")


@pytest.mark.parametrize("name", ["chat_categories", "chat_room_tags", "chat_answers", "chat_panel_tabs"])
def test_empty_page_says_what_it_is_for_and_what_to_do(name: str, client: Client) -> None:
    """An empty state with the next step."""
    shown = page(client, name)
    assert "empty-state" in shown
    assert 'aria-current="page"' in shown


def test_first_tab_of_the_panel_is_chosen(client: Client, shop: Site) -> None:
    """CHAT-5"""
    other = {"distribution": "manual", "when_away": "keep"}
    assert send(client, "chat_settings", first_tab="customer", **other).status_code == 302
    assert ChatSettings.objects.get(site=shop).first_tab == "customer"
    assert errors(send(client, "chat_settings", first_tab="lookups", **other))
    assert reverse("admin:settings_plugin") in page(client, "chat_settings")


# --- categories ---


def test_category_is_added_below_another(client: Client, shop: Site) -> None:
    """CHAT-3"""
    send(client, "chat_category_add", name="Delivery")
    top = Category.objects.get()
    assert f'value="{top.pk}" selected' in page(client, "chat_category_add", parent=str(top.pk))
    send(client, "chat_category_add", name="Late", parent=str(top.pk))
    assert Category.objects.get(name="Late").parent == top
    shown = page(client, "chat_categories")
    assert shown.index("Delivery") < shown.index("Late")


def test_refused_category_says_why_at_its_field(client: Client, shop: Site, elsewhere: Site) -> None:
    """CHAT-3, SITE-2"""
    add_category(shop, "Delivery", actor=SYSTEM)
    theirs = add_category(elsewhere, "Theirs", actor=SYSTEM)
    assert "already" in errors(send(client, "chat_category_add", name="DELIVERY"))["name"][0]
    assert "15" in errors(send(client, "chat_category_add", name="x" * 16))["name"][0]
    assert "name" in errors(send(client, "chat_category_add", name=""))
    assert "parent" in errors(send(client, "chat_category_add", name="Late", parent=str(theirs.pk)))
    assert Category.objects.filter(site=shop).count() == 1


def test_renamed_category_that_is_refused_keeps_its_name(client: Client, shop: Site) -> None:
    """CHAT-3"""
    one = add_category(shop, "Delivery", actor=SYSTEM)
    add_category(shop, "Returns", actor=SYSTEM)
    response = send(client, "chat_category_change", [one.pk], name="returns")
    assert errors(response)["name"]
    assert "<h1>Delivery</h1>" in response.content.decode()
    send(client, "chat_category_change", [one.pk], name="Shipping")
    assert Category.objects.filter(name="Shipping").exists()


def test_switching_off_level_one_tells_before_what_goes_along_and_can_be_undone(client: Client, shop: Site) -> None:
    """CHAT-3: with the count."""
    top = add_category(shop, "Delivery", actor=SYSTEM)
    for name in ("Late", "Lost"):
        add_category(shop, name, parent=top, actor=SYSTEM)
    asked = page(client, "chat_category_switch", [top.pk])
    assert "2 categories below it go off too: Late, Lost" in asked
    assert Category.objects.filter(active=True).count() == 3
    send(client, "chat_category_switch", [top.pk], on="0")
    assert not Category.objects.filter(active=True).exists()
    shown = page(client, "chat_categories")
    assert "and 2 categories below it" in shown
    [undo] = [part.split('"')[0] for part in shown.split('"') if "/categories/undo/" in part]
    client.post(undo)
    assert Category.objects.filter(active=True).count() == 3


def test_button_of_an_old_page_does_what_it_says(client: Client, shop: Site) -> None:
    """CHAT-3: switching off twice leaves it off."""
    one = add_category(shop, "Delivery", actor=SYSTEM)
    for _ in range(2):
        send(client, "chat_category_switch", [one.pk], on="0")
    assert not Category.objects.get().active
    send(client, "chat_category_switch", [one.pk], on="1")
    assert Category.objects.get().active


def test_level_two_below_what_is_off_says_what_to_do_first(client: Client, shop: Site) -> None:
    """CHAT-3"""
    top = add_category(shop, "Delivery", actor=SYSTEM)
    below = add_category(shop, "Late", parent=top, actor=SYSTEM)
    switch_category(top, on=False, actor=SYSTEM)
    assert "Switch on Late" not in page(client, "chat_categories")
    send(client, "chat_category_switch", [below.pk], on="1")
    assert "“Delivery” is switched off. Switch it on first." in page(client, "chat_categories")


def test_undo_of_another_site_is_not_found(shop: Site, charlie: Operator) -> None:
    """SITE-2"""
    entry = switch_category(add_category(shop, "Delivery", actor=SYSTEM), on=False, actor=SYSTEM)
    assert entry
    assert send(client_of(charlie), "chat_category_undo", [entry.pk]).status_code == 404
    assert not Category.objects.get().active


# --- room tags ---


def test_room_tags_are_listed_with_their_chats(
    client: Client, shop: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """CHAT-3: in as many statements for many as for one."""
    for number in range(20):
        set_room_tags(room_of(ContactFactory(site=shop)), ["late", f"tag {number}"], actor=SYSTEM, now=NOON)
    page(client, "chat_room_tags")
    with django_assert_max_num_queries(10):
        assert "20 chats" in page(client, "chat_room_tags")


def test_room_tag_is_renamed_and_a_taken_name_asks_for_a_merge(client: Client, shop: Site) -> None:
    """CHAT-3"""
    late, delayed = (add_room_tag(shop, name, actor=SYSTEM) for name in ("late", "delayed"))
    assert "Merge them instead" in errors(send(client, "chat_room_tag_change", [late.pk], name="Delayed"))["name"][0]
    send(client, "chat_room_tag_change", [late.pk], name="too late")
    assert set(RoomTag.objects.values_list("name", flat=True)) == {"too late", "delayed"}
    assert "late" in errors(send(client, "chat_room_tag_add", name="TOO LATE"))["name"][0].lower()
    assert delayed


def test_room_tags_are_merged_and_deleted_with_their_numbers_told_before(client: Client, shop: Site) -> None:
    """CHAT-3"""
    room = room_of(ContactFactory(site=shop))
    set_room_tags(room, ["late", "delayed"], actor=SYSTEM, now=NOON)
    late, delayed = RoomTag.objects.get(name="late"), RoomTag.objects.get(name="delayed")
    assert "1 chat has “late”" in page(client, "chat_room_tag_merge", [late.pk])
    assert errors(send(client, "chat_room_tag_merge", [late.pk], into=str(late.pk)))
    send(client, "chat_room_tag_merge", [late.pk], into=str(delayed.pk))
    assert list(room.tag_attachments.values_list("tag__name", flat=True)) == ["delayed"]
    assert "1 chat has it and will lose it" in page(client, "chat_room_tag_delete", [delayed.pk])
    send(client, "chat_room_tag_delete", [delayed.pk])
    assert not RoomTag.objects.exists()


# --- answers ---


def test_answer_is_written_found_changed_and_deleted(client: Client) -> None:
    """CHAT-4"""
    send(client, "chat_answer_add", name="Greeting", text="Hello {name|there}")
    answer = AnswerTemplate.objects.get()
    assert "Greeting" in page(client, "chat_answers", q="ＧREET".replace("Ｇ", "g"))
    assert "Nothing matches" in page(client, "chat_answers", q="farewell")
    found = client.get(reverse("admin:chat_answers"), {"q": "there"}, headers={"HX-Request": "true"}).content.decode()
    assert "Greeting" in found
    assert "<html" not in found
    send(client, "chat_answer_change", [answer.pk], name="Greeting", text="Hi")
    assert AnswerTemplate.objects.get().text == "Hi"
    send(client, "chat_answer_delete", [answer.pk])
    assert not AnswerTemplate.objects.exists()


def test_unknown_placeholder_stands_at_the_text(client: Client) -> None:
    """CHAT-4: what was written stays in the field."""
    response = send(client, "chat_answer_add", name="Greeting", text="Hello {nmae}")
    assert "{nmae}" in errors(response)["text"][0]
    assert ">\nHello {nmae}</textarea>" in response.content.decode()


def test_preview_shows_how_it_reads_with_and_without_values(client: Client, shop: Site) -> None:
    """CHAT-4"""
    ProfileField.objects.create(site=shop, key="spent", type="number")
    text = "{name|고객님}: {profile.spent|nothing} <b>{agent}</b>"
    shown = send(client, "chat_answer_preview", text=text).content.decode()
    assert "Kim Minji: 12,000 &lt;b&gt;Alice&lt;/b&gt;" in shown
    assert "고객님: nothing" in shown
    same = send(client, "chat_answer_preview", text="Hello").content.decode()
    assert same.count("answer-read") == 1
    assert "{nmae}" in send(client, "chat_answer_preview", text="{nmae}").content.decode()


def test_page_offers_what_may_stand_in_braces(client: Client, shop: Site) -> None:
    """CHAT-4"""
    ProfileField.objects.create(site=shop, key="size", label="Shoe size", type="text")
    shown = page(client, "chat_answer_add")
    assert 'data-placeholder="customerNumber"' in shown
    assert 'data-placeholder="profile.size"' in shown
    assert "Shoe size" in shown


# --- tabs of the panel ---


def test_panel_tab_is_added_moved_and_deleted(client: Client, shop: Site) -> None:
    """CHAT-5"""
    for name in ("Orders", "Points"):
        send(client, "chat_panel_tab_add", name=name, url="https://crm/x")
    points = PanelTab.objects.get(name="Points")
    send(client, "chat_panel_tab_move", [points.pk], to="up")
    assert [tab.name for tab in PanelTab.objects.all()] == ["Points", "Orders"]
    send(client, "chat_panel_tab_change", [points.pk], name="Points", url="https://points.example/")
    assert PanelTab.objects.get(pk=points.pk).url == "https://points.example/"
    send(client, "chat_panel_tab_delete", [points.pk])
    assert not PanelTab.objects.filter(name="Points").exists()


@pytest.mark.parametrize("url", ["http://orders.example/", "javascript:alert(1)", "https://me:secret@x.example/"])
def test_address_that_no_frame_may_show_is_refused_at_its_field(client: Client, url: str) -> None:
    """CHAT-5"""
    assert "https://" in errors(send(client, "chat_panel_tab_add", name="Orders", url=url))["url"][0]
    assert not PanelTab.objects.exists()


def test_full_panel_says_so_and_offers_no_further_tab(client: Client, shop: Site) -> None:
    """CHAT-5"""
    for number in range(8):
        add_tab(shop, name=str(number), url="https://crm/", actor=SYSTEM)
    shown = page(client, "chat_panel_tabs")
    assert "at most 8" in shown
    assert reverse("admin:chat_panel_tab_add") not in shown
    assert "at most 8" in errors(send(client, "chat_panel_tab_add", name="9", url="https://crm/"))["name"][0]
