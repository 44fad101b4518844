"""CHAT-10: teams of agents, and who is there to be given chats."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from desk.ids import new_id
from desk.models import Site


class Team(models.Model):
    """Colleagues who work on the same chats. A chat of a team waits for whoever of it is free."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="chat_teams", db_index=False)
    name = models.CharField(_("name"), max_length=40)
    name_folded = models.CharField(max_length=160, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("of agents", "team")
        verbose_name_plural = pgettext_lazy("of agents", "teams")
        ordering = ["name_folded"]
        constraints = [models.UniqueConstraint(fields=["site", "name_folded"], name="team_name")]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """That somebody belongs to a team; one may belong to several."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="members", db_index=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "operator"], name="team_member_once")]


class Availability(models.Model):
    """Whether an operator takes chats on a site now. Without a row: somebody who has signed in before does.

    ``AWAY`` is chosen and ends when they say so; ``SIGNED_OUT`` follows the sign-in. ``given_at``: when the desk last
    gave them a chat, which is what taking turns goes by.
    """

    class State(models.TextChoices):
        """Where they are."""

        AVAILABLE = "available", _("available")
        AWAY = "away", _("away")
        SIGNED_OUT = "signedOut", _("signed out")

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.AVAILABLE)
    since = models.DateTimeField()
    given_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "operator"], name="availability_once"),
            models.CheckConstraint(
                name="availability_state_known", condition=Q(state__in=["available", "away", "signedOut"])
            ),
        ]
