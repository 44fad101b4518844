"""CHAT-10 in a real browser: the way of the VIPs, the editor, the order of the rules, the test box."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from chats.categories import add_category
from chats.handling import assign
from chats.models import Chat, RoutingRule
from chats.routing_rules import RuleDraft, create_rule
from contacts.models import Contact
from desk.actors import SYSTEM
from desk.models import Operator, Site
from segments.models import Segment
from segments.saving import save_segment
from tags.catalogue import create_tag
from tests.browser.conftest import OpenDesk
from tests.browser.filter_panel import add_condition, choose_field, matches
from tests.browser.watching import check_accessibility
from tests.chats.people import NOON, room_of, visitor_says
from tests.factories import ContactFactory

VIP = {"and": [{"key": "tags", "op": "anyOf", "values": ["VIP"]}]}


@pytest.fixture
def gold(shop: Site) -> Segment:
    """A segment with three people in it, and somebody who is not."""
    for name in ("김민지", "이서연", "박지훈"):
        ContactFactory(site=shop, name=name, city="Seoul")
    ContactFactory(site=shop, name="Lucas", city="Busan")
    filter = {"and": [{"key": "city", "op": "is", "values": ["Seoul"]}]}
    return save_segment(shop, name="Seoul", filter=filter, shared=True, actor=SYSTEM)


@pytest.fixture
def rules(shop: Site, bob: Operator) -> list[RoutingRule]:
    create_tag(shop, "VIP", actor=SYSTEM)
    late = add_category(shop, "교환·반품과 그 밖의 일", actor=SYSTEM)
    to_bob = [{"action": "assignOperator", "operator": str(bob.pk)}]
    chat = {
        "channels": ["kakao", "web"],
        "categories": [str(late.pk)],
        "page": {"op": "contains", "text": "/checkout/" + "w" * 200},
        "languages": ["ko", "ja"],
        "hours": {"days": ["mon", "tue"], "from": "22:00", "to": "06:00", "outside": True},
    }
    drafts = [
        RuleDraft("VIP", VIP, {}, [*to_bob, {"action": "tagRoom", "tags": ["late", "W" * 20]}]),
        RuleDraft("W" * 80, VIP, chat, [*to_bob, {"action": "setCategory", "category": str(late.pk)}]),
        RuleDraft("모두에게", {}, {}, to_bob),
    ]
    return [create_rule(shop, draft, actor=SYSTEM, now=NOON) for draft in drafts]


def names(site: Site) -> list[str]:
    return list(RoutingRule.objects.filter(site=site).values_list("name", flat=True))


def builder_ready(page: Page) -> None:
    expect(page.locator("[data-rule-filter] .filter-root")).to_be_visible()


def test_way_of_the_vips(desk_page: OpenDesk, shop: Site, alice: Operator, bob: Operator, gold: Segment) -> None:
    """CHAT-10: segment → bulk tag → rule → the right manager has the chat first."""
    page = desk_page(alice, f"{reverse('admin:contacts_contact_changelist')}?segment={gold.pk}")
    page.get_by_label("Select everybody on this page").check()
    page.locator("[data-action=attachTags]").click()
    page.get_by_role("combobox", name="Search tags").fill("VIP")
    page.get_by_role("option", name="Create “VIP”").click()
    page.locator("#action-place").get_by_role("button", name=re.compile("Attach tags")).click()
    expect(page.locator("#people .tag-chip")).to_have_count(3)

    page.goto(reverse("admin:chat_routing"))
    page.locator("main").get_by_role("link", name="New rule").click()
    builder_ready(page)
    page.get_by_label("Name", exact=True).fill("VIP to Bob")
    page.locator("[data-rule-filter]").get_by_role("button", name="Add a condition").click()
    row = page.locator(".filter-row").last
    choose_field(row, "tags")
    row.locator(".filter-value input").fill("VIP")
    page.get_by_role("option", name="VIP").click()
    matches(page, "3 people match")
    page.get_by_label("Agent").select_option(label="Bob")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".routing-rule")).to_contain_text("Give it to Bob")
    assert RoutingRule.objects.get(site=shop).filter == VIP

    # Nobody has what Lucas writes; what Minji writes is Bob's before anybody looked.
    now = timezone.now()
    for name in ("Lucas", "김민지"):
        visitor_says(room_of(Contact.objects.get(name=name), now=now), "안녕하세요", now=now)
    inbox = desk_page(bob, f"{reverse('admin:inbox')}?view=mine")
    rooms = inbox.locator("#rooms-list .room-row")
    expect(rooms).to_have_count(1)
    expect(rooms).to_contain_text("김민지")
    rooms.click()
    expect(inbox.locator("#chat-head")).to_contain_text("VIP to Bob")
    inbox.get_by_role("tab", name="Room").click()
    expect(inbox.locator("[data-part=routing]")).to_contain_text("Give it to an agent")


def test_editor_sends_only_what_is_whole(
    desk_page: OpenDesk, shop: Site, alice: Operator, rules: list[RoutingRule]
) -> None:
    """FIL-9, CHAT-10: the builder shows what is kept, says what is missing, and keeps what was typed."""
    page = desk_page(alice, reverse("admin:chat_routing_change", args=[rules[0].pk]))
    builder_ready(page)
    expect(page.locator(".filter-value .chip")).to_contain_text("VIP")
    expect(page.get_by_label("Filter document")).to_be_hidden()
    city = add_condition(page, "city")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Fill this in, or remove the condition.")).to_be_visible()
    assert page.url.endswith(f"{rules[0].pk}/")
    city.locator(".filter-value input").fill("Seoul")
    city.locator(".filter-value input").press("Enter")
    expect(page).to_have_url(re.compile(rf"{rules[0].pk}/$"))  # Enter finishes the value, it does not send
    page.locator("#id_page_op").select_option("contains")
    page.get_by_label("Address or a part of it").fill("/checkout")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".routing-rule").first).to_contain_text("/checkout")
    kept = RoutingRule.objects.get(pk=rules[0].pk)
    assert [one["key"] for one in kept.filter["and"]] == ["tags", "city"]
    assert kept.chat == {"page": {"op": "contains", "text": "/checkout"}}
    # What was emptied is everybody.
    page.get_by_role("link", name="Edit VIP").click()
    builder_ready(page)
    for _time in range(2):
        page.locator(".filter-row .filter-remove").first.click()
    expect(page.locator("[data-filter-sentence]")).to_have_text("Everybody")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".routing-rule").first).not_to_contain_text("Tags")
    assert RoutingRule.objects.get(pk=rules[0].pk).filter == {}


def test_order_is_changed_by_keys_and_by_dragging(
    desk_page: OpenDesk, shop: Site, alice: Operator, rules: list[RoutingRule]
) -> None:
    """CHAT-10: the handle keeps the focus, so that one goes on with the same rule."""
    page = desk_page(alice, reverse("admin:chat_routing"))
    first, second, third = names(shop)
    shown = page.locator(".routing-name > a")
    handle = page.locator(f'[data-rule="{rules[0].pk}"] [data-drag]')
    handle.focus()
    page.keyboard.press("ArrowDown")
    expect(shown).to_have_text([second, first, third])
    expect(handle).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(shown).to_have_text([second, third, first])
    assert names(shop) == [second, third, first]

    box, goal = handle.bounding_box(), page.locator(".routing-rule").first.bounding_box()
    assert box is not None
    assert goal is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(goal["x"] + 10, goal["y"] + 4, steps=8)
    with page.expect_response(re.compile("/move/")):
        page.mouse.up()
    expect(shown).to_have_text([first, second, third])
    assert names(shop) == [first, second, third]

    page.get_by_role("switch", name=f"{third} in use").click()
    expect(page.get_by_role("switch", name=f"{third} in use")).to_have_attribute("aria-checked", "false")
    assert not RoutingRule.objects.get(pk=rules[2].pk).active


def test_test_box_answers_while_the_chat_is_described(
    desk_page: OpenDesk, shop: Site, alice: Operator, bob: Operator, gold: Segment, rules: list[RoutingRule]
) -> None:
    """CHAT-10: which rule would fire, and why; nothing happens to anybody."""
    RoutingRule.objects.filter(pk=rules[0].pk).update(chat={"channels": ["kakao"]}, filter=gold.filter)
    page = desk_page(alice, reverse("admin:chat_routing"))
    page.get_by_role("link", name="Try it out").click()
    page.get_by_role("searchbox", name="Which customer?").press_sequentially("민지")
    found = page.locator(".routing-found a")
    expect(found).to_have_count(1)
    found.click()
    answer = page.locator("#routing-answer")
    expect(answer.get_by_role("heading", name="“모두에게” would fire")).to_be_visible()
    page.get_by_label("Channel").select_option("kakao")
    expect(answer.get_by_role("heading", name="“VIP” would fire")).to_be_visible()
    expect(answer.locator(".fires")).to_contain_text("Seoul")
    assert not Chat.objects.exists()


@pytest.mark.parametrize(("width", "dark"), [(380, False), (1440, True)], ids=["phone", "desktop, dark"])
def test_pages_of_routing_are_accessible_and_fit(
    desk_page: OpenDesk, alice: Operator, bob: Operator, gold: Segment, rules: list[RoutingRule], width: int, dark: bool
) -> None:
    """screens.md: axe finds no violations; nothing runs out of the screen."""
    contact = Contact.objects.get(name="김민지")
    room = room_of(contact)
    visitor_says(room, "안녕하세요")
    assign(room, alice, actor=SYSTEM, now=NOON)
    page = desk_page(alice, reverse("admin:chat_routing"), width=width, dark=dark)
    trial = reverse("admin:chat_routing_test")
    for address in (
        reverse("admin:chat_routing"),
        reverse("admin:chat_routing_add"),
        reverse("admin:chat_routing_change", args=[rules[1].pk]),
        reverse("admin:chat_routing_delete", args=[rules[1].pk]),
        trial,
        f"{trial}?contact={contact.pk}",
        reverse("admin:inbox_chat", args=[room.pk]),
    ):
        page.goto(address)
        expect(page.locator("h1")).to_be_attached()
        page.wait_for_load_state("networkidle")
        check_accessibility(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
