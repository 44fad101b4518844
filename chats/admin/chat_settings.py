"""Settings → Chats, first page: the tab of the panel that is open first, and where the rest is set (CHAT-5)."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, framed, sent, written
from chats.models import FirstTab
from chats.panel_tabs import first_tab_of, set_first_tab
from desk.admin import actor_of
from desk.admin.audit_words import audit_words
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast

_LAYOUT: Layout = [
    (
        _("Panel beside the conversation"),
        _("Which tab is open until an operator chooses another one. What somebody chose stays theirs."),
        [("first_tab",)],
    )
]


class ChatSettingsForm(forms.Form):
    """The first tab."""

    first_tab = forms.ChoiceField(label=_("first tab"), choices=FirstTab.choices, widget=forms.RadioSelect)


def show_settings(request: HttpRequest) -> HttpResponse:
    """The form, and links to what is set elsewhere."""
    site = administered(request).site
    form = ChatSettingsForm(sent(request), initial={"first_tab": first_tab_of(site)})
    if written(request, form, lambda: set_first_tab(site, form.cleaned_data["first_tab"], actor=actor_of(request))):
        toast(request, gettext("The settings are saved."))
        return HttpResponseRedirect(reverse("admin:chat_settings"))
    context = framed(request, gettext("Chats"), "admin:chat_settings", **form_context(form, _LAYOUT))
    return TemplateResponse(request, "chats/settings/general.html", context)


for _action, _words in {
    "chat.assign": _("Chat: agent changed"),
    "chat.state": _("Chat: state changed"),
    "chat.close": _("Chat: closed"),
    "chat.reopen": _("Chat: opened again"),
    "chat.category": _("Chat: category changed"),
    "chatsettings.change": _("Settings of chats changed"),
}.items():
    audit_words.register(_action, _words)
chat_settings_tabs.register("general", SettingsTab(_("General"), "admin:chat_settings", 10))
desk_site.add_page("settings/chats/", show_settings, "chat_settings")
