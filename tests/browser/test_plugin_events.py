"""The real script on pages of another origin: page views and events, also where the connection fails (API-4)."""

from django.utils import timezone

from contacts.models import Contact, Event
from tests.browser.conftest import OpenPage, wait_until
from tests.browser.host_pages import Host
from tests.browser.watching import Watch


def _names() -> list[str]:
    return list(Event.objects.exclude(name="PageView").order_by("at", "pk").values_list("name", flat=True))


def _pages() -> list[str]:
    return [event.property["page"] for event in Event.objects.filter(name="PageView").order_by("at", "pk")]


def test_an_event_arrives_with_its_properties(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    host.boot(page)
    page.evaluate(
        """() => {
          const property = {amount: 12000, coupon: false, items: ["cup", "tea"], on: new Date(Date.UTC(2026, 0, 2))};
          ContactDesk("track", "Order", property);
          property.amount = 0;  // what the page does afterwards is not the event's business
        }"""
    )
    wait_until(lambda: Event.objects.filter(name="Order").exists(), page=page)
    order = Event.objects.get(name="Order")
    assert order.property == {
        "amount": 12000,
        "coupon": False,
        "items": ["cup", "tea"],
        "on": "2026-01-02T00:00:00.000Z",
    }
    assert abs((timezone.now() - order.at).total_seconds()) < 30


def test_events_before_the_boot_belong_to_who_boots(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve(script="ContactDesk('track', 'Early')"))
    page.wait_for_function("ContactDesk.version")
    host.boot(page, memberId="lucas")
    wait_until(lambda: _names() == ["Early"], page=page)
    assert Event.objects.get(name="Early").contact.member_id == "lucas"


def test_events_keep_their_order_and_go_together(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if request.method == "POST" else None)
    host.boot(page)
    page.evaluate("for (let n = 0; n < 40; n += 1) ContactDesk('track', `Step ${n}`)")
    wait_until(lambda: len(_names()) == 40, page=page)
    assert _names() == [f"Step {n}" for n in range(40)]
    assert len([url for url in calls if url.endswith("/events")]) == 3


def test_one_refused_event_does_not_take_the_others_along(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("status of 400")
    page = visitor_page(host.serve())
    host.boot(page)
    page.evaluate(
        """() => { ContactDesk("track", "Good"); ContactDesk("track", "Bad", {deep: {deeper: 1}});
                   ContactDesk("track", "x".repeat(65)); ContactDesk("track", "Better"); }"""
    )
    wait_until(lambda: _names() == ["Good", "Better"], page=page)


def test_a_single_page_application_is_seen_page_by_page(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    host.boot(page)
    page.evaluate(
        """async () => {
          history.pushState(null, "", "/goods?size=2&utm_source=x");
          history.replaceState(null, "", "/goods?size=2");  // the same page
          history.pushState(null, "", "/goods#top");
          location.hash = "#/cart";
        }"""
    )
    page.go_back()
    wait_until(lambda: len(_pages()) == 5, page=page)
    assert _pages() == ["/", "/goods?size=2", "/goods", "/goods#/cart", "/goods"]


def test_a_page_may_be_given_another_name(host: Host, visitor_page: OpenPage) -> None:
    """setPage stands until resetPage."""
    page = visitor_page(host.serve())
    page.evaluate("ContactDesk('setPage', 'Home')") if page.evaluate("!!window.ContactDesk") else None
    host.boot(page)
    page.evaluate("() => { history.pushState(null, '', '/2'); ContactDesk('setPage', 'Basket'); }")
    page.evaluate("ContactDesk('resetPage')")
    wait_until(lambda: len(_pages()) == 3, page=page)
    assert _pages() == ["Home", "Basket", "/2"]


def test_what_happens_in_the_last_moment_still_arrives(host: Host, visitor_page: OpenPage) -> None:
    """Sent on pagehide, by a call that outlives the page."""
    page = visitor_page(host.serve())
    host.boot(page)
    page.evaluate(
        "() => { for (let n = 0; n < 20; n += 1) ContactDesk('track', `Last ${n}`); location.href = '/queue.js'; }"
    )
    page.wait_for_url("**/queue.js")
    wait_until(lambda: len(_names()) == 20, page=page)
    assert sorted(_names()) == sorted({f"Last {n}" for n in range(20)})


def test_events_of_an_offline_moment_arrive_once(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    page = visitor_page(host.serve())
    host.boot(page)
    page.context.set_offline(True)
    page.evaluate("for (let n = 0; n < 20; n += 1) ContactDesk('track', `Offline ${n}`)")
    page.wait_for_timeout(600)
    assert _names() == []
    page.context.set_offline(False)
    wait_until(lambda: len(_names()) == 20, page=page)
    page.wait_for_timeout(600)
    assert _names() == [f"Offline {n}" for n in range(20)]


def test_a_desk_out_of_reach_is_tried_again(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_CONNECTION_REFUSED")
    page = visitor_page(host.serve())
    host.boot(page)
    page.route("**/events", lambda route: route.abort("connectionrefused"), times=1)
    page.evaluate("ContactDesk('track', 'Patient')")
    wait_until(lambda: _names() == ["Patient"], page=page)


def test_events_of_an_offline_page_are_sent_by_the_next_one(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    page = visitor_page(host.serve())
    host.boot(page)
    page.context.set_offline(True)
    page.evaluate("for (const n of [1, 2, 3]) ContactDesk('track', `Kept ${n}`)")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(host.serve("/next"))
    host.boot(page)
    wait_until(lambda: len(_names()) == 3, page=page)
    page.goto(host.serve("/after"))
    host.boot(page)
    page.wait_for_timeout(600)
    assert _names() == ["Kept 1", "Kept 2", "Kept 3"]


def test_a_boot_that_could_not_be_sent_is_told_and_made_good(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    page = visitor_page(host.serve())
    page.wait_for_function("ContactDesk.version")
    page.context.set_offline(True)
    page.evaluate("ContactDesk('track', 'Meanwhile')")
    assert host.boot(page)["error"]["code"] == "network_error"
    page.context.set_offline(False)
    wait_until(lambda: _names() == ["Meanwhile"], page=page)
    assert Contact.objects.count() == 1
    assert page.locator("[data-contact-desk]").count() == 1


def test_what_one_person_did_offline_is_never_told_of_another(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_CONNECTION_REFUSED")
    page = visitor_page(host.serve())
    host.boot(page, memberId="lucas")
    page.route("**/events", lambda route: route.abort("connectionrefused"))
    page.evaluate("ContactDesk('track', 'Private')")
    page.wait_for_timeout(600)
    host.boot(page, memberId="mina")
    page.unroute("**/events")
    page.evaluate("ContactDesk('track', 'Public')")
    wait_until(lambda: "Public" in _names(), page=page, seconds=10)
    assert Event.objects.get(name="Public").contact.member_id == "mina"
    assert not Event.objects.filter(name="Private", contact__member_id="mina").exists()
