"""Addresses of the plugin API, below /api/plugin/v1/. Upper apps add theirs in ``config.api``."""

from django.urls import URLPattern, path

from contacts.api.plugin import views

urlpatterns: list[URLPattern] = [
    path("boot", views.BootView.as_view(), name="plugin-boot"),
    path("shutdown", views.ShutdownView.as_view(), name="plugin-shutdown"),
    path("me", views.MeView.as_view(), name="plugin-me"),
    path("me/contact", views.MyContactView.as_view(), name="plugin-me-contact"),
    path("events", views.EventsView.as_view(), name="plugin-events"),
]
