"""Tables of customer tags and grades."""

from tags.models.grade import ContactGrade, Criterion, Grade, GradeRule
from tags.models.tag import ContactTag, DetachedTag, Tag

__all__ = ["ContactGrade", "ContactTag", "Criterion", "DetachedTag", "Grade", "GradeRule", "Tag"]
