"""Settings → Chats, first page: who gets a chat by itself (CHAT-10), the tab of the panel that is open first (CHAT-5),
and where the rest is set.
"""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, framed, sent, written
from chats.chat_settings import MOST, set_distribution, settings_of
from chats.models import Distribution, FirstTab, WhenAway
from chats.panel_tabs import set_first_tab
from desk.admin import actor_of
from desk.admin.audit_words import audit_words
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast

_LAYOUT: Layout = [
    (
        _("Distribution"),
        _("Who gets a new chat that no routing rule has given to somebody. Only who is available is given chats."),
        [("distribution",), ("most_open_chats",)],
    ),
    (
        _("When an agent is away"),
        _("Agents set themselves away in their menu at the foot of the sidebar; who signs out is away too."),
        [("when_away",)],
    ),
    (
        _("Panel beside the conversation"),
        _("Which tab is open until an operator chooses another one. What somebody chose stays theirs."),
        [("first_tab",)],
    ),
]


class ChatSettingsForm(forms.Form):
    """How chats are given out, and the first tab."""

    distribution = forms.TypedChoiceField(label=_("New chats"), choices=Distribution.choices, widget=forms.RadioSelect)
    most_open_chats = forms.IntegerField(
        label=_("open chats at most"),
        required=False,
        min_value=1,
        max_value=MOST,
        help_text=_("The desk gives nobody more than these at a time; what is too many waits. Empty: no limit."),
    )
    when_away = forms.TypedChoiceField(
        label=_("their open chats"),
        choices=WhenAway.choices,
        widget=forms.RadioSelect,
        help_text=_("Chats on hold are never handed over."),
    )
    first_tab = forms.ChoiceField(label=_("first tab"), choices=FirstTab.choices, widget=forms.RadioSelect)


def show_settings(request: HttpRequest) -> HttpResponse:
    """The form, and links to what is set elsewhere."""
    site = administered(request).site
    now = settings_of(site)
    form = ChatSettingsForm(sent(request), initial={name: getattr(now, name) for name in ChatSettingsForm.base_fields})

    def write() -> None:
        told, actor = dict(form.cleaned_data), actor_of(request)
        first_tab = told.pop("first_tab")
        set_distribution(site, **told, actor=actor)
        set_first_tab(site, first_tab, actor=actor)

    if written(request, form, write):
        toast(request, gettext("The settings are saved."))
        return HttpResponseRedirect(reverse("admin:chat_settings"))
    context = framed(request, gettext("Chats"), "admin:chat_settings", **form_context(form, _LAYOUT))
    return TemplateResponse(request, "chats/settings/general.html", context)


for _action, _words in {
    "chat.assign": _("Chat: agent changed"),
    "chat.team": _("Chat: team changed"),
    "chat.state": _("Chat: state changed"),
    "chat.close": _("Chat: closed"),
    "chat.reopen": _("Chat: opened again"),
    "chat.category": _("Chat: category changed"),
    "chatsettings.change": _("Settings of chats changed"),
}.items():
    audit_words.register(_action, _words)
chat_settings_tabs.register("general", SettingsTab(_("General"), "admin:chat_settings", 10))
desk_site.add_page("settings/chats/", show_settings, "chat_settings")
