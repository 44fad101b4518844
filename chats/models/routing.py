"""CHAT-10: the rules by which new chats find who works on them, and what a rule did with a chat."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chats.models.chat import Chat
from chats.models.team import Team
from desk.ids import new_id
from desk.models import Site


class RoutingRule(models.Model):
    """One rule, tried in the order of ``place``; the first that holds is the one.

    ``filter``: who it is about, in the language of filters; empty means everybody. ``chat``: which of their chats
    (``chats.routing_conditions``). ``actions``: [{"action": name, …}] in the order in which they are done
    (``chats.routing_actions``).
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="routing_rules", db_index=False)
    place = models.PositiveIntegerField(_("order"))
    name = models.CharField(_("name"), max_length=80)
    active = models.BooleanField(_("in use"), default=True)
    filter = models.JSONField(_("filter"), default=dict)
    chat = models.JSONField(default=dict)
    actions = models.JSONField(_("actions"), default=list)
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ["place", "id"]
        indexes = [models.Index(fields=["site", "place"], name="routing_rule_order")]

    def __str__(self) -> str:
        return self.name


class Routing(models.Model):
    """What became of a chat when it was opened: which rule fired, and how it found who works on it.

    Names are kept in words beside rows that may be gone one day. ``done``: the names of the actions that were done;
    ``refused``: {action: why not}.
    """

    class How(models.TextChoices):
        """How the agent was found. ``WAITS``: nobody was there; ``MANUAL``: agents take chats themselves."""

        RULE = "rule", _("by the rule")
        FEWEST = "fewest", _("who has the fewest open chats")
        ROUND_ROBIN = "roundRobin", _("by turns")
        WAITS = "waits", _("nobody is available")
        MANUAL = "manual", _("agents take chats themselves")

    chat = models.OneToOneField(Chat, models.CASCADE, primary_key=True, related_name="routing")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    rule = models.ForeignKey(RoutingRule, models.SET_NULL, null=True, related_name="+")
    rule_name = models.CharField(max_length=80, blank=True, default="")
    how = models.CharField(max_length=10, choices=How.choices, default=How.MANUAL)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    operator_name = models.CharField(max_length=120, blank=True, default="")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+")
    team_name = models.CharField(max_length=40, blank=True, default="")
    done = models.JSONField(default=list)
    refused = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="routing_how_known", condition=Q(how__in=["rule", "fewest", "roundRobin", "waits", "manual"])
            )
        ]
