"""GRADE-3: the grade on top of a contact's page, with the rule that gives it."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from contacts.admin.header_boxes import HeaderBox, header_boxes
from contacts.models import Contact
from desk.admin import access_of
from tags.admin.grade_base import carriers_url
from tags.admin.grade_rule import shown_value
from tags.models import ContactGrade


def badge_of(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """What ``tags/grade_badge.html`` prints; one statement."""
    access = access_of(request)
    carried = (
        ContactGrade.objects.filter(site_id=contact.site_id, contact=contact).select_related("grade", "rule").first()
    )
    if carried is None:
        return {"grade": None}
    rule = carried.rule
    why = _("By the rule for %(criterion)s %(value)s") % {
        "criterion": rule.get_criterion_display(),
        "value": shown_value(access, rule),
    }
    return {
        "grade": carried.grade,
        "url": carriers_url(carried.grade),
        "why": f"{why} – {rule.note}" if rule.note else why,
    }


header_boxes.register("grade", HeaderBox("tags/grade_badge.html", badge_of, order=10))
