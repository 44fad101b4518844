"""CHAT-5: tabs of the company's own, and the tab that is open first."""

import pytest

from chats.errors import ChatRefused
from chats.models import ChatSettings, PanelTab
from chats.panel_tabs import add_tab, change_tab, delete_tab, first_tab_of, move_tab, set_first_tab, tabs_of
from desk.actors import SYSTEM
from desk.models import AuditEntry, Site

ORDERS = "https://orders.example/who"


def tab(site: Site, name: str) -> PanelTab:
    return add_tab(site, name=name, url=ORDERS, actor=SYSTEM)


def names(site: Site) -> list[str]:
    return [one.name for one in tabs_of(site)]


def test_new_tab_stands_behind_the_others(shop: Site, elsewhere: Site) -> None:
    """CHAT-5, SITE-2"""
    tab(shop, "Orders"), tab(elsewhere, "Theirs"), tab(shop, "Points")
    assert names(shop) == ["Orders", "Points"]


def test_tabs_are_moved_one_place_at_a_time(shop: Site) -> None:
    """CHAT-5"""
    one, _two, three = tab(shop, "1"), tab(shop, "2"), tab(shop, "3")
    assert move_tab(three, up=True, actor=SYSTEM)
    assert names(shop) == ["1", "3", "2"]
    assert move_tab(three, up=True, actor=SYSTEM)
    assert not move_tab(three, up=True, actor=SYSTEM)
    assert names(shop) == ["3", "1", "2"]
    assert move_tab(one, up=False, actor=SYSTEM)
    assert not move_tab(one, up=False, actor=SYSTEM)


def test_tab_is_changed_and_deleted_and_written_down(shop: Site) -> None:
    """CHAT-5"""
    one = tab(shop, "Orders")
    assert not change_tab(one, name="Orders", url=ORDERS, actor=SYSTEM)
    assert change_tab(one, name="Points", url=f"{ORDERS}?a", actor=SYSTEM)
    assert PanelTab.objects.get().url == f"{ORDERS}?a"
    assert delete_tab(one, actor=SYSTEM)
    assert not delete_tab(one, actor=SYSTEM)
    assert not move_tab(one, up=True, actor=SYSTEM)
    with pytest.raises(ChatRefused):
        change_tab(one, name="x", url=ORDERS, actor=SYSTEM)
    actions = ["paneltab.create", "paneltab.change", "paneltab.delete"]
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == actions


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://orders.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//orders.example/",
        "https://",
        "https://user:secret@orders.example/",
        "https://orders.example:port/",
        "https://orders.example/a b",
        "https://orders.example/\n",
        "https://ord;script-src.example/",
        "https://*.example/",
        "https://[::1/",
        "https://orders.example/\0",
        "https://orders.example/\ud800",
        "https://orders.example/" + "x" * 500,
    ],
)
def test_only_https_without_a_sign_in_is_taken(shop: Site, url: str) -> None:
    """CHAT-5: and no host that means something else in a content policy."""
    if url.endswith("\n"):
        url = url[:-1] + "\nx"
    with pytest.raises(ChatRefused) as refused:
        add_tab(shop, name="Orders", url=url, actor=SYSTEM)
    assert refused.value.path == "url"
    assert refused.value.message


@pytest.mark.parametrize("url", [ORDERS, "https://crm:8443/", "https://10.0.0.8/x?y=1#z", " https://a.b.c "])
def test_addresses_within_the_company_are_taken(shop: Site, url: str) -> None:
    """CHAT-5: the operator's browser opens them, not the desk."""
    assert add_tab(shop, name="Orders", url=url, actor=SYSTEM).url == url.strip()


@pytest.mark.parametrize("name", ["", "x" * 21, "\0"])
def test_name_that_cannot_be_kept_is_refused(shop: Site, name: str) -> None:
    """CHAT-5"""
    with pytest.raises(ChatRefused) as refused:
        tab(shop, name)
    assert (refused.value.code, refused.value.path) == ("tab_name", "name")


def test_panel_takes_so_many_and_no_more(shop: Site) -> None:
    """CHAT-5"""
    for number in range(8):
        tab(shop, str(number))
    with pytest.raises(ChatRefused, match="8"):
        tab(shop, "9")


def test_first_tab_is_history_until_somebody_sets_it(shop: Site) -> None:
    """CHAT-5"""
    assert first_tab_of(shop) == "history"
    assert not set_first_tab(shop, "history", actor=SYSTEM)
    assert not ChatSettings.objects.exists()
    assert set_first_tab(shop, "customer", actor=SYSTEM)
    assert first_tab_of(shop) == "customer"
    with pytest.raises(ChatRefused):
        set_first_tab(shop, "lookups", actor=SYSTEM)
