"""A page that was written for the common `ChannelIO("boot", …)` call style, with this script's address in it."""

from playwright.sync_api import ConsoleMessage, Page, expect

from chats.models import Chat
from contacts.models import Contact, Event, Kind
from desk.models import Operator
from tests.browser.conftest import OpenPage, wait_until
from tests.browser.host_pages import Host
from tests.browser.messenger import answer, field_of, sent

# The snippet as such sites have it in their pages; only the script's address is another.
SNIPPET = """
(function(){var w=window;if(w.ChannelIO){return w.console.error("ChannelIO script included twice.");}
var ch=function(){ch.c(arguments);};ch.q=[];ch.c=function(args){ch.q.push(args);};w.ChannelIO=ch;
function l(){if(w.ChannelIOInitialized){return;}w.ChannelIOInitialized=true;
var s=document.createElement("script");s.type="text/javascript";s.async=true;s.src="DESK/plugin.js";
var x=document.getElementsByTagName("script")[0];if(x.parentNode){x.parentNode.insertBefore(s,x);}}
if(document.readyState==="complete"){l();}else{w.addEventListener("DOMContentLoaded",l);w.addEventListener("load",l);}})();
"""


def moved_page(host: Host, script: str, *, path: str = "/", tag: str = "", snippet: str = SNIPPET) -> str:
    """A page of such a site; ``script`` runs behind the snippet."""
    body = snippet.replace("DESK", host.desk_url) + script.replace("KEY", host.site.plugin_key)
    host.origin.serve("/channel.js", body, content_type="text/javascript")
    return host.origin.serve(
        path,
        f"""<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>Shop</title>
        <script src="/channel.js"></script>{tag}</head>
        <body><main><h1>Shop</h1><button class="ask">Ask</button></main></body></html>""",
    )


def test_a_page_that_moved_keeps_its_calls(host: Host, visitor_page: OpenPage, bob: Operator) -> None:
    """Calls made before the script was there are done in their order."""
    page = visitor_page(
        moved_page(
            host,
            """
            window.told = [];
            ChannelIO('boot', {
              "pluginKey": "KEY", "memberId": 1024, "language": "en", "zIndex": 77, "hideChannelButtonOnBoot": true,
              "customLauncherSelector": ".ask", "trackDefaultEvent": false, "hidePopup": true, "tags": ["vip"],
              "profile": {"name": "Lucas", "email": "lucas@example.com", "mobileNumber": "01012345678", "plan": "gold"}
            }, function onBoot(error, user) { window.booted = error ? error.code : [user.memberId, user.alert]; });
            ChannelIO('onBadgeChanged', function (unread, alert) { told.push([unread, alert]); });
            ChannelIO('onShowMessenger', function () { told.push('shown'); });
            ChannelIO('onHideMessenger', function () { told.push('hidden'); });
            ChannelIO('track', 'SignUp', {plan: 'gold'});
            ChannelIO('updateUser', {language: 'en', profile: {plan: 'platinum'}});
            """,
        )
    )
    page.wait_for_function("window.booted")
    assert page.evaluate("window.booted") == ["1024", 0]
    wait_until(lambda: Event.objects.filter(name="SignUp").exists(), page=page)
    wait_until(lambda: Contact.objects.get().profile.values == {"plan": "platinum"}, page=page)
    contact = Contact.objects.get()
    assert (contact.kind, contact.member_id, contact.name) == (Kind.MEMBER, "1024", "Lucas")
    assert contact.tag_attachments.get().tag.name == "vip"
    expect(page.locator(".launcher")).to_be_hidden()

    page.get_by_role("button", name="Ask").click()
    field = field_of(page, "en")
    field.fill("Hello")
    field.press("Enter")
    expect(sent(page, "Hello")).to_be_visible()
    page.evaluate("ChannelIO('hideMessenger')")
    expect(page.get_by_role("dialog")).to_have_count(0)
    answer(Chat.objects.get(), "Hi", bob)
    page.wait_for_function("told.length === 3", timeout=30_000)
    assert page.evaluate("told") == ["shown", "hidden", [1, 1]]
    page.evaluate("ChannelIO('openChat', undefined, 'About my order')")
    expect(field).to_have_value("About my order")
    page.evaluate("ChannelIO('shutdown')")
    expect(page.locator("[data-contact-desk]")).to_have_count(0)


def warned(page: Page) -> list[str]:
    """The warnings of this page, from now on."""
    warnings: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "warning":
            warnings.append(message.text)

    page.on("console", note)
    return warnings


def test_a_call_nobody_knows_is_one_warning(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(moved_page(host, "ChannelIO('boot', {pluginKey: 'KEY'});"))
    page.wait_for_function("window.ContactDesk && ContactDesk.version")
    warnings = warned(page)
    page.evaluate("() => { for (let n = 0; n < 3; n += 1) ChannelIO('openWorkflow', 1); ChannelIO('track', 'Last'); }")
    wait_until(lambda: Event.objects.filter(name="Last").exists(), page=page)
    assert [text for text in warnings if "openWorkflow" in text] == ['[ContactDesk] unknown method "openWorkflow"']


def test_a_script_element_may_ask_for_the_name(host: Host, visitor_page: OpenPage) -> None:
    tag = f'<script src="{host.desk_url}/plugin.js" data-alias="ChannelIO"></script>'
    page = visitor_page(moved_page(host, "", tag=tag, snippet=""))
    page.evaluate("key => ChannelIO('boot', {pluginKey: key})", host.site.plugin_key)
    expect(page.locator(".launcher")).to_be_visible()


def test_without_being_asked_the_name_is_left_alone(host: Host, visitor_page: OpenPage) -> None:
    page = visitor_page(host.serve())
    host.boot(page)
    assert page.evaluate("typeof window.ChannelIO") == "undefined"
    tag = f'<script src="{host.desk_url}/plugin.js" data-alias="ChannelIO"></script>'
    script = "window.ChannelIO = function other() {};"
    page.goto(moved_page(host, script, path="/other", tag=tag, snippet=""))
    page.wait_for_function("window.ContactDesk && ContactDesk.version")
    assert page.evaluate("window.ChannelIO.name") == "other"
