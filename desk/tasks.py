"""What the worker does for the office itself."""

from celery import shared_task
from django.utils import timezone

from desk.idempotency import forget_old_keys
from desk.jobs.queueing import forget_old_jobs
from desk.jobs.running import find_jobs as find_jobs
from desk.jobs.running import run_job as run_job
from desk.jobs.running import run_soon
from desk.webhook_delivering import deliver_waiting, webhooks_to_serve
from desk.webhooks import forget_old_deliveries


@shared_task(name="desk.forget_jobs")
def forget_jobs() -> None:
    """Every night: the rows of jobs that ended long ago, and keys of calls that nobody repeats any longer."""
    forget_old_jobs(now=timezone.now())
    forget_old_keys(now=timezone.now())


@shared_task(name="desk.deliver_webhook")
def deliver_webhook(webhook_id: int) -> None:
    """API-3: send what is due for a webhook, a slice of it; then others have their turn."""
    if deliver_waiting(webhook_id):
        run_soon("desk.deliver_webhook", webhook_id)


@shared_task(name="desk.find_deliveries")
def find_deliveries() -> None:
    """API-3: every ten seconds: second tries that are due, and what was not told to the workers."""
    for webhook_id in webhooks_to_serve(now=timezone.now()):
        run_soon("desk.deliver_webhook", webhook_id)


@shared_task(name="desk.forget_deliveries")
def forget_deliveries() -> None:
    """API-3: every night: what was sent, or not, more than two weeks ago."""
    forget_old_deliveries(now=timezone.now())
