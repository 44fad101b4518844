"""An event: something a visitor did (API-4). Page views are events named ``PageView``."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models.contact import Contact
from contacts.models.identity import Identity
from desk.ids import new_id
from desk.models import Site

PAGE_VIEW = "PageView"


class Event(models.Model):
    """``property``: {key: string | number | true/false | [string]}, 4 KB in all."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="events", db_index=False)
    # Empty when the open API told it. No constraint: an identity goes only with its contact, whose events go too, and
    # checking one would need an index of its own on the largest table.
    identity = models.ForeignKey(
        Identity, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    name = models.CharField(_("name"), max_length=64)
    at = models.DateTimeField(_("time"))
    property = models.JSONField(_("properties"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            # Event conditions of a filter: who did it, how often, since when.
            models.Index(fields=["site", "name", "at"], include=["contact"], name="event_by_name"),
            # The timeline of a contact; what a merge moves and an erasure deletes. Led by the contact, not the site:
            # the foreign key check of a deleted contact knows no site.
            models.Index(fields=["contact", "-at"], name="event_by_contact"),
        ]
