"""The door of the open streams (CHAT-4): a small ASGI application without Django's middleware, in its own process.

The web server's address for pages (``redirect``) sends them on to it with a ticket.
"""
