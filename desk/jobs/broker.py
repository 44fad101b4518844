"""The embedded broker: a kombu transport that keeps Celery's messages in a table of the main database.

A message is a row. Taking one is a compare-and-set of ``visible_at`` to the end of a lease; the worker renews its
leases while it lives, an acknowledgement deletes the row, a clean shutdown gives the rows back, and a killed
worker's rows come back by themselves when the lease ends. Sending is one INSERT on the caller's own connection:
inside a transaction the message commits or rolls back with the work. There is no fanout, so no remote control.
``docs/decisions/`` says why it is not a second database file.
"""

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from queue import Empty
from typing import Any, cast

from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.log import get_logger
from kombu.transport import base, virtual
from kombu.utils.json import dumps, loads

from desk.models.broker_message import BrokerMessage

logger = get_logger(__name__)

# Seconds. A worker that was killed holds its messages this long; CELERY_BROKER_TRANSPORT_OPTIONS changes it.
VISIBILITY_TIMEOUT = 60.0
IDLE_SECONDS = 0.25  # between two looks into an empty queue: four indexed SELECTs a second
BUSY_SECONDS = 0.02  # while every thread of the worker has a task: nothing is asked of the database
CLAIM_TRIES = 5  # lost races before the next poll tries again


class TableChannel(virtual.Channel):
    """Puts, claims and settles messages; its delivery tags are the primary keys of the rows."""

    supports_fanout = False
    from_transport_options = (*virtual.Channel.from_transport_options, "visibility_timeout")
    visibility_timeout: float = VISIBILITY_TIMEOUT

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        # Acknowledgements come from the worker's pool threads, claims and renewals from its main thread.
        self._lock = threading.Lock()
        self._held: dict[int, datetime] = {}  # in hand: row and the end of its lease, as the row has it
        self._finished: set[int] = set()  # done, but the row could not be deleted yet
        self._renew_after = 0.0

    # --- what kombu calls -------------------------------------------------------------------------------

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        _revive_connection()
        BrokerMessage.objects.create(
            queue=queue,
            priority=self._get_message_priority(message),
            payload=dumps(message),
            visible_at=_earliest_start(message),
        )

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        """Claim the next message of ``queue``; ``Empty`` when there is none, or the database has no time for us."""
        try:
            row = self._claim(queue)
        except DatabaseError as error:
            # A lock waited for too long or a restarted server. Tasks in hand go on; the next poll asks again.
            logger.warning("The queue could not be read, trying again: %s", error)
            _revive_connection()
            raise Empty from error
        if row is None:
            raise Empty
        message: dict[str, Any] = loads(row.payload)
        message["properties"]["delivery_tag"] = str(row.pk)
        return message

    def _size(self, queue: str) -> int:
        return BrokerMessage.objects.filter(queue=queue, visible_at__lte=timezone.now()).count()

    def _purge(self, queue: str) -> int:
        deleted, _ = BrokerMessage.objects.filter(queue=queue, visible_at__lte=timezone.now()).delete()
        return deleted

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        """The task is done: its row goes."""
        self._finish(int(delivery_tag))
        super().basic_ack(delivery_tag, multiple=multiple)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Not done here: given back when ``requeue``, else thrown away."""
        if not requeue:
            self._finish(int(delivery_tag))
        super().basic_reject(delivery_tag, requeue=requeue)

    def _restore(self, message: Any) -> None:
        """Give a message back (rejected with requeue, or the worker is shutting down)."""
        pk = int(message.delivery_tag)
        with self._lock:
            lease = self._held.pop(pk, None)
        if lease is None:
            return
        try:
            # Only what is still ours: after a lease that ended, the row may be in another worker's hands.
            BrokerMessage.objects.filter(pk=pk, visible_at=lease).update(visible_at=timezone.now())
        except DatabaseError as error:
            logger.warning("A task could not be given back; it returns when its lease ends: %s", error)
            _revive_connection()

    # --- the claim and its lease ------------------------------------------------------------------------

    def _claim(self, queue: str) -> BrokerMessage | None:
        for _ in range(CLAIM_TRIES):
            now = timezone.now()
            row = (
                BrokerMessage.objects.filter(queue=queue, visible_at__lte=now)
                .order_by("-priority", "visible_at", "id")
                .first()
            )
            if row is None:
                return None
            lease = now + timedelta(seconds=self.visibility_timeout)
            # Two workers may have read the same row; the one whose UPDATE finds it unchanged has it.
            if BrokerMessage.objects.filter(pk=row.pk, visible_at=row.visible_at).update(visible_at=lease):
                with self._lock:
                    self._held[row.pk] = lease
                return row
        return None

    def _finish(self, pk: int) -> None:
        with self._lock:
            self._held.pop(pk, None)
            self._finished.add(pk)
        self._delete_finished([pk])

    def _delete_finished(self, pks: Iterable[int]) -> None:
        try:
            for pk in pks:
                # By the key alone: what is done is done, whoever may have taken it since.
                BrokerMessage.objects.filter(pk=pk).delete()
                with self._lock:
                    self._finished.discard(pk)
        except DatabaseError as error:
            logger.warning("A finished task could not be deleted from the queue, trying again: %s", error)
            _revive_connection()

    def tend(self) -> None:
        """Renew the leases and repeat failed deletions, three times within a lease. Called by every poll."""
        if time.monotonic() < self._renew_after:
            return
        self._renew_after = time.monotonic() + self.visibility_timeout / 3
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        with self._lock:
            held, finished = dict(self._held), set(self._finished)
        self._delete_finished(finished)
        try:
            for pk, lease in held.items():
                self._renew(pk, lease)
        except DatabaseError as error:
            logger.warning("A lease could not be renewed, trying again: %s", error)
            _revive_connection()

    def _renew(self, pk: int, lease: datetime) -> None:
        renewed = timezone.now() + timedelta(seconds=self.visibility_timeout)
        ours = BrokerMessage.objects.filter(pk=pk, visible_at=lease).update(visible_at=renewed)
        with self._lock:
            if not ours:
                self._held.pop(pk, None)  # finished just now, or another worker's since this one stood still
            elif pk in self._held:
                self._held[pk] = renewed


class Transport(virtual.Transport):
    """``CELERY_BROKER_TRANSPORT`` names this class; the URL carries nothing."""

    Channel = TableChannel
    can_parse_url = True
    default_port = 0
    driver_type = "sql"
    driver_name = "django"
    implements = base.Transport.implements.extend(asynchronous=False, exchange_type=frozenset(["direct"]))

    def driver_version(self) -> str:
        return connection.vendor

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Deliver one message, or wait a moment and raise ``TimeoutError``.

        It does not stay for ``timeout`` like kombu's own: the worker's loop then looks sooner whether it shall stop.
        """
        for channel in self._open_channels():
            channel.tend()
        try:
            self.cycle.get(self._deliver, timeout=timeout)  # type: ignore[union-attr]
        except Empty:
            time.sleep(IDLE_SECONDS if self._may_take_more() else BUSY_SECONDS)
            raise TimeoutError from None

    def _may_take_more(self) -> bool:
        return all(channel.qos.can_consume() for channel in self._open_channels() if channel._consumers)

    def _open_channels(self) -> list[TableChannel]:
        return cast(list[TableChannel], list(self.channels or ()))


def _earliest_start(message: dict[str, Any]) -> datetime:
    """The task's ``eta``, so that one planned for later waits in the table, not in a worker's memory; else now."""
    eta = (message.get("headers") or {}).get("eta")
    if not eta:
        return timezone.now()
    moment = datetime.fromisoformat(eta)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _revive_connection() -> None:
    """Drop this thread's connection when an error left it dead, so that the next statement opens a new one."""
    if connection.errors_occurred and not connection.in_atomic_block and not connection.is_usable():
        connection.close()
