"""Doors of tags for operators: management page, the tags on a contact's page, sidebar and palette.

Imported by ``TagsConfig.ready``; each module registers itself.
"""

from tags.admin import contact_tags, grade, grade_badge, grade_import, grade_rule, navigation, picking, tag

__all__ = [
    "contact_tags",
    "grade",
    "grade_badge",
    "grade_import",
    "grade_rule",
    "navigation",
    "picking",
    "tag",
]
