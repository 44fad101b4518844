"""CHAT-6: who had a chat. Only a real change of hands counts: that somebody takes a chat nobody had is none, neither is
that it goes back to nobody and to the same person again.
"""

from collections.abc import Sequence

from chats.models import Assignment

_BETWEEN = " > "


def changes_of(assignments: Sequence[Assignment]) -> list[Assignment]:
    """Those of a chat's assignments, oldest first, that took it from one person to another.

    The chat may have been nobody's in between: the change is told where the other one got it.
    """
    changes, holder = [], ""
    for assignment in sorted(assignments, key=lambda one: one.pk):
        holder = holder or _key(assignment.before_id, assignment.before_name)
        after = _key(assignment.after_id, assignment.after_name)
        if after and holder and after != holder:
            changes.append(assignment)
        holder = after or holder
    return changes


def holders_of(assignments: Sequence[Assignment]) -> list[str]:
    """The names of everybody who had the chat, in that order, each change once."""
    names, last = list[str](), ""
    for assignment in sorted(assignments, key=lambda one: one.pk):
        for id_, name in (
            (assignment.before_id, assignment.before_name),
            (assignment.after_id, assignment.after_name),
        ):
            key = _key(id_, name)
            if key and key != last:
                names.append(name)
                last = key
    return names


def agents_in_words(assignments: Sequence[Assignment]) -> str:
    """“before > after”, in a chat that changed hands more than once all of them; empty when nobody ever had it."""
    return _BETWEEN.join(holders_of(assignments))


def _key(operator_id: int | None, name: str) -> str:
    """Two people may have one name; of an account that is gone the name is all there is."""
    return str(operator_id) if operator_id else name
