"""Addresses of the open API that contacts serve; ``config.api`` mounts them below /api/v1/."""

from django.urls import URLPattern, path

from contacts.api.open.views import ContactSearchView, ContactsView, ContactView, FilterCheckView, MemberView

urlpatterns: list[URLPattern] = [
    path("contacts", ContactsView.as_view(), name="api-contacts"),
    path("contacts/search", ContactSearchView.as_view(), name="api-contacts-search"),
    # A memberId may hold slashes.
    path("contacts/@<path:member_id>", MemberView.as_view(), name="api-member"),
    path("contacts/<str:contact_id>", ContactView.as_view(), name="api-contact"),
    path("filters/validate", FilterCheckView.as_view(), name="api-filters-validate"),
]
