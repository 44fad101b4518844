"""GRADE-1: the page of grades by rank, with numbers and links; create, rename, recolour, rank, delete."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Job
from tags.admin.grade_base import DialogAdmin, carriers_url
from tags.admin.grade_forms import GradeForm
from tags.grade_catalogue import (
    carriers_of,
    carriers_per_grade,
    change_grade,
    create_grade,
    delete_grade,
    grades_of,
    rules_per_grade,
    swap_ranks,
)
from tags.grade_values import DEFAULT_COLOR, MAX_RANK
from tags.models import Grade, GradeRule


@admin.register(Grade, site=desk_site)
class GradeAdmin(DialogAdmin):
    """Grades of the site on show."""

    form = GradeForm
    new_title = gettext_lazy("New grade")  # type: ignore[assignment]
    delete_template = "tags/grade_delete.html"

    def get_urls(self) -> list[URLPattern]:
        move = path("<path:object_id>/move/", self.admin_site.admin_view(self.move_view), name="tags_grade_move")
        return [move, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All of them, the highest first; a site has few, so their numbers come at once."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        access = access_of(request)
        grades = grades_of(access.site)
        carriers, rules = carriers_per_grade(access.site), rules_per_grade(access.site)
        context = self.page_context(
            request,
            _("Grades"),
            rows=[
                {
                    "grade": grade,
                    "contacts": carriers.get(grade.pk, 0),
                    "rules": rules.get(grade.pk, 0),
                    "url": carriers_url(grade),
                    "first": index == 0,
                    "last": index == len(grades) - 1,
                }
                for index, grade in enumerate(grades)
            ],
            may_change=access.may("tags.change"),
            working=Job.objects.filter(site=access.site, kind="regrade", state__in=["queued", "running"]).exists(),
        )
        return TemplateResponse(request, "tags/grade_list.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new grade is the highest unless one says otherwise."""
        highest = Grade.objects.filter(site=access_of(request).site).first()
        return {"color": DEFAULT_COLOR, "rank": min(highest.rank + 1, MAX_RANK) if highest else 1}

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One place up or down."""
        grade = self.get_object(request, object_id)
        if grade is None:
            raise Http404
        if request.method != "POST" or not self.has_change_permission(request, grade):
            raise PermissionDenied
        tell_of(request, swap_ranks(grade, up=request.POST.get("to") != "down", actor=actor_of(request)))
        return HttpResponseRedirect(self.list_url())

    def save_model(self, request: HttpRequest, obj: Grade, form: Any, change: bool) -> None:
        actor, data = actor_of(request), form.cleaned_data
        if change:
            tell_of(request, change_grade(self.get_queryset(request).get(pk=obj.pk), actor=actor, **data))
        else:
            obj.pk = create_grade(access_of(request).site, actor=actor, **data).pk

    def delete_by_rule(self, request: HttpRequest, obj: Grade) -> str:
        deleted = delete_grade(obj, actor=actor_of(request))
        tell_of(request, deleted.job)
        return _("Grade “%(grade)s” deleted.") % {"grade": obj.name}

    def consequences(self, request: HttpRequest, obj: Grade) -> dict[str, Any]:
        """How many people lose it, and how many rules go with it."""
        contacts, rules = carriers_of(obj), GradeRule.objects.filter(site=obj.site, grade=obj).count()
        people = ngettext(
            "%(n)s contact carries it and will carry what other rules give.",
            "%(n)s contacts carry it and will carry what other rules give.",
            contacts,
        ) % {"n": localize(contacts)}
        of_rules = ngettext("%(n)s rule goes with it.", "%(n)s rules go with it.", rules) % {"n": localize(rules)}
        return {"sentences": [people if contacts else _("No contact carries it."), *([of_rules] if rules else [])]}


def tell_of(request: HttpRequest, job: Job | None) -> None:
    """That the people concerned are worked off in the background."""
    if job is not None:
        words = ngettext(
            "The grade of %(n)s contact is being worked out in the background.",
            "The grades of %(n)s contacts are being worked out in the background.",
            job.total or 0,
        ) % {"n": localize(job.total or 0)}
        toast(request, words, level="info")
