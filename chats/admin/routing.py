"""Settings → Chats → Routing (CHAT-10): the rules in their order; add, change, move, switch, delete."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chats.admin.routing_form import CONTROLS, RuleForm
from chats.admin.routing_words import otherwise, show_rules
from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, found, framed, sent
from chats.models import RoutingRule
from chats.routing_actions import routing_actions, told
from chats.routing_errors import RoutingRefused
from chats.routing_rules import MAX_RULES, change_rule, create_rule, delete_rule, move_rule, rules_of, switch_rule
from contacts.admin.value_names import value_names
from contacts.filters.document import parse_filter_text
from contacts.filters.errors import FilterError
from desk.admin import actor_of
from desk.admin.audit_words import audit_words
from desk.admin.site import desk_site
from desk.admin.toasts import toast, toast_now
from desk.models import Site
from tags.names import COLORS

_LIST = "admin:chat_routing"


def show_routing(request: HttpRequest) -> HttpResponse:
    """All in their order, each in words."""
    context = framed(request, gettext("Routing"), _LIST, **_rows(administered(request).site))
    return TemplateResponse(request, "chats/settings/routing.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new rule, behind the others."""
    site, actor, now = administered(request).site, actor_of(request), timezone.now()
    form = RuleForm(sent(request), site=site)
    if request.method == "POST" and form.is_valid():
        draft = form.draft()
        try:
            rule = create_rule(site, draft, actor=actor, now=now)
        except RoutingRefused as refused:
            form.add_error(form.field_at(refused.path, draft), refused.message)
        else:
            toast(request, gettext("Rule “%(name)s” saved. It stands last.") % {"name": rule.name})
            return _back()
    return _form(request, form, site, gettext("New rule"))


def change(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Say something else. Its place and whether it is in use stay."""
    rule = _rule(request, rule_id)
    form = RuleForm(sent(request), site=rule.site, rule=rule)
    if request.method == "POST" and form.is_valid():
        draft = form.draft(active=rule.active)
        try:
            change_rule(rule, draft, actor=actor_of(request), now=timezone.now())
        except RoutingRefused as refused:
            form.add_error(form.field_at(refused.path, draft), refused.message)
        else:
            toast(request, gettext("Rule “%(name)s” saved.") % {"name": draft.name})
            return _back()
    others = [told(one) for one in rule.actions if one["action"] not in CONTROLS and one["action"] in routing_actions]
    return _form(request, form, rule.site, rule.name, rule=rule, others=others)


@require_POST
def move(request: HttpRequest, rule_id: int) -> HttpResponseBase:
    """To ``place``, counted from 1, or one place ``to`` up or down."""
    rule = _rule(request, rule_id)
    wanted = request.POST.get("place", "")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 5:
        place = int(wanted)
    else:
        ids = list(rules_of(rule.site).values_list("pk", flat=True))
        place = ids.index(rule.pk) + (2 if request.POST.get("to") == "down" else 0)
    try:
        move_rule(rule, max(1, place), actor=actor_of(request), now=timezone.now())
    except RoutingRefused as refused:
        return _answer(request, rule.site, refused.message)
    return _answer(request, rule.site)


@require_POST
def switch(request: HttpRequest, rule_id: int) -> HttpResponseBase:
    """In use, or not: what the button says is what is done."""
    rule = _rule(request, rule_id)
    try:
        switch_rule(rule, request.POST.get("on") == "1", actor=actor_of(request), now=timezone.now())
    except RoutingRefused as refused:
        return _answer(request, rule.site, refused.message)
    return _answer(request, rule.site)


def delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Ask, then do it."""
    rule = _rule(request, rule_id)
    if request.method == "POST":
        if delete_rule(rule, actor=actor_of(request)):
            toast(request, gettext("Rule “%(name)s” deleted.") % {"name": rule.name})
        return _back()
    return TemplateResponse(
        request, "chats/settings/routing_delete.html", framed(request, gettext("Delete"), rule=rule)
    )


def _rows(site: Site) -> dict[str, Any]:
    rules = list(rules_of(site))
    return {
        "rows": show_rules(site, rules),
        "full": len(rules) >= MAX_RULES,
        "most": MAX_RULES,
        "otherwise": otherwise(site),
    }


def _answer(request: HttpRequest, site: Site, problem: str = "") -> HttpResponse:
    """The list as it is now, where the page asked for it in place. ``problem``: why nothing was changed."""
    if request.headers.get("HX-Request"):
        rows = TemplateResponse(request, "chats/settings/routing_rows.html", _rows(site))
        if problem:
            toast_now(rows, problem, level="error")
        return rows
    if problem:
        toast(request, problem, level="error")
    return _back()


def _rule(request: HttpRequest, rule_id: int) -> RoutingRule:
    return found(RoutingRule.objects.select_related("site").filter(site=administered(request).site), rule_id)


def _form(request: HttpRequest, form: RuleForm, site: Site, title: str, **more: Any) -> HttpResponse:
    context = framed(
        request,
        title,
        form=form,
        names=_names(site, str(form["filter"].value() or "")),
        tag_colors=COLORS,
        zone_words=gettext("By the clock of the site: %(zone)s.") % {"zone": site.time_zone},
        **more,
    )
    return TemplateResponse(request, "chats/settings/routing_form.html", context)


def _names(site: Site, text: str) -> str:
    """Names of values that are ids, such as segments, for the builder; a document that is refused shows ids."""
    try:
        return json.dumps(value_names(parse_filter_text(text, site=site)), ensure_ascii=False)
    except FilterError:
        return ""


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(_LIST))


audit_words.register("routingrule.move", _("Routing rule: moved"))
audit_words.register("routingrule.order", _("Routing rules: put in order"))
chat_settings_tabs.register("routing", SettingsTab(pgettext_lazy("of chats", "Routing"), _LIST, 17))
desk_site.add_page("settings/chats/routing/", show_routing, "chat_routing")
desk_site.add_page("settings/chats/routing/new/", add, "chat_routing_add")
desk_site.add_page("settings/chats/routing/<int:rule_id>/", change, "chat_routing_change")
desk_site.add_page("settings/chats/routing/<int:rule_id>/move/", move, "chat_routing_move")
desk_site.add_page("settings/chats/routing/<int:rule_id>/switch/", switch, "chat_routing_switch")
desk_site.add_page("settings/chats/routing/<int:rule_id>/delete/", delete, "chat_routing_delete")
