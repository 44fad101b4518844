"""CHAT-5: pages of the company's own beside the conversation, each a tab of the panel: https only, in their order; and
the tab that is open when an operator has chosen none.
"""

import re
from urllib.parse import urlsplit

from django.db import transaction

from chats.errors import ChatRefused
from chats.models import ChatSettings, FirstTab, PanelTab
from chats.names import is_storable, one_line
from chats.places import exchange
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

MAX_NAME = 20
MAX_URL = 500
MAX_TABS = 8
# A name or an IPv4 address: what can stand in a content policy without being taken for something else there.
_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE
)


def tabs_of(site: Site) -> list[PanelTab]:
    """The tabs in their order."""
    return list(PanelTab.objects.filter(site=site))


@transaction.atomic
def add_tab(site: Site, *, name: str, url: str, actor: Actor) -> PanelTab:
    """A new tab, behind the others."""
    name, url = parse_name(name), parse_url(url)
    _hold(site)
    tabs = tabs_of(site)
    if len(tabs) >= MAX_TABS:
        raise ChatRefused("tabs_full", path="name")
    tab = PanelTab.objects.create(site=site, name=name, url=url, place=max((one.place for one in tabs), default=0) + 1)
    record("paneltab.create", actor=actor, site=site, target=tab, details={"name": name, "url": url})
    return tab


@transaction.atomic
def change_tab(tab: PanelTab, *, name: str, url: str, actor: Actor) -> bool:
    """Another name or address; False when nothing is different."""
    wanted = {"name": parse_name(name), "url": parse_url(url)}
    _hold(tab.site)
    fresh = PanelTab.objects.filter(pk=tab.pk).first()
    if fresh is None:
        raise ChatRefused("tab_unknown")
    changed = {
        key: {"from": getattr(fresh, key), "to": value} for key, value in wanted.items() if getattr(fresh, key) != value
    }
    if not changed:
        return False
    for key, value in wanted.items():
        setattr(tab, key, value)
    tab.save(update_fields=list(wanted))
    record("paneltab.change", actor=actor, site=tab.site, target=tab, details=changed)
    return True


@transaction.atomic
def move_tab(tab: PanelTab, *, up: bool, actor: Actor) -> bool:
    """One place up or down; False at the end."""
    _hold(tab.site)
    tabs = tabs_of(tab.site)
    if not exchange(tabs, tab, up=up):
        return False
    PanelTab.objects.bulk_update(tabs, ["place"])
    record("paneltab.reorder", actor=actor, site=tab.site, target=tab, details={"name": tab.name})
    return True


@transaction.atomic
def delete_tab(tab: PanelTab, *, actor: Actor) -> bool:
    """Take it away; False when it is gone. Operators who had it open see the first tab."""
    deleted, _per_model = PanelTab.objects.filter(pk=tab.pk).delete()
    if deleted:
        record("paneltab.delete", actor=actor, site=tab.site, target=tab, details={"name": tab.name, "url": tab.url})
    return bool(deleted)


def first_tab_of(site: Site) -> str:
    """The tab that is open when an operator has chosen none."""
    return ChatSettings.objects.filter(site=site).values_list("first_tab", flat=True).first() or FirstTab.HISTORY


@transaction.atomic
def set_first_tab(site: Site, first_tab: str, *, actor: Actor) -> bool:
    """Choose it for everybody who has not chosen; False when it is so already."""
    if first_tab not in FirstTab.values:
        raise ChatRefused("tab_unknown", path="first_tab")
    _hold(site)
    before = first_tab_of(site)
    if before == first_tab:
        return False
    settings, _created = ChatSettings.objects.update_or_create(site=site, defaults={"first_tab": first_tab})
    details = {"first_tab": {"from": before, "to": first_tab}}
    record("chatsettings.change", actor=actor, site=site, target=settings, details=details)
    return True


def parse_name(name: str) -> str:
    """The name as it is kept: 1 to 20 characters on one line."""
    kept = one_line(name, MAX_NAME)
    if kept is None:
        raise ChatRefused("tab_name", path="name")
    return kept


def parse_url(url: str) -> str:
    """An https address without a sign-in; the host in the form in which the content policy names it."""
    url = url.strip()
    if len(url) > MAX_URL:
        raise ChatRefused("tab_url_too_long", path="url")
    if not is_storable(url) or any(char.isspace() or ord(char) < 32 for char in url):
        raise ChatRefused("tab_url", path="url")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ChatRefused("tab_url", path="url") from None
    if parts.scheme != "https" or not _HOST.fullmatch(host) or parts.username is not None:
        raise ChatRefused("tab_url", path="url")
    return url


def _hold(site: Site) -> None:
    """One change at a time to the few rows of a site."""
    Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
