"""What a person is told of tags and the grade: which, since when, and what gave them; not which operator (TAG-5)."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.subject_access.parts import Row, Subject, Word, rows_part, subject_parts
from tags.models import ContactGrade, ContactTag, DetachedTag

_MAKERS = {
    "operator": _("operator"),
    "job": _("operator"),
    "plugin": _("site script"),
    "api": _("API"),
    "import": _("import"),
    "rule": _("rule"),
    "merge": _("a record that was joined"),
    "system": _("the desk itself"),
}
_FIELDS = {"tag": _("Customer tag"), "description": _("Description"), "source": _("Given by"), "at": _("Since")}


def _tag(subject: Subject, row: ContactTag | DetachedTag) -> Row:
    source = Word(row.source, _MAKERS.get(row.source, row.source))
    return {"tag": row.tag.name, "description": row.tag.description, "source": source, "at": row.at}


def _tags(subject: Subject) -> QuerySet[ContactTag]:
    rows = ContactTag.objects.filter(site=subject.site, contact=subject.contact).select_related("tag")
    return rows.order_by("at", "tag_id")


def _former_tags(subject: Subject) -> QuerySet[DetachedTag]:
    rows = DetachedTag.objects.filter(site=subject.site, contact=subject.contact).select_related("tag")
    return rows.order_by("at", "tag_id")


def _grades(subject: Subject) -> QuerySet[ContactGrade]:
    return ContactGrade.objects.filter(site=subject.site, contact=subject.contact).select_related("grade", "rule")


def _grade(subject: Subject, row: ContactGrade) -> Row:
    rule = row.rule
    return {
        "grade": row.grade.name,
        "criterion": Word(rule.criterion, rule.get_criterion_display()),
        "value": rule.value,
        "note": rule.note,
    }


subject_parts.register(
    "tags",
    rows_part(_("Customer tags"), _FIELDS, rows=_tags, tell=_tag, covers=["tags.ContactTag.contact"], order=24),
)
subject_parts.register(
    "formerTags",
    rows_part(
        _("Customer tags taken off"),
        _FIELDS,
        rows=_former_tags,
        tell=_tag,
        covers=["tags.DetachedTag.contact"],
        order=25,
        note=_("Kept for a while, so that the change can be undone."),
    ),
)
subject_parts.register(
    "grade",
    rows_part(
        _("Grade"),
        {"grade": _("Grade"), "criterion": _("Because of"), "value": _("Value"), "note": _("Note")},
        rows=_grades,
        tell=_grade,
        covers=["tags.ContactGrade.contact", "tags.GradeRule"],
        order=26,
    ),
)
