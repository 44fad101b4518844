"""CHAT-3: the tags of rooms as a site keeps them: make, rename, merge, delete. Whose chats have which is ``noting``."""

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, QuerySet

from chats.errors import ChatRefused
from chats.models import ChatTag, RoomTag
from chats.names import one_line
from chats.routing_following import follow_room_tag
from contacts.folding import fold
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

MAX_NAME = 20
MAX_TAGS_OF_SITE = 500


def room_tags_of(site: Site) -> QuerySet[RoomTag]:
    """All of them by name, each with the number of chats that have it (``chats``)."""
    # Said again: a grouped statement forgets the order of its table.
    return RoomTag.objects.filter(site=site).annotate(chats=Count("attachments")).order_by("name_folded")


def chats_with(tag: RoomTag) -> int:
    """How many chats have it."""
    return ChatTag.objects.filter(tag=tag).count()


def add_room_tag(site: Site, name: str, *, actor: Actor) -> RoomTag:
    """Make a tag before a chat has it."""
    name = parse_name(name)
    try:
        with transaction.atomic():
            Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
            if RoomTag.objects.filter(site=site).count() >= MAX_TAGS_OF_SITE:
                raise ChatRefused("room_tags_full", path="name")
            tag = RoomTag.objects.create(site=site, name=name, name_folded=fold(name))
            record("roomtag.create", actor=actor, site=site, target=tag, details={"name": name})
    except IntegrityError:
        raise ChatRefused("room_tag_taken", path="name", name=name) from None
    return tag


def rename_room_tag(tag: RoomTag, name: str, *, actor: Actor) -> bool:
    """Call it otherwise, on every chat; False when it is called so already. A name that is taken: merge them."""
    name = parse_name(name)
    try:
        with transaction.atomic():
            fresh = _hold(tag)
            if fresh.name == name:
                return False
            details = {"name": {"from": fresh.name, "to": name}}
            fresh.name, fresh.name_folded = name, fold(name)
            fresh.save(update_fields=["name", "name_folded"])
            follow_room_tag(tag.site_id, details["name"]["from"], name)
            record("roomtag.change", actor=actor, site=tag.site, target=tag, details=details)
    except IntegrityError:
        raise ChatRefused("room_tag_taken", path="name", name=name) from None
    tag.name = name
    return True


@transaction.atomic
def merge_room_tags(absorbed: RoomTag, survivor: RoomTag, *, actor: Actor) -> int:
    """Every chat with ``absorbed`` has ``survivor`` instead; how many chats that were."""
    if absorbed.pk == survivor.pk:
        raise ChatRefused("room_tag_itself", path="into")
    if absorbed.site_id != survivor.site_id:
        raise ChatRefused("room_tag_unknown", path="into")
    for tag in sorted((absorbed, survivor), key=lambda one: one.pk):
        _hold(tag)
    table = ChatTag._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (chat_id, tag_id, site_id) SELECT chat_id, %s, site_id FROM {table}"
            " WHERE tag_id = %s ON CONFLICT DO NOTHING",
            [survivor.pk, absorbed.pk],
        )
    chats = _delete(absorbed)
    follow_room_tag(survivor.site_id, absorbed.name, survivor.name)
    details = {"name": absorbed.name, "into": survivor.name, "count": chats}
    record("roomtag.merge", actor=actor, site=survivor.site, target=survivor, details=details)
    return chats


@transaction.atomic
def delete_room_tag(tag: RoomTag, *, actor: Actor) -> int:
    """Take it from every chat and throw it away; how many chats had it."""
    _hold(tag)
    chats = _delete(tag)
    record("roomtag.delete", actor=actor, site=tag.site, target=tag, details={"name": tag.name, "count": chats})
    return chats


def parse_name(name: str) -> str:
    """The name as it is kept: 1 to 20 characters on one line."""
    kept = one_line(name, MAX_NAME)
    if kept is None:
        raise ChatRefused("tag_name", path="name", name=name[: 2 * MAX_NAME])
    return kept


def _hold(tag: RoomTag) -> RoomTag:
    """The row as it is now, locked: a chat that is given the tag at this moment waits, and then finds it gone."""
    fresh = RoomTag.objects.select_for_update().filter(pk=tag.pk).first()
    if fresh is None:
        raise ChatRefused("room_tag_unknown")
    return fresh


def _delete(tag: RoomTag) -> int:
    # Statement by statement: Django would fetch a hundred thousand rows first.
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {ChatTag._meta.db_table} WHERE tag_id = %s", [tag.pk])
        chats = cursor.rowcount
        cursor.execute(f"DELETE FROM {RoomTag._meta.db_table} WHERE id = %s", [tag.pk])
    return chats
