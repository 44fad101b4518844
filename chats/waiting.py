"""CHAT-10: chats that wait are looked at again when something has changed that may let them find somebody: an agent is
back, a chat is closed, a team or a setting is another. The workers do it (``chats.distributing``), so that nobody waits
for it; what they were not told of is found by the beat.
"""

from chats.models import ChatSettings, Distribution
from desk.jobs.running import run_soon

DISTRIBUTE = "chats.distribute"


def look_for_agents(site_id: int) -> None:
    """After the commit the workers look who can take what waits; nothing where agents take chats themselves."""
    if site_id in sites_that_distribute([site_id]):
        run_soon(DISTRIBUTE, site_id)


def sites_that_distribute(among: list[int] | None = None) -> list[int]:
    """The sites that give out chats by themselves; one statement."""
    giving = ChatSettings.objects.exclude(distribution=Distribution.MANUAL).order_by("pk")
    return list((giving if among is None else giving.filter(pk__in=among)).values_list("pk", flat=True))
