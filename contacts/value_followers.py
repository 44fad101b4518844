"""Who follows the values people are known by: told whenever an e-mail, a phone or a memberId of contacts was written.

``contacts`` does not know that grades exist: tags registers a follower from ``AppConfig.ready()`` (GRADE-2).
"""

from collections.abc import Callable, Sequence

from desk.registry import Registry

# Called with (site id, contact ids) inside the transaction that wrote values, made a contact a lead or a member, merged
# or took a merge back; the contacts are locked or new. Statements must not depend on the number of ids.
ValueFollower = Callable[[int, Sequence[int]], None]
value_followers: Registry[ValueFollower] = Registry("value followers")


def values_changed(site_id: int, contact_ids: Sequence[int]) -> None:
    """Tell everybody who follows. A boot that tells nothing new must not come here (speed.md)."""
    if not contact_ids:
        return
    for follow in value_followers:
        follow(site_id, contact_ids)
