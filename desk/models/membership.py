"""SITE-3: which operator works for which site, and as what."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models.site import Site


class Role(models.TextChoices):
    """What a person is on one site; ``desk.access`` says what each may do."""

    ADMIN = "admin", _("administrator")
    AGENT = "agent", _("agent")
    VIEWER = "viewer", _("viewer")


class Membership(models.Model):
    """One operator's place on one site."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="memberships", verbose_name=_("site"))
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("operator")
    )
    role = models.CharField(_("role"), max_length=6, choices=Role.choices, default=Role.AGENT)
    sees_personal_data = models.BooleanField(
        _("sees personal data"),
        default=True,
        help_text=_("Without it phone numbers, e-mails, addresses and birth dates are masked in lists and exports."),
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["site", "operator"], name="membership_once_per_site"),
            models.CheckConstraint(name="membership_role_known", condition=models.Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return f"{self.operator} · {self.get_role_display()}"
