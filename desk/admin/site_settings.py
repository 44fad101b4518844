"""Settings of the site on show (SITE-1), in two pages: general, and the plugin with its keys and secrets.

Only the site's administrators get here; the rules are in ``desk.site_settings``.
"""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from desk import second_factor_duty, site_settings
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.form_pages import Layout, form_context
from desk.admin.setting_questions import GO_BACK, ask_first
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Site
from desk.models.site import default_junk_values

_GENERAL: Layout = [
    (_("Name"), _("Operators see it in the site switcher, visitors in the messenger."), [("name",)]),
    (
        _("Language and region"),
        _("The time zone decides where days begin; the phone country how a number without a country code is read."),
        [("language", "time_zone"), ("phone_country",)],
    ),
    (
        _("Retention"),
        _(
            "When leads and members are deleted after the last contact. Anonymous visitors always go after 90 days."
            " If more people would go than now, you are shown how many before anything is saved."
        ),
        [("retention_policy",), ("retention_days_lead", "retention_days_member")],
    ),
    (
        _("Sign-in"),
        _("Whoever has no second factor yet is led to set it up before anything else; also who is signed in now."),
        [("requires_second_factor",)],
    ),
    (
        _("Junk values"),
        _("What stands where nothing is known. It is kept as it was told but never joins two people."),
        [("junk_values",)],
    ),
]
_PLUGIN: Layout = [
    (
        _("Web pages"),
        _("Which pages may use the plugin key. Browsers say from which origin a page came; others are refused."),
        [("allowed_origins",)],
    ),
    (
        _("Messenger"),
        _("What the plugin asks a visitor who has left no way to reach them."),
        [("asks_mobile_number",), ("asks_email",), ("asks_name",), ("contact_is_mandatory",)],
    ),
    (
        _("Member hash"),
        _("With a hash made on your server nobody can pretend to be a member by sending a member ID."),
        [("member_hash_mode",)],
    ),
]


class TimeZoneInput(forms.TextInput):
    """A text field that suggests the time zones there are."""

    template_name = "desk/widgets/time_zone.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, {**(attrs or {}), "list": "time-zones", "autocomplete": "off"})
        usual = (zone for zone in zoneinfo.available_timezones() if zone.split("/")[0] in _REGIONS)
        return {**context, "zones": ["UTC", *sorted(usual)]}


_REGIONS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


class GeneralForm(forms.ModelForm):
    """Name, language and region, retention, junk."""

    junk_values = forms.CharField(
        label=_("Values that belong to nobody"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    class Meta:
        model = Site
        fields = [
            "name",
            "language",
            "time_zone",
            "phone_country",
            "retention_policy",
            "retention_days_lead",
            "retention_days_member",
            "requires_second_factor",
            "junk_values",
        ]
        widgets = {"time_zone": TimeZoneInput(), "retention_policy": forms.RadioSelect()}
        help_texts = {
            "phone_country": _("Two letters, for example KR, JP or US."),
            "retention_days_lead": _("Counts only with your own number of days. Empty: leads are never deleted."),
            "retention_days_member": _("Counts only with your own number of days. Empty: members are never deleted."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["junk_values"] = "\n".join(self.instance.junk_values)
        words = gettext("One per line: member IDs, phones and e-mails, in any spelling. A new site has: %(list)s")
        self.fields["junk_values"].help_text = words % {"list": ", ".join(default_junk_values())}
        have, people = second_factor_duty.on_team(self.instance)
        told = gettext("%(have)s of %(people)s people of the team have set it up.")
        self.fields["requires_second_factor"].help_text = told % {"have": have, "people": people}

    def clean_junk_values(self) -> list[str]:
        # A program that saves the page without this field does not mean an empty list.
        if self.add_prefix("junk_values") not in self.data:
            return list(self.instance.junk_values)
        return site_settings.parse_junk_values(self.cleaned_data["junk_values"])

    def clean_retention_days_lead(self) -> int | None:
        return self._checked_days("retention_days_lead")

    def clean_retention_days_member(self) -> int | None:
        return self._checked_days("retention_days_member")

    def _checked_days(self, name: str) -> int | None:
        days: int | None = self.cleaned_data[name]
        site_settings.check_retention_days(days)
        return days

    def clean_phone_country(self) -> str:
        return str(self.cleaned_data["phone_country"]).upper()


class PluginForm(forms.ModelForm):
    """Origins, messenger, member hash mode."""

    allowed_origins = forms.CharField(
        label=_("Allowed web origins"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "https://shop.example"}),
        help_text=_("One per line, for example https://shop.example; empty: any page may use the plugin key."),
    )

    class Meta:
        model = Site
        fields = [
            "allowed_origins",
            "asks_mobile_number",
            "asks_email",
            "asks_name",
            "contact_is_mandatory",
            "member_hash_mode",
        ]
        widgets = {"member_hash_mode": forms.RadioSelect()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["allowed_origins"] = "\n".join(self.instance.allowed_origins)

    def clean_allowed_origins(self) -> list[str]:
        return site_settings.parse_origins(self.cleaned_data["allowed_origins"])


def _administered(request: HttpRequest) -> Access:
    access = access_of(request)
    if not access.may("settings.change"):
        raise PermissionDenied
    return access


def _save(request: HttpRequest, form: forms.ModelForm, name: str) -> HttpResponse | None:
    if request.method != "POST" or GO_BACK in request.POST or not form.is_valid():
        return None
    if question := ask_first(request, form):
        return question
    try:
        site_settings.change_settings(access_of(request).site, form.cleaned_data, actor=actor_of(request))
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    toast(request, gettext("The settings are saved."))
    return HttpResponseRedirect(reverse(name))


def general(request: HttpRequest) -> HttpResponse:
    """Name, language and region, retention, junk."""
    site = _administered(request).site
    # A row of its own: a refused form must not show its values in the frame.
    form = GeneralForm(request.POST or None, instance=Site.objects.get(pk=site.pk))
    context = {**desk_site.each_context(request), **form_context(form, _GENERAL), "title": gettext("Site settings")}
    return _save(request, form, "admin:settings") or TemplateResponse(
        request, "desk/settings_general.html", {**context, "site": site}
    )


@never_cache
def plugin(request: HttpRequest) -> HttpResponse:
    """Install snippet, plugin key, origins, messenger, member hash."""
    site = _administered(request).site
    form = PluginForm(request.POST or None, instance=Site.objects.get(pk=site.pk))
    return _save(request, form, "admin:settings_plugin") or TemplateResponse(
        request, "desk/settings_plugin.html", {**_plugin_page(request, site, form), **_keys(site)}
    )


def _plugin_page(request: HttpRequest, site: Site, form: PluginForm | None = None) -> dict[str, Any]:
    shown = form or PluginForm(instance=site)
    return {**desk_site.each_context(request), **form_context(shown, _PLUGIN), "title": gettext("Plugin")}


def _keys(site: Site, secrets: list[str] | None = None) -> dict[str, Any]:
    return {
        "site": site,
        "public_url": settings.PUBLIC_URL,
        "secrets": secrets,
        "has_previous": bool(site.member_hash_secret_previous),
    }


@require_POST
def rotate_plugin_key(request: HttpRequest) -> HttpResponse:
    """Replace the plugin key."""
    site_settings.rotate_plugin_key(_administered(request).site, actor=actor_of(request))
    toast(request, gettext("There is a new plugin key. Put it on your pages now."), level="warning")
    return HttpResponseRedirect(reverse("admin:settings_plugin"))


@never_cache
@require_POST
def show_secrets(request: HttpRequest) -> HttpResponse:
    """The live secrets, as a part of the page for htmx or the page with them; recorded in the audit log."""
    site = _administered(request).site
    secrets = site_settings.show_secrets(site, actor=actor_of(request))
    if getattr(request, "htmx", False):
        return TemplateResponse(request, "desk/member_hash_secrets.html", _keys(site, secrets))
    return TemplateResponse(
        request, "desk/settings_plugin.html", {**_plugin_page(request, site), **_keys(site, secrets)}
    )


@require_POST
def rotate_secret(request: HttpRequest) -> HttpResponse:
    """A new secret beside the one in use."""
    site_settings.rotate_secret(_administered(request).site, actor=actor_of(request))
    toast(request, gettext("There is a new secret. The one before works until you end it."))
    return HttpResponseRedirect(reverse("admin:settings_plugin"))


@require_POST
def drop_secret(request: HttpRequest) -> HttpResponse:
    """End the previous secret."""
    site_settings.drop_previous_secret(_administered(request).site, actor=actor_of(request))
    toast(request, gettext("The previous secret no longer works."))
    return HttpResponseRedirect(reverse("admin:settings_plugin"))


desk_site.add_page("settings/", general, "settings")
desk_site.add_page("settings/plugin/", plugin, "settings_plugin")
desk_site.add_page("settings/plugin/key/", rotate_plugin_key, "rotate_plugin_key")
desk_site.add_page("settings/plugin/secrets/", show_secrets, "show_secrets")
desk_site.add_page("settings/plugin/secrets/new/", rotate_secret, "rotate_secret")
desk_site.add_page("settings/plugin/secrets/end/", drop_secret, "drop_secret")
