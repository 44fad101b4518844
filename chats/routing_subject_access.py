"""What a person is told of routing: which rule of the site decided about their chats, and what it did."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chats.models import Routing
from chats.routing_actions import routing_actions
from chats.subject_access import own_chats, room_in_words
from contacts.subject_access.parts import Row, Subject, not_told, rows_part, subject_parts


def _routings(subject: Subject) -> QuerySet[Routing]:
    return Routing.objects.filter(own_chats(subject, "chat__")).select_related("chat").order_by("chat_id")


def _routing(subject: Subject, row: Routing) -> Row:
    done = [str(routing_actions.get(name).label) if name in routing_actions else name for name in row.done]
    return {
        "chat": room_in_words(row.chat),
        "at": row.at,
        "rule": row.rule_name or _now("none"),
        "done": done,
        "team": row.team_name,
    }


subject_parts.register(
    "chatRouting",
    rows_part(
        _("What rules decided about chats"),
        {
            "chat": _("Chat"),
            "at": _("Time"),
            "rule": _("Routing rule"),
            "done": pgettext_lazy("column of a person's file", "Done"),
            "team": pgettext_lazy("of agents", "Team"),
        },
        rows=_routings,
        tell=_routing,
        covers=["chats.Routing.chat"],
        order=49,
        group="chat",
    ),
)
not_told.register("chats.RoutingRule", "whose chats the site sends where, not what is known of anybody")
