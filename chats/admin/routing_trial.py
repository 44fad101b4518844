"""CHAT-10: the test box: which rule would fire if this customer opened such a chat now, and why. Nothing is written."""

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from chats.admin.people import MAX_SEARCH, chosen, people, person_line
from chats.admin.routing_form import category_choices
from chats.admin.routing_words import deeds_of, otherwise
from chats.admin.settings_frame import administered, framed
from chats.models import Category
from chats.routing import RuleVerdict, why
from chats.routing_actions import names_for
from chats.routing_conditions import ChatFacts
from contacts.languages import OWN_NAMES, name_of_language
from contacts.models import Channel, Contact
from contacts.time_limit import TookTooLong
from desk.access import Access
from desk.admin import actor_of
from desk.admin.site import desk_site
from desk.disclosing import saw
from desk.models import Site

MAX_FOUND = 10


class TrialForm(forms.Form):
    """The chat that somebody would open."""

    channel = forms.ChoiceField(label=_("channel"), choices=Channel.choices, initial=Channel.WEB)
    page = forms.CharField(
        label=_("page"),
        required=False,
        max_length=1_000,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "https://shop.example/checkout"}
        ),
    )
    category = forms.ChoiceField(label=_("category"), required=False)
    language = forms.ChoiceField(label=_("language"), required=False)
    at = forms.DateTimeField(
        label=_("time"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, site: Site, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["category"].choices = [("", gettext("none yet")), *category_choices(site, set())]
        own = contact.language
        fields["language"].choices = [
            ("", gettext("the customer’s: %(language)s") % {"language": name_of_language(own) or gettext("unknown")}),
            *OWN_NAMES.items(),
        ]

    def facts(self, contact: Contact) -> ChatFacts:
        """What the rules ask about, after ``is_valid()``."""
        data = self.cleaned_data
        above = Category.objects.filter(pk=data["category"]).values_list("pk", "parent_id") if data["category"] else ()
        categories = tuple(pk for pair in above for pk in pair if pk)
        return ChatFacts(data["channel"], data["page"], data["language"] or contact.language, categories)


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A rule and what came of it. ``mark``: fires, passed (it holds, and an earlier one fired), off, broken or no."""

    verdict: RuleVerdict
    mark: str
    deeds: list[str]
    url: str


@require_GET
def try_out(request: HttpRequest) -> HttpResponse:
    """Whom, then what chat, and beside it the rules with their verdicts."""
    access = administered(request)
    site, query = access.site, request.GET.get("q", "").strip()[:MAX_SEARCH]
    contact = chosen(access, request.GET.get("contact", ""))
    context: dict[str, Any] = {"query": query, "max_search": MAX_SEARCH}
    if query or contact is None:
        context |= _found(access, query)
    if contact is not None:
        saw(access, contact, actor=actor_of(request))
        asked = request.GET if "channel" in request.GET else {"channel": Channel.WEB}
        form = TrialForm(asked, site=site, contact=contact)
        context |= {"form": form, "person": person_line(access, contact), **_answer(access, contact, form)}
    page = framed(request, gettext("Try routing out"), "admin:chat_routing", **context)
    return TemplateResponse(request, "chats/settings/routing_trial.html", page)


def _found(access: Access, query: str) -> dict[str, Any]:
    try:
        return {"people": people(access, query, most=MAX_FOUND)}
    except TookTooLong:
        return {"people": [], "slow": True}


def _answer(access: Access, contact: Contact, form: TrialForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"refused": True}
    now = _moment(form.cleaned_data["at"], access.site)
    try:
        verdicts = why(access.site, contact, form.facts(contact), now=now, sees_personal_data=access.sees_personal_data)
    except TookTooLong:
        return {"slow": True}
    except Contact.DoesNotExist:  # deleted or merged this moment
        return {"gone": True}
    names = names_for([one.rule.actions for one in verdicts])
    shown = [
        ShownVerdict(
            verdict=one,
            mark=_mark(one),
            deeds=[str(capfirst(deed)) for deed in deeds_of(one.rule, names)],
            url=reverse("admin:chat_routing_change", args=[one.rule.pk]),
        )
        for one in verdicts
    ]
    fires = next((one for one in shown if one.mark == "fires"), None)
    return {"verdicts": shown, "fires": fires, "otherwise": otherwise(access.site)}


def _moment(said: datetime.datetime | None, site: Site) -> datetime.datetime:
    """What was typed is the time at the site, whatever the desk's own is."""
    if said is None:
        return timezone.now()
    return timezone.make_naive(said).replace(tzinfo=site.zone) if timezone.is_aware(said) else said


def _mark(verdict: RuleVerdict) -> str:
    if verdict.broken:
        return "broken"
    if verdict.fires:
        return "fires"
    if not verdict.rule.active:
        return "off"
    return "passed" if verdict.holds else "no"


desk_site.add_page("settings/chats/routing/test/", try_out, "chat_routing_test")
