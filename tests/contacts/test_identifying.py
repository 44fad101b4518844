"""RET-4: people are recognised in texts by whole words, in filters by whole values."""

import pytest

from contacts.identifying import Identifying, Values, Words

PEOPLE = Identifying(
    member_ids=frozenset({"kim-1", "42", "90210"}),
    phones=frozenset({"+821012345678"}),
    emails=frozenset({"kim@example.com"}),
    typed=frozenset({"010-1234-5678"}),
    names=frozenset({"김민수", "Ann", "Al"}),
    country="KR",
)


@pytest.mark.parametrize(
    "text",
    ["KIM-1 asked", "for 김민수님", "Ann.", "call 010 1234 5678", "+82 10-1234-5678", "Kim@Example.com!", "x (90210)"],
)
def test_a_text_that_names_somebody_is_recognised(text: str) -> None:
    """In whatever case and spelling."""
    assert Words(PEOPLE).are_in(text)


@pytest.mark.parametrize("text", ["", "annual", "kim-11", "42 people", "Alabama", "010-1234-5679", "902101", "민수"])
def test_a_text_that_names_nobody_is_left_alone(text: str) -> None:
    """A part of a word, a number that is too short to mean somebody."""
    assert not Words(PEOPLE).are_in(text)


def test_of_several_values_of_a_filter_theirs_is_left_out() -> None:
    """One alone becomes a value that nobody has. A name, or a tag called like a member, is no value of one person."""
    document = {
        "or": [
            {"key": "memberId", "op": "is", "values": ["42", "43"]},
            {"not": {"key": "email", "op": "is", "values": ["KIM@example.com"]}},
            {"key": "name", "op": "contains", "values": ["Ann"]},
            {"key": "tags", "op": "in", "values": ["42", "gold"]},
            {"key": "customerNumber", "op": "between", "values": [1, 42]},
        ]
    }
    assert Values(PEOPLE).are_in(document)
    assert Values(PEOPLE).without(document) == {
        "or": [
            {"key": "memberId", "op": "is", "values": ["43"]},
            {"not": {"key": "email", "op": "is", "values": ["…"]}},
            {"key": "name", "op": "contains", "values": ["Ann"]},
            {"key": "tags", "op": "in", "values": ["42", "gold"]},
            {"key": "customerNumber", "op": "between", "values": [1, 42]},
        ]
    }
