"""Addresses of tags; ``config.api`` mounts each list below its API."""

from django.urls import URLPattern, path

from tags.api.grades import GradesView, GradeView
from tags.api.grades_rules import GradeRulesView, GradeRuleView
from tags.api.open import TagsView, TagView
from tags.api.plugin import MyTagsView

plugin_urls: list[URLPattern] = [path("me/tags", MyTagsView.as_view(), name="plugin-me-tags")]
open_urls: list[URLPattern] = [
    path("tags", TagsView.as_view(), name="api-tags"),
    path("tags/<str:tag_id>", TagView.as_view(), name="api-tag"),
    path("grades", GradesView.as_view(), name="api-grades"),
    path("grades/<str:grade_id>", GradeView.as_view(), name="api-grade"),
    path("grade-rules", GradeRulesView.as_view(), name="api-grade-rules"),
    path("grade-rules/<str:rule_id>", GradeRuleView.as_view(), name="api-grade-rule"),
]
