"""What a site sets about its chats: saved answers, tabs of the panel, the panel's first tab."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from desk.ids import new_id
from desk.models import Site


class AnswerTemplate(models.Model):
    """A saved answer. ``text`` may hold placeholders such as ``{name}``, filled when it is put into the composer."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="answer_templates", db_index=False)
    name = models.CharField(_("name"), max_length=40)
    name_folded = models.CharField(max_length=160, editable=False)
    text = models.TextField(_("text"), max_length=5000)
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("answer template")
        verbose_name_plural = _("answer templates")
        ordering = ["name_folded"]
        constraints = [models.UniqueConstraint(fields=["site", "name_folded"], name="answer_template_name")]

    def __str__(self) -> str:
        return self.name


class PanelTab(models.Model):
    """CHAT-5: a page of the company's own beside the conversation, in a sandboxed frame; https only."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="panel_tabs")
    name = models.CharField(_("name"), max_length=20)
    url = models.URLField(_("address"), max_length=500)
    place = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("panel tab")
        verbose_name_plural = _("panel tabs")
        ordering = ["place", "id"]

    def __str__(self) -> str:
        return self.name


class FirstTab(models.TextChoices):
    """The tab that is open when an operator has chosen none."""

    ROOM = "room", pgettext_lazy("tab beside a chat", "Room")
    CUSTOMER = "customer", pgettext_lazy("tab beside a chat", "Customer")
    HISTORY = "history", pgettext_lazy("tab beside a chat", "History")


class Distribution(models.TextChoices):
    """CHAT-10: to whom a chat goes that no rule gives to somebody."""

    MANUAL = "manual", _("agents take chats themselves")
    FEWEST = "fewest", _("who has the fewest open chats")
    ROUND_ROBIN = "roundRobin", _("by turns")


class WhenAway(models.TextChoices):
    """What becomes of the open chats of an agent who goes away or signs out."""

    KEEP = "keep", _("they keep their chats")
    HAND_OVER = "handOver", _("their chats go to colleagues")


class ChatSettings(models.Model):
    """One row per site that has set something; without a row the defaults hold.

    ``most_open_chats``: so many an agent is given at most by the desk; None: as many as there are.
    """

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="chat_settings")
    first_tab = models.CharField(_("first tab"), max_length=8, choices=FirstTab.choices, default=FirstTab.HISTORY)
    distribution = models.CharField(
        _("distribution"), max_length=10, choices=Distribution.choices, default=Distribution.MANUAL
    )
    when_away = models.CharField(_("when away"), max_length=8, choices=WhenAway.choices, default=WhenAway.KEEP)
    most_open_chats = models.PositiveSmallIntegerField(_("open chats at most"), null=True, blank=True)
