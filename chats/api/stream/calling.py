"""With Redis: wakes the reader of streams when something has happened (``chats.waking``).

While Redis is away the reader looks by itself, as it does without one; the connection is tried again every second.
"""

import logging
import threading
from collections.abc import Callable

import redis

from chats.waking import CHANNEL

_logger = logging.getLogger(__name__)


class Caller(threading.Thread):
    """Calls ``look`` for each word on the channel; ``is_listening`` while it hears the channel."""

    def __init__(self, url: str, look: Callable[[], None]) -> None:
        super().__init__(name="streams-caller", daemon=True)
        self._url = url
        self._look = look
        self._stopping = threading.Event()
        self._listening = False

    def is_listening(self) -> bool:
        return self._listening

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except redis.RedisError as error:
                if self._listening:
                    _logger.warning("Redis does not call the streams; they look by themselves: %s", error)
                self._listening = False
                self._look()
                self._stopping.wait(1)

    def _listen(self) -> None:
        # A connection that is dead without a word is noticed by its silence to a ping.
        with (
            redis.Redis.from_url(self._url, socket_connect_timeout=2, health_check_interval=5) as client,
            client.pubsub(ignore_subscribe_messages=True) as channel,
        ):
            channel.subscribe(CHANNEL)
            if not self._listening:
                _logger.info("Redis calls the streams.")
            self._listening = True
            # What was called meanwhile is found by looking.
            self._look()
            while not self._stopping.is_set():
                if channel.get_message(timeout=1.0) is not None:
                    self._look()
