"""GRADE-1: the page of rules: search, by grade and criterion, page by page; add, change, delete; how many match now."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.admin.formats import moment, phone
from contacts.masking import mask, name_of
from contacts.models import Contact
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.disclosing import saw, saw_list
from desk.ids import read_id
from tags.admin.grade import tell_of
from tags.admin.grade_base import DialogAdmin
from tags.admin.grade_forms import GradeRuleForm
from tags.grade_catalogue import grades_of
from tags.grade_rules import add_rule, change_rule, delete_rule, rules_of
from tags.grading import matching_ids, matching_numbers
from tags.models import Criterion, GradeRule

PAGE = 50
SHOWN_PEOPLE = 10


@admin.register(GradeRule, site=desk_site)
class GradeRuleAdmin(DialogAdmin):
    """Rules of the site on show. Values are personal data and masked for who may not see it (SITE-4)."""

    form = GradeRuleForm
    new_title = gettext_lazy("New rule")  # type: ignore[assignment]
    delete_template = "tags/grade_delete.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One page of rules. The next begins after the last rule shown, so it is never slow."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        access = access_of(request)
        asked = _asked(request)
        rules = _found(access, asked)
        after = read_id(request.GET.get("after", ""))
        page = list((rules.filter(pk__lt=after) if after else rules)[: PAGE + 1])
        saw_list(access, "graderule.list", "", actor=actor_of(request), rows=len(page[:PAGE]))
        context = self.page_context(
            request,
            _("Grade rules"),
            rows=rows_of(access, page[:PAGE]),
            more_url=_address(asked, after=page[PAGE - 1].pk) if len(page) > PAGE else "",
            first_url=_address(asked) if after else "",
            asked=asked,
            query=asked["q"],
            narrowed=any(asked.values()),
            grades=grades_of(access.site),
            criteria=Criterion.choices,
            may_change=access.may("tags.change"),
            masked=not access.sees_personal_data,
            count=_count(rules),
        )
        partial = request.headers.get("HX-Target") == "grade-rules"
        return TemplateResponse(request, "tags/grade_rule_rows.html" if partial else "tags/grade_rules.html", context)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees values masked would save dots."""
        return super().has_change_permission(request, obj) and access_of(request).sees_personal_data

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        access = access_of(request)
        if not access.sees_personal_data or (object_id is not None and not access.may("tags.change")):
            raise PermissionDenied
        rule = self.get_object(request, object_id) if object_id else None
        if rule is not None and request.method == "GET":
            saw(access, rule, actor=actor_of(request))
        context = {"people": _people(access, rule) if rule else None, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {key: value for key, value in _asked(request).items() if value and key != "q"}

    def save_model(self, request: HttpRequest, obj: GradeRule, form: Any, change: bool) -> None:
        actor, data = actor_of(request), form.cleaned_data
        if change:
            rule = self.get_queryset(request).select_related("site").get(pk=obj.pk)
            tell_of(request, change_rule(rule, actor=actor, **data))
            return
        rule, job = add_rule(access_of(request).site, actor=actor, now=timezone.now(), **data)
        obj.pk = rule.pk
        tell_of(request, job)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: ``desk.audit`` is the log."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        people = matching_numbers([obj.pk]).get(obj.pk, 0)
        words = ngettext(
            "Rule added: %(n)s contact has the value.", "Rule added: %(n)s contacts have the value.", people
        )
        toast(request, words % {"n": localize(people)})
        return self.response_post_save_add(request, obj)

    def delete_by_rule(self, request: HttpRequest, obj: GradeRule) -> str:
        tell_of(request, delete_rule(obj, actor=actor_of(request)))
        return _("Rule deleted.")

    def consequences(self, request: HttpRequest, obj: GradeRule) -> dict[str, Any]:
        """How many people have the value now."""
        people = matching_numbers([obj.pk]).get(obj.pk, 0)
        words = ngettext("%(n)s contact has the value now.", "%(n)s contacts have the value now.", people)
        return {
            "sentences": [words % {"n": localize(people)} if people else _("No contact has the value now.")],
            "name": shown_value(access_of(request), obj),
        }


def rows_of(access: Access, rules: Sequence[GradeRule]) -> list[dict[str, Any]]:
    """The lines of a page; one statement counts who matches each."""
    numbers = matching_numbers([rule.pk for rule in rules])
    return [
        {
            "rule": rule,
            "value": shown_value(access, rule),
            "contacts": numbers.get(rule.pk, 0),
            "made": _("%(who)s, %(when)s") % {"who": _maker(rule), "when": moment(rule.created_at, access.site.zone)},
        }
        for rule in rules
    ]


def _maker(rule: GradeRule) -> str:
    return _("the desk itself") if rule.source == "system" else rule.source_label


def shown_value(access: Access, rule: GradeRule) -> str:
    """The value as people of the site read it, masked for who may not see it."""
    value = phone(rule.norm, access.site.phone_country) if rule.criterion == Criterion.MOBILE_NUMBER else rule.value
    return value if access.sees_personal_data else str(mask(rule.criterion, value))


def _people(access: Access, rule: GradeRule) -> dict[str, Any]:
    """Who has the value now, the first few by name."""
    ids = matching_ids([rule.pk])
    contacts = Contact.objects.filter(site=access.site, pk__in=list(ids[:SHOWN_PEOPLE])).order_by("pk")
    return {
        "count": len(ids),
        "rest": max(0, len(ids) - SHOWN_PEOPLE),
        "shown": [
            (name_of(one, sees_personal_data=True), reverse("admin:contacts_contact_change", args=[one.pk]))
            for one in contacts
        ],
    }


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "")[:80] for name in ("q", "grade", "criterion")}


def _found(access: Access, asked: dict[str, str]) -> QuerySet[GradeRule]:
    # Whoever may not see values may not guess them by searching either.
    query = asked["q"] if access.sees_personal_data else ""
    criterion = asked["criterion"] if asked["criterion"] in Criterion.values else ""
    return rules_of(access.site, query=query, grade_id=read_id(asked["grade"]), criterion=criterion)


def _address(asked: dict[str, str], **more: int) -> str:
    return "?" + urlencode({key: value for key, value in {**asked, **more}.items() if value})


def _count(rules: QuerySet[GradeRule]) -> str:
    count = rules.order_by().count()
    return ngettext("%(n)s rule", "%(n)s rules", count) % {"n": localize(count)}
