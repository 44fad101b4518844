"""Sites as a whole: the list behind the switcher, and making a new one (the installation's administrator only)."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from desk.access import visible_sites
from desk.admin import actor_of, operator_of
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.site_settings import TimeZoneInput
from desk.admin.toasts import toast
from desk.middleware import CHOSEN_SITE
from desk.models import Site
from desk.sites import SiteRefused, create_site

_LAYOUT: Layout = [
    (_("Site"), _("One shop, app or service with its own contacts, team and plugin key."), [("name",), ("code",)]),
    (_("Language and region"), "", [("language", "time_zone"), ("phone_country",)]),
    (_("Retention"), _("When leads and members are deleted after the last contact."), [("retention_policy",)]),
]


class SiteForm(forms.ModelForm):
    """What a site needs to begin; the rest has defaults and is set later."""

    class Meta:
        model = Site
        fields = ["name", "code", "language", "time_zone", "phone_country", "retention_policy"]
        widgets = {"time_zone": TimeZoneInput(), "retention_policy": forms.RadioSelect()}


def site_list(request: HttpRequest) -> HttpResponse:
    """Every site the operator may show."""
    context = {
        **desk_site.each_context(request),
        "title": gettext("Your sites"),
        "sites": visible_sites(operator_of(request)),
    }
    return TemplateResponse(request, "desk/site_list.html", context)


def new_site(request: HttpRequest) -> HttpResponse:
    """Make a site and show it."""
    if not operator_of(request).is_superuser:
        raise PermissionDenied
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            site = create_site(**form.cleaned_data, actor=actor_of(request))
        except SiteRefused as refused:
            for field, sentences in refused.problems.items():
                form.add_error(field if field in form.fields else None, sentences)
        else:
            request.session[CHOSEN_SITE] = site.pk
            toast(request, gettext("%(name)s is ready. Put the plugin on its pages.") % {"name": site.name})
            return HttpResponseRedirect(reverse("admin:settings_plugin"))
    context: dict[str, Any] = {**desk_site.each_context(request), **form_context(form, _LAYOUT)}
    more = {"title": gettext("New site"), "submit_label": gettext("Create")}
    return TemplateResponse(request, "desk/form_page.html", {**context, **more, "cancel_url": reverse("admin:index")})


desk_site.add_page("sites/", site_list, "site_list")
desk_site.add_page("sites/new/", new_site, "site_new", needs_site=False)
