"""CHAT-3: what chats are about, in two levels that the site lists; and the tags of rooms."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models import Site


class Category(models.Model):
    """A category of level 1, or of level 2 below its ``parent``. Switched off, never deleted: old chats keep theirs."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="chat_categories", db_index=False)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children", verbose_name=_("level 1"))
    name = models.CharField(_("name"), max_length=15)
    name_folded = models.CharField(max_length=60, editable=False)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["name_folded"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name_folded"], name="category_name"),
            models.UniqueConstraint(fields=["site", "name_folded"], name="category_top_name", condition=Q(parent=None)),
            models.CheckConstraint(name="category_not_its_own_parent", condition=Q(parent=None) | ~Q(parent=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name


class RoomTag(models.Model):
    """A tag of chats (not of people): unique per site ignoring case."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="room_tags", db_index=False)
    name = models.CharField(_("name"), max_length=20)
    name_folded = models.CharField(max_length=80, editable=False)

    class Meta:
        verbose_name = _("room tag")
        verbose_name_plural = _("room tags")
        ordering = ["name_folded"]
        constraints = [models.UniqueConstraint(fields=["site", "name_folded"], name="room_tag_name")]

    def __str__(self) -> str:
        return self.name
