"""A message of the embedded broker: a background task that waits, or that a worker has in hand.

Written and read by ``desk.jobs.broker`` only. The row lives in the same database as everything else, so a
message commits, or rolls back, with the work that sent it.
"""

from django.db import models

from desk.ids import new_id


class BrokerMessage(models.Model):
    """One message. Whoever moves ``visible_at`` into the future has it in hand until then."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    queue = models.CharField(max_length=100)
    # As Celery counts: 0 is ordinary, 9 the most urgent.
    priority = models.SmallIntegerField(default=0)
    payload = models.TextField()
    visible_at = models.DateTimeField()

    class Meta:
        indexes = [
            # The claim: the most urgent, then the oldest visible row of one queue.
            models.Index(fields=["queue", "-priority", "visible_at", "id"], name="broker_next_message"),
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.pk}"
