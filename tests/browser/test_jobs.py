"""JOB-1, JOB-3, JOB-4, LIST-3 in a real browser, with a real worker: look, do, follow, take back."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from contacts.actions import actions
from contacts.bulk import start_action
from contacts.models import Contact, ContactProfile
from contacts.selection import Selection
from desk.actors import Actor
from desk.models import Job, Operator, Site
from tags.models import ContactTag
from tests.browser.conftest import OpenDesk
from tests.browser.filter_panel import LIST, people
from tests.browser.watching import check_accessibility
from tests.desk.jobs.plant import Plant
from tests.desk.jobs.plant import module_plant as module_plant
from tests.desk.jobs.plant import plant as plant
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

# More than are done at once; the plant's workers do fifty in a batch.
MANY = 1_010


@pytest.fixture
def crowd(shop: Site) -> list[Contact]:
    """More people than are done at once, and the tag VIP."""
    TagFactory(site=shop, name="VIP")
    made = Contact.objects.bulk_create(ContactFactory.build(site=shop, name=f"Kim {n:04}") for n in range(MANY))
    ContactProfile.objects.bulk_create(
        ContactProfile(contact=one, site=shop, search_text=one.name.lower()) for one in made
    )
    return made


def choose_all(page: Page) -> None:
    page.get_by_label("Select everybody on this page").check()
    page.locator("[data-select-all]").click()


def choose_tag(page: Page, name: str = "VIP") -> Locator:
    """Opens "Attach tags" and ticks the tag; answers the panel's place for the action."""
    page.locator("[data-action=attachTags]").click()
    page.get_by_role("combobox", name="Search tags").fill(name)
    page.get_by_role("option", name=name, exact=True).first.click()
    return page.locator("#action-place")


def tray(page: Page) -> Locator:
    """The tray that is on screen."""
    return page.locator("[data-jobs-tray]:visible")


def attach(operator: Operator, site: Site, *chosen: Contact, **options: bool | int) -> Job:
    params = {"tags": ["VIP"], "create": True}
    selection = Selection(ids=tuple(one.pk for one in chosen))
    actor = Actor.of_operator(operator)
    return start_action(actions.get("attachTags"), selection, params, site=site, actor=actor, **options)  # type: ignore[arg-type]


def test_many_are_previewed_tagged_in_the_background_and_untagged_again(
    desk_page: OpenDesk, alice: Operator, shop: Site, crowd: list[Contact], plant: Plant
) -> None:
    """Filter → all matching → preview → attach → progress on another page → done → Undo."""
    plant.staff(1)
    page = desk_page(alice, f"{LIST}?q=kim")
    expect(page.locator("#list-count")).to_have_text("1,010 people")
    choose_all(page)
    expect(page.locator("[data-selected-words]")).to_have_text("all 1,010 matching selected")
    place = choose_tag(page)

    plant.shut("action.step.before.10")
    place.get_by_role("button", name="Preview").click()
    expect(place.get_by_role("progressbar")).to_have_attribute("value", "49")
    expect(place.locator(".progress-text")).to_contain_text("500 of 1,010")
    plant.open("action.step.before.10")
    expect(place.locator(".preview-changed strong")).to_have_text("1,010 would change")
    assert not ContactTag.objects.exists()

    plant.shut("action.step.before.5")
    place.get_by_role("button", name="Attach tags: 1,010 people").click()
    expect(place.get_by_role("progressbar")).to_have_attribute("value", "24")
    page.goto(reverse("admin:profile"))
    expect(tray(page).get_by_role("progressbar", name="Attach tags: VIP")).to_have_attribute("value", "24")
    expect(tray(page).locator(".tray-status")).to_contain_text("24 %")
    assert ContactTag.objects.count() == 250
    plant.open("action.step.before.5")
    expect(tray(page).locator(".tray-status")).to_have_text("1,010 changed")
    expect(page.locator("[data-tray-told]")).to_have_text("Attach tags: VIP: 1,010 changed")
    assert ContactTag.objects.count() == MANY

    tray(page).get_by_role("button", name="Undo Attach tags: VIP").click()
    expect(tray(page).locator(".tray-status")).to_have_text("1,010 taken back")
    assert not ContactTag.objects.exists()
    tray(page).get_by_role("button", name="Take Undo: Attach tags: VIP off this list").click()
    expect(tray(page)).to_have_count(0)
    page.reload()
    expect(page.locator("#main")).to_be_visible()
    expect(tray(page)).to_have_count(0)


def test_job_is_followed_on_its_page_and_cancelled(
    desk_page: OpenDesk, alice: Operator, shop: Site, crowd: list[Contact], plant: Plant
) -> None:
    """JOB-1: the bar moves by itself; what was done until then stays and can be undone."""
    plant.staff(1)
    # After a batch: inside one, SQLite's only writer would keep the cancelling waiting.
    plant.shut("action.step.committed.4", "action.step.committed.8")
    job = attach(alice, shop, *crowd)
    page = desk_page(alice, reverse("admin:job", args=[job.pk]))
    bar = page.locator("#job-live").get_by_role("progressbar")
    expect(bar).to_have_attribute("value", "24")
    plant.open("action.step.committed.4")
    expect(bar).to_have_attribute("value", "44")
    page.get_by_role("button", name="Cancel this job").click()
    expect(page.locator(".toast")).to_contain_text("It stops after the present batch")
    plant.open("action.step.committed.8")
    expect(page.locator("#job-live .callout")).to_contain_text("What was done until then stays: 450 changed.")
    expect(page.locator(".job-log")).to_contain_text("Alice asked to cancel.")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#job-live")).to_contain_text("This has been undone")
    assert not ContactTag.objects.exists()


def test_preview_of_others_is_taken_away_and_the_form_keeps_what_was_entered(
    desk_page: OpenDesk, alice: Operator, shop: Site
) -> None:
    """JOB-4: a preview is about the people who are selected; Back and a changed selection lead to the form."""
    TagFactory(site=shop, name="VIP")
    for number in range(3):
        ContactFactory(site=shop, name=f"Kim {number}")
    page = desk_page(alice, LIST)
    people(page).nth(0).get_by_role("checkbox").check()
    place = choose_tag(page)
    place.get_by_role("button", name="Preview").click()
    expect(place.locator(".preview-changed strong")).to_have_text("1 would change")
    expect(place.get_by_role("heading", name="Preview: Attach tags: VIP")).to_be_focused()
    place.locator(".preview-changed summary").click()
    expect(place.get_by_role("link", name="Kim 2")).to_be_visible()
    people(page).nth(1).get_by_role("checkbox").check()
    expect(place.locator(".preview-lines")).to_have_count(0)
    expect(place.locator(".tag-picker-chosen .tag-chip")).to_have_text(["VIP"])
    place.get_by_role("button", name="Preview").click()
    expect(place.locator(".preview-changed strong")).to_have_text("2 would change")
    place.get_by_role("button", name="Back").click()
    place.get_by_role("button", name="Attach tags", exact=True).click()
    toast = page.locator(".toast", has_text="2 changed")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("2 taken back")
    expect(page).to_have_url(re.compile(LIST))
    assert not ContactTag.objects.exists()


def test_set_that_has_grown_is_shown_before_it_is_taken(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """LIST-3: nothing is done; the list comes again with all of them chosen, and the operator decides anew."""
    TagFactory(site=shop, name="VIP")
    for number in range(60):
        ContactFactory(site=shop, name=f"Kim {number}")
    page = desk_page(alice, LIST)
    expect(page.locator("#list-count")).to_have_text("60 people")
    choose_all(page)
    people(page).nth(0).get_by_role("checkbox").uncheck()
    place = choose_tag(page)
    ContactFactory(site=shop, name="Late")
    place.get_by_role("button", name="Attach tags", exact=True).click()
    expect(place.get_by_role("alert")).to_contain_text("you chose 59 people, and 60 match now")
    assert not ContactTag.objects.exists()
    place.get_by_role("button", name="Show the list again and choose all 60").click()
    expect(people(page).first).to_contain_text("Late")
    expect(page.locator("[data-selected-words]")).to_have_text("60 of 61 matching selected")
    place.get_by_role("button", name="Attach tags", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("60 changed")


def test_open_action_is_closed_by_pressing_it_again(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """screens.md: on a phone it has the panel to itself."""
    ContactFactory(site=shop)
    page = desk_page(alice, LIST, width=380)
    people(page).nth(0).get_by_role("checkbox").check()
    page.locator("[data-action=block]").click()
    expect(page.locator("#action-place .action-form")).to_be_visible()
    expect(page.locator("[data-action=unblock]")).to_be_hidden()
    page.locator("[data-action=block]").click()
    expect(page.locator("#action-place .action-form")).to_have_count(0)
    expect(page.locator("[data-action=unblock]")).to_be_visible()


@pytest.mark.parametrize(("language", "dark", "width"), [("ko", False, 1440), ("ja", True, 1440), ("en", False, 380)])
def test_jobs_are_accessible(
    desk_page: OpenDesk, alice: Operator, shop: Site, language: str, dark: bool, width: int, tmp_path: Path
) -> None:
    """screens.md: axe finds nothing, in three languages, light and dark, wide and narrow; with a full tray."""
    Operator.objects.filter(pk=alice.pk).update(language=language)
    full = ContactFactory(site=shop, name="Full")
    for _ in range(20):
        ContactTagFactory(site=shop, contact=full, tag=TagFactory(site=shop))
    refused = attach(alice, shop, full, ContactFactory(site=shop))
    running, failed = (attach(alice, shop, ContactFactory(site=shop), at_once=0) for _ in range(2))
    now = timezone.now()
    Job.objects.filter(pk=refused.pk).update(background=True)
    Job.objects.filter(pk=running.pk).update(
        state="running", claim="x", started_at=now, finished_at=None, heartbeat_at=now, total=9, done=4
    )
    Job.objects.filter(pk=failed.pk).update(
        state="failed",
        claim="",  # a worker may have it in hand
        started_at=now,
        finished_at=now,
        error="grown",
        error_values={"expected": 1, "found": 2},
    )
    paths = {"list": reverse("admin:jobs")}
    paths |= {
        name: reverse("admin:job", args=[job.pk])
        for name, job in (("running", running), ("refused", refused), ("failed", failed))
    }
    for name, path in paths.items():
        page = desk_page(alice, path, dark=dark, width=width)
        expect(tray(page).get_by_role("progressbar")).to_be_visible()
        page.screenshot(path=tmp_path / f"{name}.png")
        check_accessibility(page)
    page = desk_page(alice, LIST, dark=dark, width=width)
    people(page).filter(has_text="Full").get_by_role("checkbox").check()
    page.locator("[data-action=attachTags]").click()
    page.locator(".tag-picker [role=combobox]").fill("VIP")
    # By its name: the list of all tags stands there until the search has answered.
    page.get_by_role("option", name="VIP", exact=True).first.click()
    page.locator("[name=step]").click()
    expect(page.locator(".preview-refused")).to_be_visible()
    page.screenshot(path=tmp_path / "preview.png")
    check_accessibility(page)
