"""FIL-9: what people read for values that are ids, such as segments, so that the builder shows names at once."""

from collections.abc import Iterator

from contacts.filters.document import Filter, Node, Not
from contacts.filters.fields import Condition


def value_names(filter: Filter) -> dict[str, dict[str, str]]:
    """``{key: {value: name}}`` of the conditions whose values are not what people read."""
    names: dict[str, dict[str, str]] = {}
    for condition in conditions_of(filter.root):
        if condition.field.say and condition.resolved:
            pairs = zip(condition.values, condition.field.say(condition), strict=False)
            names.setdefault(condition.field.key, {}).update((str(value), name) for value, name in pairs)
    return names


def conditions_of(node: Node | None) -> Iterator[Condition]:
    """Every condition of the tree, in the order of the document."""
    if node is None:
        return
    if isinstance(node, Condition):
        yield node
        return
    for member in [node.node] if isinstance(node, Not) else node.members:
        yield from conditions_of(member)
