"""The open API of segments."""
