"""CHAT-10: how a site gives out its chats: to whom they go by themselves, how many at most, and what becomes of the
chats of an agent who goes away.
"""

from django.db import transaction

from chats.errors import ChatRefused
from chats.models import ChatSettings, Distribution, WhenAway
from chats.waiting import look_for_agents
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

# More than anybody talks to at a time.
MOST = 999


def settings_of(site: Site) -> ChatSettings:
    """What the site has set, or the defaults; one statement, nothing is written."""
    return ChatSettings.objects.filter(site=site).first() or ChatSettings(site=site)


@transaction.atomic
def set_distribution(
    site: Site, *, distribution: str, when_away: str, most_open_chats: int | None, actor: Actor
) -> bool:
    """Choose it for the site; False when it is so already. What waits is given out at once."""
    if distribution not in Distribution.values:
        raise ChatRefused("distribution_unknown", path="distribution")
    if when_away not in WhenAway.values:
        raise ChatRefused("when_away_unknown", path="when_away")
    if most_open_chats is not None and not 0 < most_open_chats <= MOST:
        raise ChatRefused("most_open_chats", path="most_open_chats", most=MOST)
    wanted = {"distribution": distribution, "when_away": when_away, "most_open_chats": most_open_chats}
    # One change at a time to the settings of a site.
    Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
    before = settings_of(site)
    changed = {
        key: {"from": getattr(before, key), "to": value}
        for key, value in wanted.items()
        if getattr(before, key) != value
    }
    if not changed:
        return False
    settings, _created = ChatSettings.objects.update_or_create(site=site, defaults=wanted)
    record("chatsettings.change", actor=actor, site=site, target=settings, details=changed)
    look_for_agents(site.pk)
    return True
