"""Addresses of the open API that contacts serve; ``config.api`` mounts them below /api/v1/."""

from django.urls import URLPattern, path

from contacts.api.open.actions import ActionsView, ActionView
from contacts.api.open.imports import ImportRejectedView, ImportRunView, ImportsView, ImportUndoView, ImportView
from contacts.api.open.merge_views import (
    MergeReadView,
    MergesView,
    MergeUndoView,
    MergeView,
    SuggestionDismissView,
    SuggestionsView,
)
from contacts.api.open.retention import RetentionView
from contacts.api.open.views import ContactSearchView, FilterCheckView
from contacts.api.open.writing import ContactsWritingView, ContactWritingView, MemberWritingView
from contacts.api.open.writing_deeds import BlockView, TouchView

urlpatterns: list[URLPattern] = [
    path("contacts", ContactsWritingView.as_view(), name="api-contacts"),
    path("contacts/search", ContactSearchView.as_view(), name="api-contacts-search"),
    # A memberId may hold slashes.
    path("contacts/@<path:member_id>", MemberWritingView.as_view(), name="api-member"),
    path("contacts/<str:contact_id>", ContactWritingView.as_view(), name="api-contact"),
    path("contacts/<str:contact_id>/block", BlockView.as_view(), name="api-contact-block"),
    path("contacts/<str:contact_id>/touch", TouchView.as_view(), name="api-contact-touch"),
    path("contacts/<str:contact_id>/retention", RetentionView.as_view(), name="api-contact-retention"),
    path("contacts/<str:contact_id>/merge", MergeView.as_view(), name="api-contact-merge"),
    path("merges", MergesView.as_view(), name="api-merges"),
    path("merges/<str:merge_id>", MergeReadView.as_view(), name="api-merge"),
    path("merges/<str:merge_id>/undo", MergeUndoView.as_view(), name="api-merge-undo"),
    path("merge-suggestions", SuggestionsView.as_view(), name="api-merge-suggestions"),
    path(
        "merge-suggestions/<str:suggestion_id>/dismiss",
        SuggestionDismissView.as_view(),
        name="api-merge-suggestion-dismiss",
    ),
    path("actions", ActionsView.as_view(), name="api-actions"),
    path("actions/<str:name>", ActionView.as_view(), name="api-action"),
    path("imports", ImportsView.as_view(), name="api-imports"),
    path("imports/<str:import_id>", ImportView.as_view(), name="api-import"),
    path("imports/<str:import_id>/run", ImportRunView.as_view(), name="api-import-run"),
    path("imports/<str:import_id>/rejected.csv", ImportRejectedView.as_view(), name="api-import-rejected"),
    path("imports/<str:import_id>/undo", ImportUndoView.as_view(), name="api-import-undo"),
    path("filters/validate", FilterCheckView.as_view(), name="api-filters-validate"),
]
