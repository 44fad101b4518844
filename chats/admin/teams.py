"""Settings → Chats → Teams (CHAT-10): who works together; add, change, delete with what that means for its chats."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, found, framed, sent, written
from chats.errors import ChatRefused
from chats.models import Chat, Team
from chats.team_overview import overview_of
from chats.teams import change_team, create_team, delete_team, members_of, teams_of, uses_of, workers_of
from desk.admin import actor_of
from desk.admin.audit_words import audit_words
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Operator, Site

_LIST = "admin:chat_teams"


class TeamForm(forms.Form):
    """The name, and who belongs to it."""

    name = forms.CharField(
        label=_("name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=_("At most 40 characters."),
    )
    members = forms.ModelMultipleChoiceField(
        label=pgettext_lazy("of a team", "members"),
        required=False,
        queryset=Operator.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("One may belong to several teams."),
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = workers_of(site)  # type: ignore[attr-defined]
        self.fields["members"].label_from_instance = _who  # type: ignore[attr-defined]


def _who(operator: Operator) -> str:
    """Two of one name are told apart by their address."""
    return f"{operator.name} · {operator.email}" if operator.name else operator.email


def show_teams(request: HttpRequest) -> HttpResponse:
    """The teams by name, with who takes chats now and what waits."""
    site = administered(request).site
    context = framed(request, gettext("Teams"), _LIST, lines=overview_of(site))
    return TemplateResponse(request, "chats/settings/teams.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new team."""
    site, actor = administered(request).site, actor_of(request)
    form = TeamForm(sent(request), site=site)

    def write() -> None:
        made = create_team(site, form.cleaned_data["name"], list(form.cleaned_data["members"]), actor=actor)
        toast(request, gettext("Team “%(name)s” added.") % {"name": made.name})

    if written(request, form, write):
        return _back()
    return _form(request, form, gettext("New team"), submit_label=gettext("Create"))


def change(request: HttpRequest, team_id: int) -> HttpResponse:
    """Another name, other members."""
    team = _team(request, team_id)
    name = team.name
    form = TeamForm(sent(request), site=team.site, initial={"name": name, "members": list(members_of(team))})

    def write() -> None:
        told = form.cleaned_data
        change_team(team, name=told["name"], operators=list(told["members"]), actor=actor_of(request))
        toast(request, gettext("Team “%(name)s” saved.") % {"name": team.name})

    if written(request, form, write):
        return _back()
    return _form(request, form, name, delete_url=reverse("admin:chat_team_delete", args=[team.pk]))


def delete(request: HttpRequest, team_id: int) -> HttpResponse:
    """Asks first, with the chats that lose it; what names the team has to be changed before."""
    team = _team(request, team_id)
    if request.method == "POST":
        try:
            delete_team(team, actor=actor_of(request))
        except ChatRefused as refused:
            toast(request, refused.message, level="error")
        else:
            toast(request, gettext("Team “%(name)s” deleted.") % {"name": team.name})
        return _back()
    chats = Chat.objects.filter(site=team.site, team=team, closed_at=None).count()
    uses = [(use, reverse(use.page, args=[use.id]) if use.page else "") for use in uses_of(team)]
    context = framed(request, gettext("Delete team"), team=team, chats=chats, uses=uses)
    return TemplateResponse(request, "chats/settings/team_delete.html", context)


def _team(request: HttpRequest, team_id: int) -> Team:
    return found(teams_of(administered(request).site).select_related("site"), team_id)


def _form(request: HttpRequest, form: forms.Form, title: str, **more: Any) -> HttpResponse:
    text = _(
        "Chats are given to a team by hand or by a routing rule; whoever of it is free takes them. Its members see "
        "them in the inbox under “Team”, and hand chats over to one another."
    )
    layout: Layout = [(_("Team"), text, [("name",), ("members",)])]
    above = {"above_url": reverse(_LIST), "above_label": gettext("Teams"), "cancel_url": reverse(_LIST)}
    context = framed(request, title, **form_context(form, layout, **above, **more))
    return TemplateResponse(request, "chats/settings/form.html", context)


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(_LIST))


for _action, _words in {
    "team.create": _("Team of agents added"),
    "team.change": _("Team of agents changed"),
    "team.delete": _("Team of agents deleted"),
    "team.leave": _("Somebody left a team of agents"),
}.items():
    audit_words.register(_action, _words)
chat_settings_tabs.register("teams", SettingsTab(_("Teams"), _LIST, 15))
desk_site.add_page("settings/chats/teams/", show_teams, "chat_teams")
desk_site.add_page("settings/chats/teams/new/", add, "chat_team_add")
desk_site.add_page("settings/chats/teams/<int:team_id>/", change, "chat_team_change")
desk_site.add_page("settings/chats/teams/<int:team_id>/delete/", delete, "chat_team_delete")
