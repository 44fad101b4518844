"""API-2: a key of the open API. The secret is shown once and kept as a digest."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models.site import Site


class ApiKey(models.Model):
    """One program's access to one site; made by ``desk.api_keys.create_api_key``."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="api_keys", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=80)
    access_key = models.CharField(_("access key"), max_length=64, unique=True)
    secret_digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
