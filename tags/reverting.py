"""TAG-2: a change of a tag that was just made is taken back, from what the audit log says it was.

Only while nobody has changed the same again; ``TagRefused("changed_since")`` names the tag otherwise.
"""

from django.db import transaction

from desk.actors import Actor
from desk.models import AuditEntry, Site
from tags.catalogue import change_tag, lock_tags
from tags.errors import TagRefused
from tags.levels import rename_back

REVERTED = ("tag.change", "tag.renameLevel")


def last_change(site: Site, tag_id: int) -> AuditEntry | None:
    """The newest change of this tag that can be taken back."""
    entries = AuditEntry.objects.filter(site=site, target_type="tag", target_id=str(tag_id), action__in=REVERTED)
    return entries.order_by("-id").first()


def revert_change(site: Site, entry: AuditEntry, *, actor: Actor) -> str:
    """Put back what ``entry`` changed; answers the name of the tag or level then."""
    if entry.action == "tag.renameLevel":
        rename_back(site, entry, actor=actor)
        return str(entry.details["name"]["from"])
    with transaction.atomic():
        tags = lock_tags([int(entry.target_id)])
        if not tags:
            raise TagRefused("gone", tag=entry.details.get("name", {}).get("to", ""))
        [tag] = tags
        for key, values in entry.details.items():
            if getattr(tag, key) != values["to"]:
                raise TagRefused("changed_since", tag=tag.name)
        return change_tag(tag, actor=actor, **{key: values["from"] for key, values in entry.details.items()}).name
