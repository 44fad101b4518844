"""TAG-6: tags that a page puts on its visitor and takes off, ten at most in a call.

A page's script is public, so whoever reads the plugin key can call this. Therefore a page may make tags that do not
exist yet, as a shop's developer expects of ``addTags``, but at most 100 of a site's 1,000 (``MAX_TAGS_BY_PLUGIN``); it
can neither rename nor delete any, and reaches only the visitor whose session it shows. See docs/decisions.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from contacts.visits import Visitor
from desk.actors import PLUGIN
from tags.catalogue import find_or_create_tags, match_names
from tags.errors import TagRefused
from tags.models import ContactTag
from tags.tagging import attach_tags, detach_tags

MAX_TAGS_PER_CALL = 10


def change_own_tags(visitor: Visitor, *, add: Sequence[str], remove: Sequence[str], now: datetime) -> None:
    """Attach ``add`` and take off ``remove``: all of it or, with ``TagRefused``, nothing.

    Idempotent: what is so already costs two reads and no lock. Taking off what is not there, or no tag at all, is
    nothing to complain about.
    """
    site = visitor.site
    known, unknown = match_names(site, add)
    unwanted, _no_tags = match_names(site, remove)
    carried = set(ContactTag.objects.filter(site=site, contact=visitor.contact).values_list("tag_id", flat=True))
    superfluous = [tag for tag in unwanted if tag.pk in carried]
    if not unknown and not superfluous and carried.issuperset(tag.pk for tag in known):
        return
    ids = [visitor.contact.pk]
    with transaction.atomic():
        if superfluous:
            detach_tags(ids, superfluous, site=site)
        if add:
            tags = find_or_create_tags(site, add, actor=PLUGIN)
            if attach_tags(ids, tags, site=site, actor=PLUGIN, now=now).refused:
                raise TagRefused("contact_full", contact=str(visitor.contact))
