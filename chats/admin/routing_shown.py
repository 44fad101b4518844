"""CHAT-10: what the desk says beside a chat of how it found who works on it: the rule that fired, and what it did."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chats.admin.routing_words import action_words
from chats.models import Chat, Routing
from chats.routing_actions import routing_actions
from chats.routing_errors import reason_in_words
from contacts.admin.formats import moment
from desk.access import Access


@dataclass(frozen=True, slots=True)
class Routed:
    """``rule`` empty: none held. ``url`` leads to the rule, for who may change it. ``refused``: (what, why not)."""

    rule: str
    url: str
    found: str
    when: str
    done: list[str]
    refused: list[tuple[str, str]]


def rule_of(chat: Chat) -> str:
    """The name of the rule that fired when the chat was opened; empty when none did. No statement of its own where the
    chat was read with ``routing``."""
    routing: Routing | None = getattr(chat, "routing", None)
    return routing.rule_name if routing else ""


def routed(access: Access, chat: Chat) -> Routed | None:
    """What the tab “Room” tells; None for a chat that was not routed."""
    routing: Routing | None = getattr(chat, "routing", None)
    if routing is None:
        return None
    may_see = routing.rule_id is not None and access.may("settings.change")
    return Routed(
        rule=routing.rule_name,
        url=reverse("admin:chat_routing_change", args=[routing.rule_id]) if may_see else "",
        found=_found(routing),
        when=moment(routing.at, access.site.zone),
        done=action_words(routing.done),
        refused=[(_label(name), reason_in_words(why)) for name, why in routing.refused.items()],
    )


def _found(routing: Routing) -> str:
    """“Bob: by turns”, or that nobody was there."""
    how = str(routing.get_how_display())
    if routing.how == Routing.How.RULE and not routing.operator_name:
        return ""
    return f"{routing.operator_name}: {how}" if routing.operator_name else str(capfirst(how))


def _label(name: str) -> str:
    return str(routing_actions.get(name).label) if name in routing_actions else _("something else")
