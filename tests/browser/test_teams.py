"""CHAT-10 in a real browser: being away, teams in settings and inbox."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from chats.availability import set_away, state_of
from chats.chat_settings import set_distribution
from chats.handling import assign, assign_team
from chats.models import Availability, Chat, Team
from chats.teams import create_team, members_of
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk, wait_until
from tests.browser.watching import check_accessibility
from tests.chats.people import NOON, room_of, visitor_says
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory


@pytest.fixture
def anna(shop: Site) -> Operator:
    operator: Operator = OperatorFactory(name="Anna", last_login=NOON)
    MembershipFactory(site=shop, operator=operator)
    return operator


@pytest.fixture
def vip(shop: Site, bob: Operator, anna: Operator) -> Team:
    return create_team(shop, "단골 담당", [bob, anna], actor=SYSTEM)


@pytest.fixture
def room(shop: Site) -> Chat:
    room = room_of(ContactFactory(site=shop, name="김민지"))
    visitor_says(room, "안녕하세요")
    return room


@pytest.fixture
def filled(shop: Site, room: Chat, vip: Team, alice: Operator, bob: Operator, anna: Operator) -> Chat:
    """Names as long as they may be; somebody away."""
    long = create_team(shop, "W" * 40, [alice, bob, anna], actor=SYSTEM)
    create_team(shop, "Nobody yet", [], actor=SYSTEM)
    assign_team(room, long, actor=SYSTEM, now=NOON)
    set_away(shop, anna, True, actor=Actor.of_operator(anna), now=NOON)
    return room


def mark(page: Page) -> object:
    return page.locator("[data-mark=chats]")


@pytest.mark.parametrize(
    ("width", "dark", "language"),
    [(380, False, "ko"), (1440, True, "en"), (1440, False, "ja")],
    ids=["phone", "dark", "desktop"],
)
def test_pages_are_usable_by_everybody_and_fit(
    width: int, dark: bool, language: str, desk_page: OpenDesk, alice: Operator, filled: Chat, vip: Team
) -> None:
    """screens.md: axe finds no violations; nothing runs out of the screen."""
    Operator.objects.filter(pk=alice.pk).update(language=language)
    set_away(alice.memberships.get().site, alice, True, actor=Actor.of_operator(alice), now=NOON)
    page = desk_page(alice, reverse("admin:chat_teams"), width=width, dark=dark)
    addresses = [reverse(f"admin:{name}") for name in ("chat_teams", "chat_team_add", "chat_settings")]
    addresses += [reverse(f"admin:chat_team_{name}", args=[vip.pk]) for name in ("change", "delete")]
    for address in [*addresses, f"{reverse('admin:inbox')}?view=all", reverse("admin:inbox_chat", args=[filled.pk])]:
        page.goto(address)
        expect(page.locator("[data-mark=chats][data-state=off]")).to_be_attached()
        check_accessibility(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.locator("[popovertarget=agent-menu]").click()
    expect(page.locator("#agent-menu .agent-state[data-state=off]").first).to_be_visible()
    check_accessibility(page)


def test_team_is_made_with_its_members(desk_page: OpenDesk, alice: Operator, bob: Operator, anna: Operator) -> None:
    """CHAT-10"""
    page = desk_page(alice, reverse("admin:chat_teams"))
    page.get_by_role("link", name="New team").first.click()
    page.get_by_label("Name", exact=True).fill("VIP desk")
    for operator in (bob, anna):
        page.get_by_label(operator.email).check()
    page.get_by_role("button", name="Create").click()
    row = page.get_by_role("row", name="VIP desk")
    expect(row).to_contain_text("Bob")
    expect(row).to_contain_text("Anna")
    assert set(members_of(Team.objects.get())) == {bob, anna}


def test_going_away_leaves_what_is_being_written(desk_page: OpenDesk, shop: Site, bob: Operator, room: Chat) -> None:
    """CHAT-10: by the menu or by keyboard from the palette; the button says so on the next page too."""
    page = desk_page(bob, reverse("admin:inbox_chat", args=[room.pk]))
    composer = page.locator(".composer textarea")
    composer.fill("One moment")
    expect(mark(page)).to_have_text("· available")
    expect(page.locator(".rooms-away")).to_be_hidden()
    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("button", name="Away", exact=True).click()
    expect(mark(page)).to_have_text("· away")
    expect(page.get_by_role("button", name="Away", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".toast")).to_contain_text("You are away")
    page.keyboard.press("Escape")
    expect(page.locator(".rooms-away")).to_be_visible()
    expect(composer).to_have_value("One moment")
    assert state_of(shop, bob) == Availability.State.AWAY
    page.keyboard.press("Control+k")
    page.locator("#palette-input").fill("take chats")
    expect(page.locator(".palette-hit")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(mark(page)).to_have_text("· available")
    expect(page.locator(".rooms-away")).to_be_hidden()
    expect(composer).to_have_value("One moment")
    page.goto(reverse("admin:profile"))
    expect(mark(page)).to_have_text("· available")


def test_notice_in_the_inbox_ends_being_away(desk_page: OpenDesk, shop: Site, bob: Operator) -> None:
    """CHAT-10: also on a phone, where the menu is in a drawer."""
    set_away(shop, bob, True, actor=Actor.of_operator(bob), now=NOON)
    page = desk_page(bob, reverse("admin:inbox"), width=380)
    page.locator(".rooms-away").get_by_role("button").click()
    expect(page.locator(".rooms-away")).to_be_hidden()
    wait_until(lambda: state_of(shop, bob) == Availability.State.AVAILABLE, page=page)


def test_chat_given_to_a_team_appears_at_its_members(
    desk_page: OpenDesk, alice: Operator, bob: Operator, anna: Operator, room: Chat, vip: Team
) -> None:
    """CHAT-4, CHAT-10: by itself; and leaves the view when somebody outside the team takes it."""
    theirs = desk_page(bob, f"{reverse('admin:inbox')}?view=team")
    expect(theirs.locator("#rooms-empty")).to_be_visible()
    page = desk_page(alice, reverse("admin:inbox_chat", args=[room.pk]))
    page.locator("[popovertarget=agent-menu]").click()
    page.locator("#agent-menu").get_by_role("button", name=vip.name).click()
    expect(page.locator("[popovertarget=agent-menu]")).to_contain_text(vip.name)
    expect(theirs.locator(".room-row")).to_have_count(1)
    expect(theirs.locator(".room-row")).to_contain_text(vip.name)
    expect(theirs.locator("[data-count=team]")).to_have_text("1")
    page.locator("[popovertarget=agent-menu]").click()
    page.get_by_role("button", name="Take it myself").click()
    expect(theirs.locator(".room-row:visible")).to_have_count(0)


def test_distribution_is_set_and_kept(desk_page: OpenDesk, shop: Site, alice: Operator) -> None:
    """CHAT-10"""
    set_distribution(shop, distribution="fewest", when_away="keep", most_open_chats=5, actor=SYSTEM)
    page = desk_page(alice, reverse("admin:chat_settings"))
    expect(page.get_by_label("Who has the fewest open chats")).to_be_checked()
    page.get_by_label("By turns").check()
    page.get_by_label("Their chats go to colleagues").check()
    page.get_by_label("Open chats at most").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("saved")
    expect(page.get_by_label("By turns")).to_be_checked()
    expect(page.get_by_label("Open chats at most")).to_have_value("3")


def test_agent_of_a_team_hands_over_within_it(
    desk_page: OpenDesk, alice: Operator, bob: Operator, room: Chat, vip: Team
) -> None:
    """CHAT-6: the picker offers the same team."""
    assign(room, bob, actor=SYSTEM, now=NOON)
    page = desk_page(bob, f"{reverse('admin:inbox_chat', args=[room.pk])}")
    page.get_by_role("tab", name="Room").click()
    page.get_by_text("Ask for a change of agent").click()
    options = page.locator("#panel-ask-agent-to option")
    expect(options.filter(has_text="Anna")).to_have_count(1)
    expect(options.filter(has_text="Alice")).to_have_count(0)
