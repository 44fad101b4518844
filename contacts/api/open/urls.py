"""Addresses of the open API that contacts serve; ``config.api`` mounts them below /api/v1/."""

from django.urls import URLPattern, path

from contacts.api.open.merge_views import (
    MergeReadView,
    MergesView,
    MergeUndoView,
    MergeView,
    SuggestionDismissView,
    SuggestionsView,
)
from contacts.api.open.views import ContactSearchView, ContactsView, ContactView, FilterCheckView, MemberView

urlpatterns: list[URLPattern] = [
    path("contacts", ContactsView.as_view(), name="api-contacts"),
    path("contacts/search", ContactSearchView.as_view(), name="api-contacts-search"),
    # A memberId may hold slashes.
    path("contacts/@<path:member_id>", MemberView.as_view(), name="api-member"),
    path("contacts/<str:contact_id>", ContactView.as_view(), name="api-contact"),
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
    path("filters/validate", FilterCheckView.as_view(), name="api-filters-validate"),
]
