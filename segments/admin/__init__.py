"""Doors of the desk for segments: sidebar, palette, the pages, a person's card. ``segments.apps`` imports it."""

from segments.admin import contact_segments, navigation, segment

__all__ = ["contact_segments", "navigation", "segment"]
