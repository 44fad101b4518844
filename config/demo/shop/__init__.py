"""The demo shop below /shop/: a small web shop that carries the plugin, to try the desk with. Never a real site.

It is a customer of the desk like any other: it knows the site's plugin key and member-hash secret and nothing else of
the desk, and keeps its accounts in a file of its own. Served only with ``DEMO`` (``make run`` switches it on).
"""
