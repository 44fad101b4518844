"""Settings → Chats → Lookups (LOOK-1, LOOK-2): list, editor, key. Rules: ``chats.lookups.settings``."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from chats.admin.lookup_forms import LookupEditor, blank
from chats.admin.lookup_words import host_of, runs_words, show_call
from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, found, framed, sent
from chats.lookups import settings as lookups
from chats.lookups.settings import LookupRefused
from chats.models import LookupApi, LookupCall
from desk.admin import actor_of
from desk.admin.audit_words import audit_words
from desk.admin.site import desk_site
from desk.admin.toasts import toast

LIST = "admin:chat_lookups"


def show_lookups(request: HttpRequest) -> HttpResponse:
    """All in their order, each with when it runs and how its last call ended."""
    site = administered(request).site
    apis = lookups.apis_of(site)
    latest = LookupCall.objects.filter(api=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    last = LookupApi.objects.filter(site=site).annotate(last=Subquery(latest)).values("last")
    calls = {call.api_id: call for call in LookupCall.objects.filter(site=site, pk__in=last)}
    rows = [
        {
            "api": api,
            "host": host_of(api),
            "runs": runs_words(api),
            "last": show_call(api, calls[api.pk]) if api.pk in calls else None,
        }
        for api in apis
    ]
    full = len(apis) >= lookups.MAX_APIS
    context = framed(request, gettext("Lookups"), LIST, lookups=rows, full=full, most=lookups.MAX_APIS)
    return TemplateResponse(request, "chats/settings/lookups.html", context)


@never_cache
def add(request: HttpRequest) -> HttpResponse:
    """Make one; the answer shows its key."""
    site = administered(request).site
    editor = LookupEditor(site, blank(), sent(request))
    if editor.is_valid():
        try:
            made = lookups.create_api(site, editor.draft(), actor=actor_of(request), now=timezone.now())
        except LookupRefused as refused:
            editor.refuse(refused)
        else:
            if made.api.signed:
                return _key_page(request, made.api, made.secret, created=True)
            toast(request, gettext("Lookup “%(name)s” added.") % {"name": made.api.name})
            return HttpResponseRedirect(reverse("admin:chat_lookup_try", args=[made.api.pk]))
    return _editor_page(request, editor, gettext("New lookup"))


def change(request: HttpRequest, api_id: int) -> HttpResponse:
    """Its setting."""
    api = api_of(request, api_id)
    editor = LookupEditor(api.site, lookups.draft_of(api), sent(request))
    title = api.name
    if editor.is_valid():
        try:
            lookups.change_api(api, editor.draft(), actor=actor_of(request), now=timezone.now())
        except LookupRefused as refused:
            editor.refuse(refused)
        else:
            toast(request, gettext("Lookup “%(name)s” saved.") % {"name": api.name})
            return HttpResponseRedirect(reverse("admin:chat_lookup_change", args=[api.pk]))
    return _editor_page(request, editor, title, api=api)


@require_POST
def switch(request: HttpRequest, api_id: int) -> HttpResponseBase:
    """On or off: the button names the state it leads to."""
    api, on = api_of(request, api_id), request.POST.get("on") == "1"
    if lookups.switch(api, on, actor=actor_of(request), now=timezone.now()):
        words = gettext("“%(name)s” is in use again.") if on else gettext("“%(name)s” is switched off.")
        toast(request, words % {"name": api.name})
    return HttpResponseRedirect(reverse("admin:chat_lookup_change", args=[api.pk]))


@require_POST
def move(request: HttpRequest, api_id: int) -> HttpResponseBase:
    """One place up or down."""
    lookups.move(api_of(request, api_id), up=request.POST.get("to") != "down", actor=actor_of(request))
    return HttpResponseRedirect(reverse(LIST))


def delete(request: HttpRequest, api_id: int) -> HttpResponse:
    """Ask, then do it."""
    api = api_of(request, api_id)
    if request.method == "POST":
        if lookups.delete_api(api, actor=actor_of(request)):
            toast(request, gettext("Lookup “%(name)s” deleted.") % {"name": api.name})
        return HttpResponseRedirect(reverse(LIST))
    return TemplateResponse(request, "chats/settings/lookup_delete.html", framed(request, gettext("Delete"), api=api))


@never_cache
@require_POST
def show_key(request: HttpRequest, api_id: int) -> HttpResponse:
    """The key, as a part of the page for htmx or on a page of its own; recorded in the audit log."""
    api = api_of(request, api_id)
    secret = lookups.show_secret(api, actor=actor_of(request))
    if getattr(request, "htmx", False):
        return TemplateResponse(request, "chats/settings/lookup_key.html", {"api": api, "secret": secret})
    return _key_page(request, api, secret)


@never_cache
@require_POST
def replace_key(request: HttpRequest, api_id: int) -> HttpResponse:
    """A new key, shown in this very answer."""
    api = api_of(request, api_id)
    try:
        secret = lookups.replace_secret(api, actor=actor_of(request))
    except LookupRefused as refused:
        toast(request, refused.message, level="error")
        return HttpResponseRedirect(reverse(LIST))
    return _key_page(request, api, secret, replaced=True)


def api_of(request: HttpRequest, api_id: int) -> LookupApi:
    """The site's lookup of this number, for administrators."""
    rows = LookupApi.objects.select_related("site").filter(site=administered(request).site)
    return found(rows.prefetch_related("query_items", "result_items"), api_id)


def _editor_page(request: HttpRequest, editor: LookupEditor, title: str, **more: Any) -> HttpResponse:
    above = {"above_url": reverse(LIST), "above_label": gettext("Lookups"), "cancel_url": reverse(LIST)}
    context = framed(request, title, form=editor, **above, **more)
    return TemplateResponse(request, "chats/settings/lookup.html", context)


def _key_page(request: HttpRequest, api: LookupApi, secret: str, **more: Any) -> HttpResponse:
    context = framed(request, api.name, api=api, secret=secret, **more)
    return TemplateResponse(request, "chats/settings/lookup_key_new.html", context)


for _action, _words in {
    "lookupapi.switch": _("Lookup switched on or off"),
    "lookupapi.showSecret": _("Lookup: key shown"),
    "lookupapi.replaceSecret": _("Lookup: key replaced"),
}.items():
    audit_words.register(_action, _words)
chat_settings_tabs.register("lookups", SettingsTab(_("Lookups"), LIST, 60))
desk_site.add_page("settings/chats/lookups/", show_lookups, "chat_lookups")
desk_site.add_page("settings/chats/lookups/new/", add, "chat_lookup_add")
desk_site.add_page("settings/chats/lookups/<int:api_id>/", change, "chat_lookup_change")
desk_site.add_page("settings/chats/lookups/<int:api_id>/switch/", switch, "chat_lookup_switch")
desk_site.add_page("settings/chats/lookups/<int:api_id>/move/", move, "chat_lookup_move")
desk_site.add_page("settings/chats/lookups/<int:api_id>/delete/", delete, "chat_lookup_delete")
desk_site.add_page("settings/chats/lookups/<int:api_id>/key/", show_key, "chat_lookup_key")
desk_site.add_page("settings/chats/lookups/<int:api_id>/key/replace/", replace_key, "chat_lookup_replace_key")
