"""UNI-4, UNI-12: two contacts that may be one person, for an operator to compare."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contacts.models.contact import Contact
from desk.ids import new_id
from desk.models import Site


class SuggestionReason(models.TextChoices):
    """Why the two may be one."""

    SAME_PHONE = "samePhone", _("same phone")
    SAME_EMAIL = "sameEmail", _("same e-mail")
    SAME_MEMBER_ID_SPELLING = "sameMemberIdSpelling", _("same member ID in another spelling")


class MergeSuggestion(models.Model):
    """``first`` has the smaller id; ``value`` is the normal form of what both have.

    A dismissed row stays: while any row of a pair is dismissed, the pair is neither suggested nor unified by itself.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    first = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=20, choices=SuggestionReason.choices)
    value = models.CharField(_("value"), max_length=510)
    at = models.DateTimeField(_("time"))
    dismissed_at = models.DateTimeField(_("dismissed"), null=True)
    dismissed_by = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        verbose_name = _("merge suggestion")
        verbose_name_plural = _("merge suggestions")
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "reason"], name="merge_suggestion_once"),
            models.CheckConstraint(name="merge_suggestion_in_order", condition=Q(first__lt=F("second"))),
        ]
        indexes = [
            # The page of suggestions, newest first, and the number in the sidebar.
            models.Index(
                fields=["site", "-at", "-id"], name="merge_suggestion_open", condition=Q(dismissed_at__isnull=True)
            ),
            # What a freeze of a value takes back (UNI-14).
            models.Index(fields=["site", "reason", "value"], name="merge_suggestion_by_value"),
        ]
