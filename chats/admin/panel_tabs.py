"""Settings → Chats → Panel tabs (CHAT-5): the company's own pages beside the conversation and their order."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, found, framed, sent, written
from chats.models import PanelTab
from chats.panel_tabs import MAX_TABS, add_tab, change_tab, delete_tab, move_tab, tabs_of
from desk.admin import actor_of
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast

_LIST = "admin:chat_panel_tabs"
_LAYOUT: Layout = [
    (
        _("Tab"),
        _(
            "A page of your own, shown beside every conversation. It runs in a closed frame: it sees nothing of the "
            "desk, and the desk tells it nothing."
        ),
        [("name",), ("url",)],
    )
]


class PanelTabForm(forms.Form):
    """Name and address."""

    name = forms.CharField(
        label=_("name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=_("At most 20 characters."),
    )
    # No URLField: its rules know no names within a company.
    url = forms.CharField(
        label=_("address"),
        max_length=2_000,
        widget=forms.URLInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "https://orders.example/"}
        ),
        help_text=_("It begins with https://, and the page has to allow being shown in a frame."),
    )


def show_tabs(request: HttpRequest) -> HttpResponse:
    """All in their order."""
    tabs = tabs_of(administered(request).site)
    context = framed(request, gettext("Panel tabs"), _LIST, panel_tabs=tabs, full=len(tabs) >= MAX_TABS)
    return TemplateResponse(request, "chats/settings/panel_tabs.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new tab."""
    site, form = administered(request).site, PanelTabForm(sent(request))

    def write() -> None:
        tab = add_tab(site, **form.cleaned_data, actor=actor_of(request))
        toast(request, gettext("Tab “%(name)s” added.") % {"name": tab.name})

    if written(request, form, write):
        return _back()
    return _form(request, form, gettext("New tab"), submit_label=gettext("Create"))


def change(request: HttpRequest, tab_id: int) -> HttpResponse:
    """Another name or address."""
    tab = _tab(request, tab_id)
    form = PanelTabForm(sent(request), initial={"name": tab.name, "url": tab.url})
    if written(request, form, lambda: change_tab(tab, **form.cleaned_data, actor=actor_of(request))):
        toast(request, gettext("Tab “%(name)s” saved.") % {"name": tab.name})
        return _back()
    return _form(request, form, tab.name, delete_url=reverse("admin:chat_panel_tab_delete", args=[tab.pk]))


@require_POST
def move(request: HttpRequest, tab_id: int) -> HttpResponseBase:
    """One place up or down."""
    move_tab(_tab(request, tab_id), up=request.POST.get("to") != "down", actor=actor_of(request))
    return _back()


def delete(request: HttpRequest, tab_id: int) -> HttpResponse:
    """Ask, then do it."""
    tab = _tab(request, tab_id)
    if request.method == "POST":
        if delete_tab(tab, actor=actor_of(request)):
            toast(request, gettext("Tab “%(name)s” deleted.") % {"name": tab.name})
        return _back()
    context = framed(request, gettext("Delete"), panel_tab=tab)
    return TemplateResponse(request, "chats/settings/panel_tab_delete.html", context)


def _tab(request: HttpRequest, tab_id: int) -> PanelTab:
    return found(PanelTab.objects.select_related("site").filter(site=administered(request).site), tab_id)


def _form(request: HttpRequest, form: forms.Form, title: str, **more: Any) -> HttpResponse:
    above = {"above_url": reverse(_LIST), "above_label": gettext("Panel tabs"), "cancel_url": reverse(_LIST)}
    context = framed(request, title, **form_context(form, _LAYOUT, **above, **more))
    return TemplateResponse(request, "chats/settings/form.html", context)


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(_LIST))


chat_settings_tabs.register("panelTabs", SettingsTab(_("Panel tabs"), _LIST, 50))
desk_site.add_page("settings/chats/tabs/", show_tabs, "chat_panel_tabs")
desk_site.add_page("settings/chats/tabs/new/", add, "chat_panel_tab_add")
desk_site.add_page("settings/chats/tabs/<int:tab_id>/", change, "chat_panel_tab_change")
desk_site.add_page("settings/chats/tabs/<int:tab_id>/move/", move, "chat_panel_tab_move")
desk_site.add_page("settings/chats/tabs/<int:tab_id>/delete/", delete, "chat_panel_tab_delete")
