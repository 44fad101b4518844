"""CHAT-10: the form of a routing rule: who it is about, which chats, what is done; JSON as the rule takes it.

The form has a control for each part of ``chats.routing_conditions`` and for each action that comes with the desk. What
another app registered, or what a program put in an order of its own, stays as it is when the rule is saved.
"""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chats.categories import categories_of
from chats.inbox import team_of
from chats.models import RoutingRule
from chats.routing_conditions import DAY_LABELS
from chats.routing_rules import RuleDraft
from chats.teams import teams_of
from contacts.languages import OWN_NAMES
from contacts.models import Channel
from desk.models import Operator, Site
from tags.actions import TagNamesField
from tags.models import Tag

MAX_FILTER = 2_000_000
_PAGE_OPS = [
    ("", _("on any page")),
    ("contains", _("on a page whose address contains")),
    ("startsWith", _("on a page whose address begins with")),
    ("is", _("on the page")),
]
_WHEN = [
    ("", pgettext_lazy("time of day", "at any time")),
    ("inside", _("in these hours")),
    ("outside", _("outside these hours")),
]
# The actions the form has controls for, in the order in which a rule of the form does them: {name: (parameter, field)}.
CONTROLS = {
    "assignTeam": ("team", "team"),
    "assignOperator": ("operator", "operator"),
    "setCategory": ("category", "category"),
    "tagRoom": ("tags", "room_tags"),
    "tagCustomer": ("tags", "tags"),
}
_CHAT_FIELDS = {"channels": "channels", "categories": "categories", "languages": "languages", "page": "page_text"}
_HOUR_FIELDS = {"days": "days", "from": "from_time", "to": "to_time"}


class RuleForm(forms.Form):
    """What a rule says. The rule itself (``chats.routing_rules``) decides what is refused."""

    name = forms.CharField(
        label=_("name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("The chat shows it: “VIP to Minji”."),
    )
    filter = forms.CharField(
        label=_("Filter document"),
        required=False,
        max_length=MAX_FILTER,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("Empty: everybody, also visitors nobody knows."),
    )
    channels = forms.MultipleChoiceField(
        label=_("channels"), required=False, choices=Channel.choices, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.MultipleChoiceField(label=_("categories"), required=False, widget=forms.CheckboxSelectMultiple)
    languages = forms.MultipleChoiceField(label=_("languages"), required=False, widget=forms.CheckboxSelectMultiple)
    page_op = forms.ChoiceField(label=_("page"), required=False, choices=_PAGE_OPS)
    page_text = forms.CharField(
        label=_("address or a part of it"),
        required=False,
        max_length=2_000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "/checkout"}),
    )
    when = forms.ChoiceField(label=pgettext_lazy("time of day", "time"), required=False, choices=_WHEN)
    days = forms.MultipleChoiceField(
        label=pgettext_lazy("of a week", "days"),
        required=False,
        choices=list(DAY_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    from_time = forms.TimeField(
        label=pgettext_lazy("time of day", "from"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    to_time = forms.TimeField(
        label=pgettext_lazy("time of day", "until"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    team = forms.ChoiceField(label=pgettext_lazy("of agents", "team"), required=False)
    operator = forms.ChoiceField(label=_("Agent"), required=False)
    category = forms.ChoiceField(label=_("category"), required=False)
    room_tags = forms.CharField(
        label=_("Room tags"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Refund, Express …")}),
        help_text=_("Separate with commas; at most 8 tags of 20 characters."),
    )
    tags = TagNamesField(label=_("customer tags"), required=False)

    def __init__(self, data: QueryDict | None, *, site: Site, rule: RoutingRule | None = None) -> None:
        self.site = site
        self.kept: list[dict[str, Any]] = list(rule.actions) if rule else []
        super().__init__(data, initial=_initial(rule))
        chosen = self.initial
        categories = category_choices(site, {*chosen.get("categories", []), chosen.get("category", "")})
        self._choose("categories", categories)
        self._choose("category", [("", gettext("leave it as it is")), *categories])
        teams = [(str(team.pk), team.name) for team in teams_of(site)]
        self._choose("team", [("", gettext("no team")), *_with_lost(teams, chosen.get("team", ""))])
        agents = [(str(agent.pk), str(agent)) for agent in team_of(site)]
        self._choose(
            "operator", [("", gettext("nobody in particular")), *_with_lost(agents, chosen.get("operator", ""))]
        )
        others = {code: code for code in chosen.get("languages", []) if code not in OWN_NAMES}
        self._choose("languages", [*OWN_NAMES.items(), *others.items()])

    def _choose(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    def ticked(self) -> list[Tag | str]:
        """The customer tags that are chosen, for the picker: with their colour where they exist."""
        names = [name for name in self["tags"].value() or [] if isinstance(name, str)]
        known = {tag.name: tag for tag in Tag.objects.filter(site=self.site, name__in=names)}
        return [known.get(name, name) for name in names]

    def clean_filter(self) -> Any:
        text = self.cleaned_data["filter"].strip()
        try:
            return json.loads(text) if text else {}
        except (ValueError, RecursionError):
            raise forms.ValidationError(gettext("This is not a JSON document."), code="invalid_json") from None

    def draft(self, *, active: bool = True) -> RuleDraft:
        """The rule as the form says it, after ``is_valid()``."""
        data = self.cleaned_data
        return RuleDraft(data["name"], data["filter"], self._chat(), self._actions(), active)

    def _chat(self) -> dict[str, Any]:
        data = self.cleaned_data
        chat: dict[str, Any] = {
            "channels": data["channels"],
            "categories": data["categories"],
            "languages": data["languages"],
        }
        if data["page_op"]:
            chat["page"] = {"op": data["page_op"], "text": data["page_text"]}
        if data["when"]:
            times = {"from": data["from_time"], "to": data["to_time"]}
            chat["hours"] = {
                **{name: f"{time:%H:%M}" for name, time in times.items() if time is not None},
                **({"days": data["days"]} if data["days"] else {}),
                "outside": data["when"] == "outside",
            }
        return {key: value for key, value in chat.items() if value}

    def _actions(self) -> list[dict[str, Any]]:
        """Those of the rule in their order, as the form says them now; new ones behind them."""
        data = self.cleaned_data
        wanted: dict[str, Any] = {name: data[field] for name, (_key, field) in CONTROLS.items()}
        wanted["tagRoom"] = [part.strip() for part in data["room_tags"].split(",") if part.strip()]
        said = {name: {"action": name, CONTROLS[name][0]: value} for name, value in wanted.items() if value}
        order = [one.get("action", "") for one in self.kept]
        kept = [
            said.pop(name) if name in said else one
            for name, one in zip(order, self.kept, strict=True)
            if name in said or name not in CONTROLS
        ]
        return [*kept, *said.values()]

    def field_at(self, path: str, draft: RuleDraft) -> str | None:
        """The field at which a refusal of the rule stands; None: it is about the whole."""
        head, _dot, rest = path.partition(".")
        if head in ("name", "filter"):
            return head
        if head == "chat":
            name, _dot, below = rest.partition(".")
            name, below = name.partition("[")[0], below.partition("[")[0]
            return _HOUR_FIELDS.get(below, "when") if name == "hours" else _CHAT_FIELDS.get(name)
        if head.startswith("actions[") and head[8:-1].isdecimal():
            at = int(head[8:-1])
            name = draft.actions[at].get("action", "") if at < len(draft.actions) else ""
            return CONTROLS[name][1] if name in CONTROLS else None
        return None


def _initial(rule: RoutingRule | None) -> dict[str, Any]:
    """What the controls say of a rule that is kept."""
    if rule is None:
        return {}
    chat, hours, page = rule.chat, rule.chat.get("hours") or {}, rule.chat.get("page") or {}
    initial: dict[str, Any] = {
        "name": rule.name,
        "filter": json.dumps(rule.filter, ensure_ascii=False, indent=2) if rule.filter else "",
        "channels": chat.get("channels", []),
        "categories": [str(one) for one in chat.get("categories", [])],
        "languages": chat.get("languages", []),
        "page_op": page.get("op", ""),
        "page_text": page.get("text", ""),
        "when": "" if not hours else "outside" if hours.get("outside") else "inside",
        "days": hours.get("days", []),
        "from_time": hours.get("from"),
        # A browser's clock knows no 24:00; until 00:00 means the same.
        "to_time": hours.get("to", "").replace("24:00", "00:00") or None,
    }
    for one in rule.actions:
        if one.get("action") in CONTROLS:
            key, field = CONTROLS[one["action"]]
            value = one.get(key)
            texts = [str(part) for part in value] if isinstance(value, list) else str(value or "")
            initial[field] = ", ".join(texts) if field == "room_tags" else texts
    return initial


def category_choices(site: Site, chosen: set[str]) -> list[tuple[str, str]]:
    """Both levels, those in use; one that is off only where the rule names it."""
    choices = []
    for branch in categories_of(site):
        for category, above in [(branch.top, ""), *((one, f"{branch.top.name} › ") for one in branch.below)]:
            if category.active:
                choices.append((str(category.pk), f"{above}{category.name}"))
            elif str(category.pk) in chosen:
                choices.append((str(category.pk), f"{above}{category.name} ({gettext('switched off')})"))
    return choices


def _with_lost(choices: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    """A choice for what the rule names and is no longer there, so that the form shows what is wrong with it."""
    if not chosen or chosen in dict(choices):
        return choices
    left = Operator.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    return [*choices, (chosen, gettext("%(name)s (no longer there)") % {"name": left or chosen})]
