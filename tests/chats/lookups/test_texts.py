"""LOOK-7: what a stranger's JSON looks like to people."""

from typing import Any

import pytest
from django.utils import translation

from chats.lookups.texts import MAX_TEXT, as_text, read_json, trimmed


def shown(json: str) -> str:
    return as_text(trimmed(read_json(json.encode())))


@pytest.mark.parametrize(
    ("json", "text"),
    [
        ('"gold"', "gold"),
        ('"  gold\\r\\nsince 2020 "', "gold\nsince 2020"),
        ("12", "12"),
        ("1234567", "1234567"),
        ("12.50", "12.50"),
        ("1e400", "1e400"),
        ("9" * 900, "9" * 900),
        ("true", "yes"),
        ("false", "no"),
        ("null", "–"),
        ('""', "–"),
        ("[]", "–"),
        ("{}", "–"),
        ('["a", 2, true, null]', "a, 2, yes, –"),
        ('{"city": "Seoul", "zip": 4524}', "city: Seoul\nzip: 4524"),
        ('[{"no": 1, "sum": 5}, {"no": 2}]', "(no: 1, sum: 5)\n(no: 2)"),
        ('{"orders": [1, [2, 3]], "by": {"name": "Kim"}}', "orders: [1, [2, 3]]\nby: (name: Kim)"),
        ("[[[[[1]]]]]", "[[[…]]]"),
        ('"<script>alert(1)</script>"', "<script>alert(1)</script>"),
        ('"a\\u0000b\\ud800c"', "a\ufffdb\ufffdc"),
        ('"abc\\u202efdp.exe"', "abc\ufffdfdp.exe"),
    ],
)
def test_a_value_has_one_readable_form(json: str, text: str) -> None:
    """LOOK-7: numbers as they were written, yes and no in words, nothing a dash, parts with their names."""
    assert shown(json) == text


def test_words_are_in_the_language_of_the_reader() -> None:
    """LOOK-7"""
    with translation.override("ko"):
        assert shown("[true]") == "예"


def test_what_is_too_long_is_visibly_cut() -> None:
    """LOOK-7"""
    assert shown(f'"{"x" * MAX_TEXT}"') == "x" * MAX_TEXT
    assert shown(f'"{"x" * 200_000}"') == "x" * MAX_TEXT + "… (shortened)"
    assert shown(str(list(range(60)))).endswith("49, …")
    many = "{" + ",".join(f'"k{number}": 1' for number in range(60)) + "}"
    assert shown(many).endswith("k49: 1\n…")


@pytest.mark.parametrize("json", ["NaN", "[Infinity]", "{", "[" * 200_000, "'a'", ""])
def test_what_is_no_json_is_an_error_that_is_expected(json: str) -> None:
    """LOOK-3: and no other."""
    with pytest.raises((ValueError, RecursionError)):
        read_json(json.encode())


@pytest.mark.parametrize("value", ["x", ["x", None], {"a": {"b": ["x", True]}}])
def test_trimming_again_changes_nothing(value: Any) -> None:
    """LOOK-7: what comes out of the cache is shown like what came from outside."""
    assert trimmed(trimmed(value)) == trimmed(value)
