"""The real script on pages of another origin: boot, identity, sessions (BOOT, API-1)."""

import datetime
import hashlib
import hmac
import time

import pytest
from django.utils import timezone

from contacts.api.plugin_script import script
from contacts.models import Contact, Event, Identity, Kind, Visit
from desk.models import MemberHashMode, Site
from tests.browser.conftest import OpenPage, wait_until
from tests.browser.host_pages import Host, ask, cookies_of
from tests.browser.watching import Watch


def test_a_boot_asked_for_before_the_script_arrived_is_answered(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(
        host.serve(
            script=f"""ContactDesk("boot", {{pluginKey: "{host.site.plugin_key}"}}, (error, user) => {{
                         window.answer = [error, user]; }});"""
        )
    )
    error, user = page.wait_for_function("window.answer").json_value()
    assert error is None
    assert user["kind"] == "anonymous"
    contact = Contact.objects.get()
    assert (contact.kind, contact.site, contact.sessions_count) == (Kind.ANONYMOUS, host.site, 1)


def test_the_cookies_are_the_pages_own(host: Host, visitor_page: OpenPage) -> None:
    """First party, SameSite=Lax; ch-veil-id a year, ch-session half an hour."""
    page = visitor_page(host.serve())
    host.boot(page)
    cookies = cookies_of(page.context, host.origin.url)
    assert cookies.keys() == {"ch-veil-id", "ch-session"}
    assert {cookie["sameSite"] for cookie in cookies.values()} == {"Lax"}
    now = time.time()
    assert cookies["ch-veil-id"]["expires"] - now == pytest.approx(365 * 24 * 60 * 60, abs=60)
    assert cookies["ch-session"]["expires"] - now == pytest.approx(30 * 60, abs=60)
    assert Identity.objects.get().key == cookies["ch-veil-id"]["value"] == page.evaluate("localStorage['ch-veil-id']")
    assert cookies_of(page.context, host.desk_url) == {}


def test_the_next_page_goes_on_with_the_visit(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-8: a session is counted once, not with every boot."""
    page = visitor_page(host.serve("/one"))
    host.boot(page)
    page.goto(host.serve("/two"))
    host.boot(page)
    contact = Contact.objects.get()
    assert contact.sessions_count == 1
    views = Event.objects.filter(contact=contact, name="PageView").order_by("at", "pk")
    assert [view.property["page"] for view in views] == ["/one", "/two"]


def test_two_boots_on_one_page_are_one_visitor_and_one_page_view(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    answers = page.evaluate(
        """pluginKey => Promise.all([1, 2].map(() => new Promise(done =>
             ContactDesk("boot", {pluginKey}, (error, user) => done(error || user.id)))))""",
        host.site.plugin_key,
    )
    assert answers[0] == answers[1]
    assert Contact.objects.count() == Event.objects.filter(name="PageView").count() == 1
    assert page.locator("[data-contact-desk]").count() == 1


def test_the_script_twice_on_a_page_is_one_desk(host: Host, visitor_page: OpenPage) -> None:
    again = f'<script async src="{host.desk_url}/plugin.js?again"></script>'
    page = visitor_page(host.serve(inside=again))
    host.boot(page)
    page.wait_for_load_state("networkidle")
    host.boot(page)
    assert page.locator("[data-contact-desk]").count() == 1
    assert Contact.objects.count() == 1


def test_tabs_that_open_together_are_one_browser(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-12, with the veil id made by the script before the first request."""
    script = f"""ContactDesk("boot", {{pluginKey: "{host.site.plugin_key}"}}, (error, user) => {{ window.id = user.id; }});"""
    url = host.serve(script=script)
    first = visitor_page()
    second = first.context.new_page()
    for page in (first, second):
        page.evaluate("url => { location.href = url; }", url)
    assert first.wait_for_function("window.id").json_value() == second.wait_for_function("window.id").json_value()
    assert Contact.objects.count() == 1


def test_an_unknown_plugin_key_is_told_to_the_callback(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    """BOOT-1: nothing stored, nothing shown, nothing thrown."""
    watch.expect("status of 401")
    page = visitor_page(host.serve())
    answer = ask(page, "boot", {"pluginKey": "nobody's"})
    assert answer["error"]["code"] == "plugin_key_unknown"
    assert answer["user"] is None
    assert not Contact.objects.exists()
    assert page.locator("[data-contact-desk]").count() == 0
    assert "ch-session" not in cookies_of(page.context, host.origin.url)


@pytest.mark.parametrize("options", [None, {}, {"pluginKey": 5}, "nonsense"])
def test_a_boot_without_a_key_is_an_error_and_not_an_exception(
    options: object, host: Host, visitor_page: OpenPage, watch: Watch
) -> None:
    watch.expect("status of 40[01]")
    answer = ask(visitor_page(host.serve()), "boot", options)
    assert answer["error"]["code"] in {"invalid", "plugin_key_unknown"}
    assert not Contact.objects.exists()


def test_a_blank_member_id_is_refused_and_not_taken_for_absent(
    host: Host, visitor_page: OpenPage, watch: Watch
) -> None:
    """KIND-6."""
    watch.expect("status of 400")
    answer = host.boot(visitor_page(host.serve()), memberId="")
    assert (answer["error"]["code"], answer["error"]["path"]) == ("invalid", "memberId")
    assert not Contact.objects.exists()


def test_pages_of_an_allowed_origin_may_boot(host: Host, visitor_page: OpenPage) -> None:
    Site.objects.filter(pk=host.site.pk).update(allowed_origins=[host.origin.url])
    assert host.boot(visitor_page(host.serve()))["error"] is None


def test_pages_of_another_origin_may_not(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    """BOOT-1."""
    watch.expect("status of 403")
    Site.objects.filter(pk=host.site.pk).update(allowed_origins=["https://shop.example"])
    assert host.boot(visitor_page(host.serve()))["error"]["code"] == "origin_not_allowed"
    assert not Contact.objects.exists()


def test_a_member_needs_the_right_hash(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    """BOOT-2."""
    watch.expect("status of 403")
    Site.objects.filter(pk=host.site.pk).update(member_hash_mode=MemberHashMode.REQUIRED)
    page = visitor_page(host.serve())
    assert host.boot(page, memberId="lucas")["error"]["code"] == "member_hash_required"
    assert host.boot(page, memberId="lucas", memberHash="00")["error"]["code"] == "member_hash_invalid"
    assert not Contact.objects.exists()
    secret = bytes.fromhex(host.site.member_hash_secret)
    right = hmac.new(secret, b"lucas", hashlib.sha256).hexdigest()
    assert host.boot(page, memberId="lucas", memberHash=right)["user"]["memberId"] == "lucas"


def test_a_visitor_who_logs_in_keeps_everything(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-4, in a single-page application: a second boot on the same page."""
    page = visitor_page(host.serve())
    stranger = host.boot(page)["user"]
    page.evaluate("ContactDesk('track', 'Looked', {at: 'cup'})")
    member = host.boot(page, memberId="lucas", profile={"name": "Lucas", "size": 42})["user"]
    assert member["id"] == stranger["id"]
    assert (member["kind"], member["name"], member["profile"]) == ("member", "Lucas", {"size": 42})
    assert Event.objects.get(name="Looked").contact_id == Contact.objects.get().pk


def test_a_member_is_the_same_on_a_second_browser(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-3: who was a stranger there is unified into the member."""
    first, second = visitor_page(host.serve()), visitor_page(host.serve())
    member = host.boot(first, memberId="lucas")["user"]
    stranger = host.boot(second)["user"]
    assert stranger["id"] != member["id"]
    second.evaluate("ContactDesk('track', 'Looked')")
    assert host.boot(second, memberId="lucas")["user"]["id"] == member["id"]
    contact = Contact.objects.get()
    assert contact.identities.count() == 2
    assert contact.events.filter(name="Looked").exists()


def test_another_member_on_the_same_browser_is_another_person(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-3: D is another member: a new veil id, and the first one keeps theirs."""
    page = visitor_page(host.serve())
    lucas = host.boot(page, memberId="lucas")["user"]
    veil = cookies_of(page.context, host.origin.url)["ch-veil-id"]["value"]
    mina = host.boot(page, memberId="mina")["user"]
    page.evaluate("ContactDesk('track', 'Looked')")
    assert lucas["id"] != mina["id"]
    assert cookies_of(page.context, host.origin.url)["ch-veil-id"]["value"] != veil
    wait_until(lambda: Event.objects.filter(name="Looked").exists(), page=page)
    assert Event.objects.get(name="Looked").contact.member_id == "mina"


def test_a_logged_out_member_goes_on_as_themselves_while_the_session_lives(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-5."""
    page = visitor_page(host.serve())
    member = host.boot(page, memberId="lucas")["user"]
    page.reload()
    assert host.boot(page)["user"]["id"] == member["id"]


def test_deleting_the_session_cookie_makes_a_stranger_at_once(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-6, BOOT-7."""
    page = visitor_page(host.serve())
    member = host.boot(page, memberId="lucas", profile={"name": "Lucas"})["user"]
    veil = cookies_of(page.context, host.origin.url)["ch-veil-id"]["value"]
    page.evaluate("document.cookie = 'ch-session=; Path=/; Max-Age=0'")
    page.reload()
    stranger = host.boot(page)["user"]
    assert stranger["id"] != member["id"]
    assert (stranger["kind"], stranger["name"]) == ("anonymous", None)
    assert cookies_of(page.context, host.origin.url)["ch-veil-id"]["value"] != veil


def test_after_half_an_hour_of_absence_a_member_is_a_stranger(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-6, BOOT-8: even if the browser still has the cookie."""
    page = visitor_page(host.serve())
    member = host.boot(page, memberId="lucas")["user"]
    Visit.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    page.reload()
    assert host.boot(page)["user"]["id"] != member["id"]


def test_a_session_that_ran_out_is_renewed_and_the_call_repeated(
    host: Host, visitor_page: OpenPage, watch: Watch
) -> None:
    """401 session_expired: boot again once, then retry."""
    watch.expect("status of 401")
    page = visitor_page(host.serve())
    member = host.boot(page, memberId="lucas")["user"]
    old = cookies_of(page.context, host.origin.url)["ch-session"]["value"]
    Visit.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    answer = ask(page, "updateUser", {"profile": {"size": 43}})
    assert answer["error"] is None
    assert answer["user"]["id"] == member["id"]
    contact = Contact.objects.get()
    assert (contact.profile.values, contact.sessions_count) == ({"size": 43}, 2)
    assert cookies_of(page.context, host.origin.url)["ch-session"]["value"] != old


def test_events_of_a_session_that_ran_out_are_told_once(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("status of 401")
    page = visitor_page(host.serve())
    host.boot(page, memberId="lucas")
    Visit.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    page.evaluate("for (const at of [1, 2, 3]) ContactDesk('track', 'Looked', {at})")
    wait_until(lambda: Event.objects.filter(name="Looked").exists(), page=page)
    looked = Event.objects.filter(name="Looked").order_by("at", "pk")
    assert [event.property["at"] for event in looked] == [1, 2, 3]


def test_shutdown_ends_the_session_and_takes_everything_away(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-7."""
    page = visitor_page(host.serve())
    member = host.boot(page, memberId="lucas")["user"]
    page.evaluate("ContactDesk('track', 'Last')")
    page.evaluate("new Promise(done => ContactDesk('shutdown', done))")
    assert "ch-session" not in cookies_of(page.context, host.origin.url)
    assert page.locator("[data-contact-desk]").count() == 0
    assert Event.objects.filter(name="Last", contact__member_id="lucas").exists()
    assert not Visit.objects.filter(token_digest__isnull=False).exists()
    page.evaluate("ContactDesk('track', 'Nobody is here')")
    assert host.boot(page)["user"]["id"] != member["id"]
    assert not Event.objects.filter(name="Nobody is here").exists()


def test_where_cookies_are_refused_the_page_still_works(host: Host, visitor_page: OpenPage) -> None:
    """Local storage is the fallback."""
    refuse = "Object.defineProperty(Document.prototype, 'cookie', {get: () => '', set: () => {}});"
    page = visitor_page(host.serve(script=refuse))
    first = host.boot(page, memberId="lucas")["user"]
    page.reload()
    assert host.boot(page)["user"]["id"] == first["id"]
    assert Contact.objects.get().sessions_count == 1


def test_in_a_frame_without_storage_the_page_still_works(host: Host, visitor_page: OpenPage) -> None:
    inner = host.serve(
        "/inner", script=f"""ContactDesk("boot", {{pluginKey: "{host.site.plugin_key}"}}, (error, user) => {{
          parent.postMessage(user ? user.kind : error.code, "*"); }});"""
    )  # fmt: skip
    outer = host.serve(
        "/outer",
        script="addEventListener('message', (event) => { window.told = event.data; });",
        inside=f'<iframe title="inner" sandbox="allow-scripts" src="{inner}"></iframe>',
    )
    page = visitor_page(outer)
    assert page.wait_for_function("window.told").json_value() == "anonymous"


def test_profile_language_and_opt_outs_go_with_the_boot(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-13."""
    page = visitor_page(host.serve(), language="ja-JP")
    host.boot(
        page,
        memberId="lucas",
        profile={"name": "Lucas", "email": "lucas@example.com", "plan": "gold"},
        profileOnce={"plan": "none", "first": True},
        unsubscribeEmail=True,
    )
    contact = Contact.objects.get()
    assert (contact.name, contact.email, contact.email_qualified) == ("Lucas", "lucas@example.com", True)
    assert (contact.language, contact.unsubscribe_email, contact.unsubscribe_texting) == ("ja", True, False)
    assert contact.profile.values == {"plan": "gold", "first": True}


def test_where_a_visitor_came_from_is_told_once(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-13: referrer and utm*."""
    landing = host.serve("/landing")
    # The same machine under another name is another site.
    news = host.serve("/news", inside=f'<a href="{landing}?utm_source=naver&utm_campaign=spring&color=red">Go</a>')
    page = visitor_page(news.replace("127.0.0.1", "localhost"))
    page.get_by_role("link", name="Go").click()
    page.wait_for_url("**/landing**")
    host.boot(page)
    host.boot(page, memberId="lucas")
    profile = Contact.objects.get().profile
    assert profile.utm == {"source": "naver", "campaign": "spring"}
    assert profile.referrer.startswith("http://localhost:")
    visit = Visit.objects.get()
    assert (visit.page, visit.utm) == ("/landing?color=red", {"source": "naver", "campaign": "spring"})


def test_a_page_may_keep_its_utm_and_page_views_to_itself(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve() + "?utm_source=naver")
    host.boot(page, trackUtmSource=False, trackDefaultEvent=False)
    page.evaluate("history.pushState(null, '', '/elsewhere')")
    page.evaluate("ContactDesk('track', 'Own')")
    wait_until(lambda: Event.objects.filter(name="Own").exists(), page=page)
    assert Contact.objects.get().profile.utm == {}
    assert not Event.objects.filter(name="PageView").exists()


def test_html_in_names_is_text(host: Host, visitor_page: OpenPage) -> None:
    """Bad input: HTML in names is shown as text everywhere."""
    nasty = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    Site.objects.filter(pk=host.site.pk).update(name=nasty[:80])
    page = visitor_page(host.serve())
    assert host.boot(page, memberId="lucas", profile={"name": nasty})["user"]["name"] == nasty
    page.get_by_role("button", name="문의하기").click()
    assert page.locator(".site").inner_text() == nasty[:80]
    assert page.locator("[data-contact-desk] img").count() == 0
    assert page.title() == "Page /"


def test_strange_words_never_throw_into_the_page(host: Host, visitor_page: OpenPage, watch: Watch) -> None:
    watch.expect("status of 400")
    page = visitor_page(host.serve())
    page.evaluate(
        """() => {
          for (const words of [[], ["no such method"], [null], ["toString"], ["track"], ["track", {}], ["setPage"],
              ["onBadgeChanged", "no function"], ["updateUser"], ["addTags"], ["showMessenger"], ["hideMessenger"],
              ["shutdown", "no function"], ["boot"]]) ContactDesk(...words);
        }"""
    )
    page.evaluate("() => { const loop = {}; loop.self = loop; ContactDesk('track', 'Loop', loop); }")
    answer = page.evaluate(
        """pluginKey => new Promise(done => ContactDesk("boot", {pluginKey}, (error, user) => {
             setTimeout(() => done(user.kind)); throw new Error("a fault of the page"); }))""",
        host.site.plugin_key,
    )
    assert answer == "anonymous"


def test_a_call_of_one_tab_does_not_bring_back_a_session_that_was_deleted(host: Host, visitor_page: OpenPage) -> None:
    """BOOT-7: activity slides the cookie that is there, and no other."""
    page = visitor_page(host.serve())
    host.boot(page, memberId="lucas")
    page.evaluate("document.cookie = 'ch-session=; Path=/; Max-Age=0'")
    assert ask(page, "updateUser", {"profile": {"size": 44}})["error"] is None
    assert "ch-session" not in cookies_of(page.context, host.origin.url)


def test_a_script_without_an_address_leaves_the_page_alone(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.origin.serve("/bare", "<title>Bare</title>"))
    page.evaluate(
        "text => { const own = document.createElement('script'); own.textContent = text; document.head.append(own); }",
        script().plain.decode(),
    )
    assert page.evaluate("typeof ContactDesk") == "undefined"
