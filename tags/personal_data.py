"""RET-4: what the tables of tags and grades hold, and what erasing does with it (``desk.personal_data``)."""

from desk.personal_data import declare, erased, nothing, of_operators

_SITE = "the site's own words"

declare("tags.Tag", nothing("name name_folded color description source", _SITE))
declare("tags.ContactTag", erased("source source_label", "tags"))
declare("tags.DetachedTag", erased("source source_label", "detachedTags"))
declare("tags.Grade", nothing("name name_folded color", _SITE))
declare(
    "tags.GradeRule",
    erased("value norm note", "gradeRules", "deleted with the last person who has, or ever had, the value"),
    of_operators("source source_label", "goes with the rule"),
)
declare("tags.ContactGrade")
