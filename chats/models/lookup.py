"""LOOK-1, LOOK-2: what is asked of a company's own system and what comes back; and the log of the calls."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chats.models.chat import Chat
from desk.encryption import EncryptedTextField
from desk.ids import new_id
from desk.models import Site


class LookupApi(models.Model):
    """One address that is asked about a customer. With ``signed`` every call carries a signature by ``secret``.

    ``changed_at`` is part of the name under which answers are kept, so that a changed setting asks anew.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="lookup_apis", db_index=False)
    name = models.CharField(_("name"), max_length=40)
    name_folded = models.CharField(max_length=160, editable=False)
    url = models.CharField(_("address"), max_length=1000)
    signed = models.BooleanField(_("signed"), default=True)
    secret = EncryptedTextField(editable=False)
    active = models.BooleanField(_("in use"), default=True)
    place = models.PositiveSmallIntegerField(_("order"), default=0)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("lookup")
        verbose_name_plural = _("lookups")
        ordering = ["place", "id"]
        constraints = [models.UniqueConstraint(fields=["site", "name_folded"], name="lookup_api_name")]

    def __str__(self) -> str:
        return self.name


class ItemKind(models.TextChoices):
    """Where the value of a query item comes from."""

    GENERAL = "general", _("filled in by the agent")
    CHAT_FIELD = "chatField", _("field of the chat")


class ItemControl(models.TextChoices):
    """How an item of the first kind is filled in."""

    TEXT = "text", _("text")
    DROP_DOWN = "dropDown", _("drop-down")


class LookupQueryItem(models.Model):
    """One variable of the request. Of a chat field ``variable`` is the field's code (``chats.lookups.chat_fields``).

    ``options``: [{"value", "label"}] of a drop-down. ``channels``: on which chats the lookup runs by itself.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    api = models.ForeignKey(LookupApi, models.CASCADE, related_name="query_items", db_index=False)
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=9, choices=ItemKind.choices)
    control = models.CharField(max_length=8, choices=ItemControl.choices, default=ItemControl.TEXT)
    required = models.BooleanField(_("required"), default=False)
    label = models.CharField(_("screen name"), max_length=40)
    variable = models.CharField(_("variable name"), max_length=40)
    max_length = models.PositiveSmallIntegerField(_("maximum length"), default=100)
    default = models.CharField(_("default"), max_length=200, blank=True, default="")
    options = models.JSONField(_("options"), default=list)
    channels = models.JSONField(_("channels"), default=list)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["api", "variable"], name="lookup_variable_once"),
            models.CheckConstraint(name="lookup_item_kind_known", condition=Q(kind__in=ItemKind.values)),
            models.CheckConstraint(name="lookup_item_control_known", condition=Q(control__in=ItemControl.values)),
        ]


class LookupResultItem(models.Model):
    """One value of the answer that is shown, and the text field of the person that takes it when empty (LOOK-6).

    ``field``: ``name``, ``profile.<key>`` and the like (``chats.lookups.mapping``); empty: only shown.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    api = models.ForeignKey(LookupApi, models.CASCADE, related_name="result_items", db_index=False)
    place = models.PositiveSmallIntegerField()
    label = models.CharField(_("screen name"), max_length=40)
    data_name = models.CharField(_("data name"), max_length=40)
    field = models.CharField(_("field of the person"), max_length=80, blank=True, default="")

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["api", "data_name"], name="lookup_data_name_once"),
            models.UniqueConstraint(fields=["api", "field"], name="lookup_field_once", condition=~Q(field="")),
        ]


class LookupCall(models.Model):
    """That a call was made and how it ended; nothing of what was sent or answered (LOOK-7).

    ``outcome``: ``ok``, a code of the contract, or one of ``desk.outbound_errors``. ``chat`` None: it was tried from
    the settings. ``operator`` is who opened the chat or pressed the button. Kept for 30 days.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    api = models.ForeignKey(LookupApi, models.CASCADE, related_name="calls", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, null=True, related_name="+", db_index=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    operator_name = models.CharField(max_length=120, blank=True, default="")
    automatic = models.BooleanField()
    outcome = models.CharField(max_length=30)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # The log of an API, newest first; also the foreign key's own check.
            models.Index(fields=["api", "-id"], name="lookup_call_by_api"),
            models.Index(fields=["chat"], name="lookup_call_by_chat", condition=Q(chat__isnull=False)),
            # What is older than it is kept; the log of the whole site.
            models.Index(fields=["site", "-id"], name="lookup_call_by_site"),
        ]
