"""Webhooks of the site on show (API-3): make, change, pause, test, see what was delivered. Rules: ``desk.webhooks``."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from desk import webhooks
from desk.admin import access_of, actor_of
from desk.admin.audit_words import audit_words
from desk.admin.form_pages import Layout, form_context
from desk.admin.ruled import RuledAdmin
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.admin.webhook_words import STATE_LOOKS, event_words, host_of, show_deliveries, told_error
from desk.models import Webhook, WebhookDelivery

audit_words.register("webhook.replaceSecret", _("Webhook: secret replaced"))
audit_words.register("webhook.switchOff", _("Webhook: switched off after failures"))

_LAYOUT: Layout = [
    (
        _("Address"),
        _("A program of yours that takes HTTPS calls. The desk sends it a signed message whenever something happens."),
        [("name",), ("url",)],
    ),
    (_("Events"), _("What it hears of. docs/bridges.md says what stands in each message."), [("events",)]),
]


class WebhookForm(forms.Form):
    """A webhook as its rule takes it; what the rule refuses stands at its field."""

    name = forms.CharField(label=_("Name"), max_length=webhooks.MAX_NAME)
    url = forms.CharField(
        label=_("Address"),
        max_length=1000,
        help_text=_("It begins with https://."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    events = forms.MultipleChoiceField(label=_("Events"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["events"]
        field.choices = [(name, webhooks.webhook_events.get(name)) for name in webhooks.webhook_events.names()]


@admin.register(Webhook, site=desk_site)
class WebhookAdmin(RuledAdmin):
    """List, make, change, switch, test, delete."""

    view_permission = "settings.change"
    add_permission = "settings.change"
    change_permission = "settings.change"
    delete_permission = "settings.change"

    list_display = ["name", "host", "events_words", "state_badge", "last"]
    change_list_template = "desk/webhooks.html"
    delete_template = "desk/webhook_delete.html"
    refusals = (webhooks.WebhookRefused,)

    # --- the list ---

    @admin.display(description=_("address"))
    def host(self, webhook: Webhook) -> str:
        return host_of(webhook)

    @admin.display(description=_("events"))
    def events_words(self, webhook: Webhook) -> str:
        return ", ".join(event_words(name) for name in webhook.events)

    @admin.display(description=_("state"))
    def state_badge(self, webhook: Webhook) -> SafeString:
        look = STATE_LOOKS[webhook.state]
        return format_html('<span class="badge {}">{}</span>', f"badge-{look}" if look else "", webhook.state.label)

    @admin.display(description=_("last delivery"), ordering="last_at")
    def last(self, webhook: Webhook) -> SafeString:
        if webhook.last_at is None:
            return format_html("{}", self.empty_value_display)
        shown = formats.date_format(timezone.localtime(webhook.last_at), "SHORT_DATETIME_FORMAT")
        if not webhook.last_error:
            return format_html("{}", shown)
        why = told_error(webhook, webhook.last_error, webhook.last_status)
        return format_html('{} <span class="secondary" title="{}">{}</span>', shown, why, why)

    # --- pages ---

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "switch": self.switch_view,
            "secret": self.secret_view,
            "test": self.test_view,
            "deliveries": self.deliveries_view,
        }
        own = [
            path(f"<int:object_id>/{name}/", self.admin_site.admin_view(view), name=f"desk_webhook_{name}")
            for name, view in pages.items()
        ]
        again = self.admin_site.admin_view(self.again_view)
        route = "<int:object_id>/deliveries/<int:delivery_id>/again/"
        return [*own, path(route, again, name="desk_webhook_again"), *super().get_urls()]

    @method_decorator(never_cache)
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make one; the answer to this very request is the only one that shows the secret."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = WebhookForm(request.POST or None, initial={"events": webhooks.webhook_events.names()[:1]})
        if request.method == "POST" and form.is_valid():
            try:
                made = webhooks.create_webhook(access_of(request).site, **form.cleaned_data, actor=actor_of(request))
            except webhooks.WebhookRefused as refused:
                form.add_error(refused.path or None, refused.message)
            else:
                return self._secret_page(request, made.webhook, made.secret)
        return self._form_page(request, form, gettext("New webhook"), submit_label=gettext("Create"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Its form, how it is doing, and what was delivered lately."""
        webhook = self._found(request, object_id)
        kept = {"name": webhook.name, "url": webhook.url, "events": webhook.events}
        form = WebhookForm(request.POST or None, initial=kept)
        if request.method == "POST" and form.is_valid():
            try:
                webhooks.change_webhook(webhook, **form.cleaned_data, actor=actor_of(request), now=timezone.now())
            except webhooks.WebhookRefused as refused:
                form.add_error(refused.path or None, refused.message)
            else:
                toast(request, gettext("%(name)s is saved.") % {"name": webhook.name})
                return HttpResponseRedirect(self._url(webhook))
        shown = self._found(request, object_id)
        return self._form_page(
            request,
            form,
            shown.name,
            template="desk/webhook.html",
            webhook=shown,
            look=STATE_LOOKS[shown.state],
            why=told_error(shown, shown.last_error, shown.last_status) if shown.last_error else "",
            **show_deliveries(shown, now=timezone.now()),
        )

    def deliveries_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The list of deliveries alone: the page asks for it again while something is on its way."""
        webhook = self._found(request, str(object_id))
        context = {"webhook": webhook, **show_deliveries(webhook, now=timezone.now())}
        return TemplateResponse(request, "desk/webhook_deliveries.html", context)

    # --- deeds ---

    def switch_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Pause it, or switch it on (again)."""
        webhook = self._posted(request, object_id)
        active = request.POST.get("active") == "1"
        webhooks.change_webhook(webhook, active=active, actor=actor_of(request), now=timezone.now())
        words = gettext("%(name)s is switched on.") if active else gettext("%(name)s is paused.")
        toast(request, words % {"name": webhook.name})
        return HttpResponseRedirect(self._url(webhook))

    @method_decorator(never_cache)
    def secret_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A new secret, shown in this very answer."""
        webhook = self._posted(request, object_id)
        return self._secret_page(request, webhook, webhooks.replace_secret(webhook, actor=actor_of(request)))

    def test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send a test; how it goes is seen in the list of deliveries."""
        webhook = self._posted(request, object_id)
        try:
            webhooks.send_test(webhook, now=timezone.now())
        except webhooks.WebhookRefused as refused:
            toast(request, refused.message, level="error")
        else:
            toast(request, gettext("A test is on its way."), level="info")
        return HttpResponseRedirect(self._url(webhook) + "#deliveries")

    def again_view(self, request: HttpRequest, object_id: int, delivery_id: int) -> HttpResponse:
        """Send one delivery once more."""
        webhook = self._posted(request, object_id)
        delivery = WebhookDelivery.objects.select_related("webhook").filter(webhook=webhook, pk=delivery_id).first()
        if delivery is None:
            raise Http404
        try:
            webhooks.send_again(delivery, now=timezone.now())
        except webhooks.WebhookRefused as refused:
            toast(request, refused.message, level="error")
        else:
            toast(request, gettext("It is on its way again."), level="info")
        return HttpResponseRedirect(self._url(webhook) + "#deliveries")

    def delete_by_rule(self, request: HttpRequest, obj: Any) -> str:
        name = obj.name
        webhooks.delete_webhook(obj, actor=actor_of(request))
        return gettext("%(name)s is deleted.") % {"name": name}

    # --- parts ---

    def _found(self, request: HttpRequest, object_id: str) -> Webhook:
        if not self.has_change_permission(request):
            raise PermissionDenied
        webhook: Webhook | None = self.get_object(request, object_id)
        if webhook is None:
            raise Http404
        return webhook

    def _posted(self, request: HttpRequest, object_id: int) -> Webhook:
        webhook = self._found(request, str(object_id))
        if request.method != "POST":
            raise Http404
        return webhook

    def _url(self, webhook: Webhook) -> str:
        return reverse("admin:desk_webhook_change", args=[webhook.pk])

    def _secret_page(self, request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
        context = self.page_context(request, webhook.name, webhook=webhook, secret=secret)
        return TemplateResponse(request, "desk/webhook_secret.html", context)

    def _form_page(
        self, request: HttpRequest, form: forms.Form, title: str, *, template: str = "desk/form_page.html", **more: Any
    ) -> HttpResponse:
        above = {"above_url": self.list_url(), "above_label": gettext("Webhooks"), "cancel_url": self.list_url()}
        context = self.page_context(request, title, **form_context(form, _LAYOUT), **above, **more)
        return TemplateResponse(request, template, context)
