"""CHAT-10: what a routing rule can do with a chat. Params are plain JSON; ids are written out.

Each action refuses at saving what cannot be (``RoutingRefused``), and again when it runs, for much may have gone since:
then it is left out and the reason kept beside the chat.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from chats.availability import state_of
from chats.chat_settings import settings_of
from chats.handling import assign, assign_team
from chats.models import Availability, Category, Chat, ChatTag, Team, WhenAway
from chats.names import one_line
from chats.noting import MAX_ROOM_TAG, MAX_ROOM_TAGS, set_category, set_room_tags
from chats.routing_conditions import names_of_categories
from chats.routing_errors import RoutingRefused, read_object, read_one_id, read_texts
from contacts.actions import ActionRefused, Work, actions
from contacts.folding import fold
from desk.access import access_to
from desk.actors import Actor
from desk.models import Operator, Site
from desk.registry import Registry
from tags.filter_fields import ids_of_names
from tags.names import fold_name
from tags.tagging import MAX_TAGS_PER_CONTACT

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, read for many rules at once."""

    operators: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoutingAction:
    """``params``: the members of its document. ``check``: the params as they are kept; ``path`` of a refusal is below
    the action. ``run``: ``RoutingRefused`` or ``ChatRefused`` when it cannot be done, nothing is done then.
    ``told``: the action in words.
    """

    name: str
    label: str | Promise
    params: tuple[str, ...]
    check: Callable[[Site, Params], dict[str, Any]]
    run: Callable[..., None]
    told: Callable[..., str]


routing_actions: Registry[RoutingAction] = Registry("actions of routing rules")


def names_for(rules_actions: Sequence[Sequence[Params]]) -> Names:
    """The names that the actions of many rules need: a statement each for operators, teams and categories."""
    ids: dict[str, set[int]] = {"operator": set(), "team": set(), "category": set()}
    for actions_ in rules_actions:
        for action in actions_:
            for kind, found in ids.items():
                if pk := read_one_id(action.get(kind)):
                    found.add(pk)
    return Names(
        {one.pk: str(one) for one in Operator.objects.filter(pk__in=ids["operator"])} if ids["operator"] else {},
        dict(Team.objects.filter(pk__in=ids["team"]).values_list("pk", "name")) if ids["team"] else {},
        names_of_categories(ids["category"]) if ids["category"] else {},
    )


def told(action: Params, names: Names | None = None) -> str:
    """One action of a rule in words."""
    return routing_actions.get(action["action"]).told(action, names)


def _check_operator(site: Site, params: Params) -> dict[str, Any]:
    operator = Operator.objects.filter(pk=read_one_id(params.get("operator"))).first()
    if operator is None or not _works_with_chats(operator, site.pk):
        raise RoutingRefused("operator_unknown", path="operator")
    return {"operator": str(operator.pk)}


def _works_with_chats(operator: Operator, site_id: int) -> bool:
    access = access_to(operator, site_id)
    return access is not None and access.site.pk == site_id and access.may("chats.work")


def _assign_operator(chat: Chat, params: Params, *, actor: Actor, now: datetime.datetime) -> None:
    operator = Operator.objects.filter(pk=int(params["operator"])).first()
    if operator is None:
        raise RoutingRefused("operator_gone", path="operator")
    # Where the chats of who goes away go to colleagues, new ones do too; else they wait for them.
    hands_over = settings_of(chat.site).when_away == WhenAway.HAND_OVER
    if hands_over and state_of(chat.site, operator) != Availability.State.AVAILABLE:
        raise RoutingRefused("operator_away", path="operator", name=str(operator))
    assign(chat, operator, actor=actor, now=now)


def _told_operator(params: Params, names: Names | None = None) -> str:
    names = names or names_for([[params]])
    name = names.operators.get(int(params["operator"])) or _("somebody who is gone")
    return _("give it to %(name)s") % {"name": name}


def _check_team(site: Site, params: Params) -> dict[str, Any]:
    team = Team.objects.filter(site=site, pk=read_one_id(params.get("team"))).first()
    if team is None:
        raise RoutingRefused("team_unknown", path="team")
    return {"team": str(team.pk)}


def _assign_team(chat: Chat, params: Params, *, actor: Actor, now: datetime.datetime) -> None:
    team = Team.objects.filter(site=chat.site_id, pk=int(params["team"])).first()
    if team is None:
        raise RoutingRefused("team_gone", path="team")
    assign_team(chat, team, actor=actor, now=now)


def _told_team(params: Params, names: Names | None = None) -> str:
    names = names or names_for([[params]])
    name = names.teams.get(int(params["team"])) or _("a team that is gone")
    return _("give it to the team %(name)s") % {"name": name}


def _check_category(site: Site, params: Params) -> dict[str, Any]:
    if params.get("category") in (None, ""):
        raise RoutingRefused("category_missing", path="category")
    category = Category.objects.filter(site=site, active=True, pk=read_one_id(params["category"])).first()
    if category is None:
        raise RoutingRefused("category_unknown", path="category")
    return {"category": str(category.pk)}


def _set_category(chat: Chat, params: Params, *, actor: Actor, now: datetime.datetime) -> None:
    category = Category.objects.filter(site=chat.site_id, active=True, pk=int(params["category"])).first()
    if category is None:
        raise RoutingRefused("category_off", path="category")
    set_category(chat, category, note=chat.category_note, actor=actor, now=now)


def _told_category(params: Params, names: Names | None = None) -> str:
    names = names or names_for([[params]])
    name = names.categories.get(int(params["category"])) or _("a category that is gone")
    return _("set the category “%(name)s”") % {"name": name}


def _check_room_tags(site: Site, params: Params) -> dict[str, Any]:
    tags = read_texts(params.get("tags"), "tags", most=MAX_ROOM_TAGS)
    if not tags:
        raise RoutingRefused("tags_none", path="tags")
    kept: dict[str, str] = {}
    for number, name in enumerate(tags):
        line = one_line(name, MAX_ROOM_TAG)
        if line is None:
            raise RoutingRefused("tag_name", path=f"tags[{number}]", name=name[: 2 * MAX_ROOM_TAG])
        kept.setdefault(fold(line), line)
    return {"tags": list(kept.values())}


def _tag_room(chat: Chat, params: Params, *, actor: Actor, now: datetime.datetime) -> None:
    has = list(ChatTag.objects.filter(chat=chat).values_list("tag__name", flat=True))
    set_room_tags(chat, [*has, *params["tags"]], actor=actor, now=now)


def _check_customer_tags(site: Site, params: Params) -> dict[str, Any]:
    tags = read_texts(params.get("tags"), "tags", most=MAX_TAGS_PER_CONTACT)
    if not tags:
        raise RoutingRefused("tags_none", path="tags")
    known = ids_of_names(site, tags)
    for number, name in enumerate(tags):
        if fold_name(name) not in known:
            raise RoutingRefused("tag_unknown", path=f"tags[{number}]", name=name[:70])
    return {"tags": list({fold_name(name): name for name in tags}.values())}


def _tag_customer(chat: Chat, params: Params, *, actor: Actor, now: datetime.datetime) -> None:
    """Through the action of the list, so that a rule attaches tags exactly as operators do."""
    attach = actions.get("attachTags")
    work = Work(chat.site, actor, now, job_id=0)
    try:
        outcome = attach.change([chat.contact_id], attach.prepare(params, work), work)
    except ActionRefused:
        raise RoutingRefused("tags_refused", path="tags", names=_listed(params["tags"])) from None
    if outcome.refused:
        raise RoutingRefused("tags_full", path="tags")


def _listed(names: Sequence[str]) -> str:
    return pgettext("list", ", ").join(names)


def _told_room_tags(params: Params, names: Names | None = None) -> str:
    return _("tag the room: %(tags)s") % {"tags": _listed(params["tags"])}


def _told_customer_tags(params: Params, names: Names | None = None) -> str:
    return _("tag the customer: %(tags)s") % {"tags": _listed(params["tags"])}


ASSIGN_OPERATOR = RoutingAction(
    "assignOperator",
    gettext_lazy("Give it to an agent"),
    ("operator",),
    _check_operator,
    _assign_operator,
    _told_operator,
)
ASSIGN_TEAM = RoutingAction(
    "assignTeam", gettext_lazy("Give it to a team"), ("team",), _check_team, _assign_team, _told_team
)
SET_CATEGORY = RoutingAction(
    "setCategory", gettext_lazy("Set the category"), ("category",), _check_category, _set_category, _told_category
)
TAG_ROOM = RoutingAction(
    "tagRoom", gettext_lazy("Tag the room"), ("tags",), _check_room_tags, _tag_room, _told_room_tags
)
TAG_CUSTOMER = RoutingAction(
    "tagCustomer", gettext_lazy("Tag the customer"), ("tags",), _check_customer_tags, _tag_customer, _told_customer_tags
)
for _action in (ASSIGN_OPERATOR, ASSIGN_TEAM, SET_CATEGORY, TAG_ROOM, TAG_CUSTOMER):
    routing_actions.register(_action.name, _action)


def read_actions(data: Any, *, site: Site, path: str = "actions") -> list[dict[str, Any]]:
    """The actions of a rule as they are kept; each at most once. ``RoutingRefused``: the very place."""
    if data is not None and not isinstance(data, list):
        raise RoutingRefused("not_a_list", path=path)
    if not data:
        raise RoutingRefused("actions_none", path=path)
    read: dict[str, dict[str, Any]] = {}
    for number, given in enumerate(data):
        place = f"{path}[{number}]"
        name = str(given.get("action")) if isinstance(given, dict) else ""
        if name not in routing_actions:
            raise RoutingRefused("action_unknown", path=f"{place}.action", name=name[:40])
        action = routing_actions.get(name)
        if name in read:
            raise RoutingRefused("action_twice", path=f"{place}.action", name=action.label)
        params = read_object(given, place, ("action", *action.params))
        try:
            read[name] = {"action": name, **action.check(site, params)}
        except RoutingRefused as refused:
            refused.path = f"{place}.{refused.path}"
            raise
    return list(read.values())
