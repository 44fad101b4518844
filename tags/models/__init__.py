"""Tables of customer tags."""

from tags.models.tag import ContactTag, Tag

__all__ = ["ContactTag", "Tag"]
