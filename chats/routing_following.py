"""SEG-1, CHAT-10: rules name tags, grades and room tags by name; one that is renamed keeps its place in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from chats.models import RoutingRule
from contacts.folding import fold
from desk.models import Site
from tags.catalogue import RenameParticipant, rename_participants
from tags.filter_fields import with_renamed_tags
from tags.grade_catalogue import grade_renames
from tags.grade_filter import with_renamed_grade
from tags.names import fold_name


def follow_tags(site: Site, names: Mapping[str, str]) -> dict[str, Any]:
    """Write the new names into every rule of the site that names an old one; runs in the rename's transaction.

    Answers what they were: {rule: [filter, actions]}.
    """
    before = {}
    for rule in _held(site):
        filter, actions = _with_tags(rule.filter, rule.actions, names)
        if (filter, actions) != (rule.filter, rule.actions):
            before[str(rule.pk)] = [rule.filter, rule.actions]
            _write(rule, filter, actions)
    return before


def return_tags(site: Site, names: Mapping[str, str], before: Mapping[str, Any]) -> None:
    """Take ``follow_tags`` back where nobody has changed the rule since."""
    for rule in _held(site):
        if (was := before.get(str(rule.pk))) is not None:
            filter, actions = was
            if (rule.filter, rule.actions) == _with_tags(filter, actions, names):
                _write(rule, filter, actions)


def follow_grade(site: Site, before: str, after: str) -> None:
    """The same for a grade."""
    for rule in _held(site):
        filter = with_renamed_grade(rule.filter, before=before, after=after)
        if filter != rule.filter:
            _write(rule, filter, rule.actions)


def follow_room_tag(site_id: int, before: str, after: str) -> None:
    """A room tag is called otherwise, or was merged into another: rules go on with that one."""
    for rule in _held(site_id):
        actions = _renamed(rule.actions, "tagRoom", {fold(before): after}, fold)
        if actions != rule.actions:
            _write(rule, rule.filter, actions)


def _held(site: Site | int) -> list[RoutingRule]:
    return list(RoutingRule.objects.select_for_update(no_key=True).filter(site=site).order_by("pk"))


def _with_tags(filter: Any, actions: Sequence[Any], names: Mapping[str, str]) -> tuple[Any, list[Any]]:
    return with_renamed_tags(filter, names), _renamed(actions, "tagCustomer", names, fold_name)


def _renamed(actions: Sequence[Any], action: str, names: Mapping[str, str], folded: Any) -> list[Any]:
    """Two that have one name now are named once."""

    def after(one: Any) -> Any:
        if one.get("action") != action or not any(folded(tag) in names for tag in one["tags"]):
            return one
        tags = [names.get(folded(tag), tag) for tag in one["tags"]]
        return {**one, "tags": list({folded(tag): tag for tag in tags}.values())}

    return [after(one) for one in actions]


def _write(rule: RoutingRule, filter: Any, actions: Any) -> None:
    """When a rule was changed is told of what people change; what follows a name says the same as before."""
    RoutingRule.objects.filter(pk=rule.pk).update(filter=filter, actions=actions)


rename_participants.register("routingRules", RenameParticipant(follow_tags, return_tags))
grade_renames.register("routingRules", follow_grade)
