"""A visit and the session that holds it open, in one row (BOOT-8): a session is one visit of one identity."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models.contact import Contact
from contacts.models.identity import Identity
from desk.ids import new_id
from desk.models import Site


class Visit(models.Model):
    """While ``token_digest`` is set and ``expires_at`` ahead, whoever shows the token is this contact.

    The token itself is known to the browser only; here is its SHA-256. Ending a session clears the digest.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="visits", db_index=False)
    identity = models.ForeignKey(Identity, models.CASCADE, related_name="visits")
    token_digest = models.CharField(max_length=64, null=True)  # noqa: DJ001
    # Whether the session was opened or confirmed with a memberId; other sessions end when their identity moves (UNI-8).
    logged_in = models.BooleanField(default=False)
    started_at = models.DateTimeField(_("start"))
    # Not indexed: it slides with every activity. `end_visits` walks the open ones.
    expires_at = models.DateTimeField()
    page = models.CharField(_("first page"), max_length=1000, default="")
    referrer = models.CharField(_("referrer"), max_length=1000, default="")
    utm = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [
            # The timeline of a contact; also what a merge moves and what the database asks when a contact is deleted.
            models.Index(fields=["contact", "-started_at"], name="visit_by_contact"),
        ]
        constraints = [
            # Finding a session by its token; only open ones are in the index.
            models.UniqueConstraint(
                fields=["token_digest"], name="visit_token", condition=Q(token_digest__isnull=False)
            ),
        ]
