"""Doors of the desk for segments: the sidebar, the palette, the management page. ``segments.apps`` imports it."""

from segments.admin import navigation, segment

__all__ = ["navigation", "segment"]
