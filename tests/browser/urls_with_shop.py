"""The addresses of a desk that was started with ``DEMO``: the setting is read before any test could change it."""

from django.urls import URLPattern, URLResolver, include, path

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as without_shop

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("shop/", include("config.demo.shop.urls")),
    *(route for route in without_shop if str(route.pattern) != "shop/"),
]
