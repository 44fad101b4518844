"""CHAT-3: a chat, from opening to closing, on one channel."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chats.models.category import Category
from chats.models.team import Team
from contacts.models import Channel, Contact, Identity
from desk.ids import new_id
from desk.models import Site

# CHAT-2: all browsers and apps of a contact talk in one room; on a messenger each account has its own.
SHARED_CHANNELS = (Channel.WEB, Channel.APP)


class State(models.TextChoices):
    """Where a chat stands. ``WAITING``: nobody has taken it yet; ``RECEIVED``: somebody has, and not answered."""

    BOT = "bot", _("with the bot")
    WAITING = "waiting", _("waiting")
    RECEIVED = "received", _("received")
    IN_PROGRESS = "inProgress", _("in progress")
    ON_HOLD = "onHold", _("on hold")
    CLOSED = "closed", _("closed")


class ChatNumberCounter(models.Model):
    """The last room number of a site. Its row lock makes numbers unique; a number is never given twice."""

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="+")
    last = models.BigIntegerField(default=0)


class Chat(models.Model):
    """One conversation. Who takes part is ``contact``; through which account or browser it began is ``identity``.

    ``parameters``: {name: text} that the page passed when opening (CHAT-8). ``messages_count`` is also the number of
    the last message: messages are numbered within their chat under its row's lock, so nothing is lost or doubled and
    the order is one for all. ``unread`` is what the visitor has not seen yet, ``unseen`` what the operators have not.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="chats", db_index=False)
    number = models.BigIntegerField(_("room number"), editable=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="chats", db_index=False)
    identity = models.ForeignKey(Identity, models.SET_NULL, null=True, related_name="chats")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False, verbose_name=_("agent")
    )
    # Whose turn it is while nobody of them has it, and afterwards whose chat it was first.
    team = models.ForeignKey(
        Team,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=pgettext_lazy("of agents", "team"),
    )
    category = models.ForeignKey(Category, models.SET_NULL, null=True, related_name="+", verbose_name=_("category"))
    # The third level is free text.
    category_note = models.CharField(max_length=8, blank=True, default="")
    page = models.CharField(_("page"), max_length=1000, blank=True, default="")
    parameters = models.JSONField(default=dict)
    # The company's own account on that channel, when it has several there.
    account = models.CharField(max_length=80, blank=True, default="")

    messages_count = models.PositiveIntegerField(_("messages"), default=0)
    unread = models.PositiveIntegerField(default=0)
    unseen = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(_("last message"), null=True)
    # The beginning of the last message, and whether the visitor wrote it: what the inbox shows of a chat.
    last_text = models.CharField(max_length=200, blank=True, default="")
    last_by_visitor = models.BooleanField(default=False)

    opened_at = models.DateTimeField(_("begun"))
    closed_at = models.DateTimeField(_("ended"), null=True)
    # Who ended it, as desk.actors.Actor: kind and words.
    closed_by_kind = models.CharField(max_length=8, blank=True, default="")
    closed_by = models.CharField(_("ended by"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("chat")
        verbose_name_plural = _("chats")
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="chat_number"),
            models.CheckConstraint(name="chat_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="chat_channel_known", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(
                name="chat_closed_has_end",
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at=None)),
            ),
            # CHAT-2: of many first messages at once exactly one opens the room.
            models.UniqueConstraint(
                fields=["contact"],
                name="chat_one_open_room",
                condition=Q(closed_at=None, channel__in=["web", "app"]),
            ),
            models.UniqueConstraint(
                fields=["identity"],
                name="chat_one_open_room_per_account",
                condition=Q(closed_at=None) & ~Q(channel__in=["web", "app"]),
            ),
        ]
        indexes = [
            # The history of a person; also the foreign key's own check.
            models.Index(fields=["contact", "-opened_at"], name="chat_by_contact"),
            # The inbox: what is open in a state, newest message first.
            models.Index(
                fields=["site", "state", "-last_message_at", "-id"], name="chat_inbox", condition=Q(closed_at=None)
            ),
            # Every open room of the site, newest message first.
            models.Index(fields=["site", "-last_message_at", "-id"], name="chat_open", condition=Q(closed_at=None)),
            # The closed ones, last ended first.
            models.Index(fields=["site", "-closed_at", "-id"], name="chat_ended", condition=Q(closed_at__isnull=False)),
            # "Mine".
            models.Index(
                fields=["assignee", "site", "-last_message_at", "-id"],
                name="chat_mine",
                condition=Q(closed_at=None, assignee__isnull=False),
            ),
            # What waits for a team; also the foreign key's own check.
            models.Index(
                fields=["team", "site", "-last_message_at", "-id"],
                name="chat_of_team",
                condition=Q(team__isnull=False),
            ),
            # The count at the inbox: what waits to be seen.
            models.Index(fields=["site", "assignee"], name="chat_unseen", condition=Q(closed_at=None, unseen__gt=0)),
            # All of them, closed ones too, newest first; ids are made in the order of time.
            models.Index(fields=["site", "-id"], name="chat_by_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.state != State.CLOSED


class ContactChats(models.Model):
    """How many chats a contact had, when the last began, what is unread: for filters, lists and the boot of a visitor.

    Kept in the transactions that open a chat and say something; a contact without a row had none.
    """

    contact = models.OneToOneField(Contact, models.CASCADE, primary_key=True, related_name="chats_summary")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField()
    unread = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            # lastChatAt and chatsCount in filters.
            models.Index(fields=["site", "last_at"], name="contact_chats_by_last"),
            models.Index(fields=["site", "count"], name="contact_chats_by_count"),
        ]
