"""The open API of contacts: what other programs of the site read."""
