"""FIL-5: which of many terms matched nobody.

Every condition with two or more terms is judged on its own, among all managed contacts of the site, and its negative
twin like itself. The texts of whoever a term may have matched are read and the terms looked for in them, a whole batch
at a time: never one statement per term.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from contacts.filters.document import Filter, Node, Not
from contacts.filters.fields import Condition, Occurring
from contacts.filters.values import Moment, Purpose

_ROWS = 20_000  # are read at a time
_ASKED = 50  # so many terms the database looks for inside texts; for more it would take longer than reading all texts
_SEARCHED = 50  # so many terms of one length are searched one by one
_PIECE = 40  # characters: terms that begin alike so far are searched one by one

# What a positive operator looks for a term as; of "all of" each term is asked by itself.
_HOW = {
    **dict.fromkeys(("is", "anyOf", "allOf"), "is"),
    **{name: name for name in ("contains", "startsWith", "endsWith")},
}
_ASKED_AS = {"allOf": "anyOf"}

Needle = tuple[str, str]  # how, and the folded text


@dataclass(frozen=True, slots=True)
class Unmatched:
    """``terms`` of the condition at ``path`` that matched nobody, as they were typed and in their order, of ``total``.

    ``key`` and ``label`` are those of its field.
    """

    path: str
    key: str
    label: str
    terms: tuple[str, ...]
    total: int


def unmatched_terms(filter: Filter, *, now: datetime.datetime) -> list[Unmatched]:
    """The conditions of ``filter`` with terms that matched nobody, in the order of the document.

    Costs about as much as finding the people of each condition; to be called within a ``time_limit``.
    """
    moment = Moment(filter.site, now, Purpose.COUNT, narrows=True)
    found = (_unmatched(condition, moment) for condition in _conditions(filter.root)) if filter.root else ()
    return [one for one in found if one is not None]


def _conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Condition):
        yield node
    else:
        members = (node.node,) if isinstance(node, Not) else node.members
        yield from chain.from_iterable(map(_conditions, members))


def _unmatched(condition: Condition, moment: Moment) -> Unmatched | None:
    positive = condition.operator.negates or condition.op
    occurring = condition.field.occurring
    if occurring is None or positive not in _HOW or len(condition.values) < 2:
        return None
    condition = replace(condition, op=_ASKED_AS.get(positive, positive))
    missing = _missing(condition, occurring, moment)
    if not missing:
        return None
    terms = tuple(str(condition.values[index]) for index in missing)
    return Unmatched(
        path=condition.path.lstrip("."),
        key=condition.field.key,
        label=str(condition.field.label),
        terms=terms,
        total=len(condition.values),
    )


def _missing(condition: Condition, occurring: Occurring, moment: Moment) -> list[int]:
    """The places of the terms that occur in no text."""
    needles = list(_needles(condition, occurring, moment))
    sought = {index: some for index, some in enumerate(needles) if some}
    for texts in _batches(condition, sought, occurring, moment):
        found = _found({needle for some in sought.values() for needle in some}, texts)
        for index in [index for index, some in sought.items() if not found.isdisjoint(some)]:
            del sought[index]
    # One without needles, such as a phone number that is none, is found nowhere.
    return [index for index, some in enumerate(needles) if not some or index in sought]


def _needles(condition: Condition, occurring: Occurring, moment: Moment) -> Iterator[Sequence[Needle]]:
    for value, operand in zip(condition.values, condition.operands, strict=True):
        if occurring.looks_for is None:
            yield [(_HOW[condition.op], str(operand))]
        else:
            yield occurring.looks_for(replace(condition, values=(value,), operands=(operand,)), moment.site)


def _batches(
    condition: Condition, sought: dict[int, Sequence[Needle]], occurring: Occurring, moment: Moment
) -> Iterator[list[str]]:
    """Texts in which all of ``sought`` that occur are found in the end; it gets smaller from batch to batch."""
    if sum(how != "is" for some in sought.values() for how, _text in some) > _ASKED:
        everything = occurring.rows(replace(condition, op="exists", values=(), operands=()), moment)
        values = everything.order_by().iterator(chunk_size=_ROWS)
        while sought and (some := list(islice(values, _ROWS))):
            yield [text for value in some for text in occurring.texts(value)]
        return
    open_before = 0
    while sought and len(sought) != open_before:
        # Whoever matches none of the terms that are still open is not read again, so every batch settles some term.
        open_before = len(sought)
        places = list(sought)
        part = replace(
            condition,
            values=tuple(condition.values[index] for index in places),
            operands=tuple(condition.operands[index] for index in places),
        )
        some = list(occurring.rows(part, moment)[:_ROWS])
        yield [text for value in some for text in occurring.texts(value)]
        if len(some) < _ROWS:
            return


def _found(needles: set[Needle], texts: Sequence[str]) -> set[Needle]:
    """Those of ``needles`` that are in any of ``texts``."""
    whole = set(texts)
    everything = "\0".join(whole)  # neither a term nor a text holds NUL
    alike: dict[tuple[str, int], list[str]] = defaultdict(list)
    for how, text in needles:
        alike[how, min(len(text), _PIECE) if how == "contains" else len(text)].append(text)
    found: set[Needle] = set()
    for (how, length), terms in alike.items():
        if how == "contains":
            there = _contained(terms, length, everything)
        elif how == "startsWith":
            there = {text[:length] for text in whole}
        elif how == "endsWith":
            there = {text[-length:] for text in whole}
        else:
            there = whole
        found |= {(how, term) for term in terms if term in there}
    return found


def _contained(terms: Sequence[str], length: int, everything: str) -> set[str]:
    """Those of ``terms`` that are in ``everything``; of each the first ``length`` characters tell most."""
    if len(terms) > _SEARCHED:
        starts = {everything[at : at + length] for at in range(len(everything) - length + 1)}
        terms = [term for term in terms if term[:length] in starts]
        if length < _PIECE:
            return set(terms)
    return {term for term in terms if term in everything}
