"""The admin site that is the desk. Every admin registers here explicitly."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect

from desk import sign_ins
from desk.admin import client_address, operator_of
from desk.admin.navigation import shown_sections
from desk.admin.sign_in import SignInView

View = Callable[..., HttpResponseBase]

# Django's own pages that an operator without a site still needs.
_WITHOUT_SITE = {"logout", "password_change", "password_change_done", "i18n_javascript"}


@dataclass(frozen=True, slots=True)
class _Page:
    route: str
    view: View
    name: str
    needs_site: bool
    public: bool


class DeskSite(admin.AdminSite):
    """Django's admin with our frame around it."""

    site_header = "Dangol"
    site_title = "Dangol"
    site_url = None
    enable_nav_sidebar = False
    final_catch_all_view = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._pages: list[_Page] = []

    def add_page(self, route: str, view: View, name: str, *, needs_site: bool = True, public: bool = False) -> None:
        """Mount a page that belongs to no model at ``/desk/<route>`` as ``admin:<name>``.

        It is reached signed in only, unless ``public``; without a site only when it needs none.
        """
        self._pages.append(_Page(route, view, name, needs_site, public))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        pages: list[Any] = [
            path(page.route, csrf_protect(page.view) if page.public else self._wrap(page), name=page.name)
            for page in self._pages
        ]
        # view_on_site would answer for any object of any site by its number (SITE-2).
        stock = [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]
        return pages + stock

    def _wrap(self, page: _Page) -> View:
        return self.admin_view(page.view) if page.needs_site else super().admin_view(page.view)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]
        """Django's check that somebody is signed in, and ours that there is a site to show."""
        inner = super().admin_view(view, cacheable)
        owner = getattr(view, "__self__", None)
        if getattr(view, "__name__", "") in _WITHOUT_SITE or not getattr(owner, "needs_site", True):
            return inner

        def with_site(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if self.has_permission(request) and not getattr(request, "access", None):
                context = {**self.each_context(request), "title": _("No site yet")}
                return TemplateResponse(request, "desk/no_site.html", context, status=403)
            return inner(request, *args, **kwargs)

        return update_wrapper(with_site, view)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_authenticated)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        """As Django's, by our view: it is the first of two steps for whoever has a second factor."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        context = {**self.each_context(request), "app_path": request.get_full_path()}
        if not {"next"} & {*request.GET, *request.POST}:
            context["next"] = reverse("admin:index")
        return SignInView.as_view(extra_context={**context, **(extra_context or {})})(request)

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Django's, with an entry in the audit log."""
        with transaction.atomic():
            response = super().password_change(request, extra_context)
            if request.method == "POST" and response.status_code == 302:
                operator, address = operator_of(request), client_address(request)
                sign_ins.note(sign_ins.PASSWORD_CHANGED, operator, address=address)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        """The first line of the sidebar is where the work begins."""
        for section in shown_sections(request):
            for entry in section.entries:
                return HttpResponseRedirect(entry.url)
        return HttpResponseRedirect(reverse("admin:profile"))

    def app_index(  # type: ignore[override]
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Apps are a matter of code; operators go by the sidebar."""
        return HttpResponseRedirect(reverse("admin:index"))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page gets, without Django's list of apps, which the frame does not show."""
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "has_permission": self.has_permission(request),
            "available_apps": [],
            "is_popup": False,
        }


desk_site = DeskSite(name="admin")
