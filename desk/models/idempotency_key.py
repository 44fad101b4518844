"""API-2: a write of the open API that named itself, so that sending it twice does it once. By ``desk.idempotency``."""

from django.db import models

from desk.ids import new_id
from desk.models.api_key import ApiKey
from desk.models.site import Site


class IdempotencyKey(models.Model):
    """One such write. Of what the program sent only digests are kept, of the answer only what it was about."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    # Method, address and body: the same key with another request is a mistake of the program.
    fingerprint = models.CharField(max_length=64)
    # The id of what was made or changed; empty while the first call is still at work.
    reference = models.CharField(max_length=64, blank=True, default="")
    status = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "digest"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.digest[:8]} {self.reference}"
