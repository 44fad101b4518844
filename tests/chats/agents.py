"""Agents of the tests of teams and distribution: signed in, in teams, with the chats that the desk gives them."""

import datetime
import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from chats.models import Availability, Chat, ChatSettings
from chats.opening import open_room
from desk.models import Operator, Site
from tests.chats.people import NOON, visitor_says
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory


def agent_of(site: Site, name: str, **place: Any) -> Operator:
    """Somebody who works with chats of the site and has signed in."""
    operator = OperatorFactory(name=name, email=f"{name.lower()}@example.com", last_login=NOON)
    MembershipFactory(site=site, operator=operator, **place)
    return operator


def signed_in(*operators: Operator) -> None:
    """They have signed in before."""
    for operator in operators:
        operator.last_login = NOON
        operator.save(update_fields=["last_login"])


def gives(site: Site, distribution: str = "fewest", **other: Any) -> None:
    """The site gives out its chats like this."""
    ChatSettings.objects.update_or_create(site=site, defaults={"distribution": distribution, **other})


def is_away(site: Site, operator: Operator, state: str = "away") -> None:
    """They are not there, without what follows from it."""
    Availability.objects.update_or_create(site=site, operator=operator, defaults={"state": state, "since": NOON})


def opened(site: Site, *, now: datetime.datetime = NOON, team: Any = None, **person: Any) -> Chat:
    """A new customer's chat as it is after the first message."""
    chat = open_room(ContactFactory(site=site, **person), "web", None, now=now).chat
    if team is not None:
        Chat.objects.filter(pk=chat.pk).update(team=team)
        chat = Chat.objects.get(pk=chat.pk)
    visitor_says(chat, "Hello", now=now)
    return Chat.objects.select_related("assignee", "team").get(pk=chat.pk)


def had_by(site: Site) -> dict[str, int]:
    """How many open chats each agent has, by name; "" has those of nobody."""
    counts: dict[str, int] = {}
    for chat in Chat.objects.filter(site=site, closed_at=None).select_related("assignee"):
        name = str(chat.assignee or "")
        counts[name] = counts.get(name, 0) + 1
    return counts


def at_once(deeds: Sequence[Callable[[], object]]) -> None:
    """Every deed in a thread of its own, all let go at the same moment; what one raised is raised here."""
    start, raised = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        try:
            start.wait()
            deed()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
