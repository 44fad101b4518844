"""The door for open streams (CHAT-4), a process of its own: granian, ASGI. Ordinary requests go to ``config.wsgi``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from chats.api.stream.door import StreamDoor  # noqa: E402

application = StreamDoor()
