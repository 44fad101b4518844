"""QUAL-4: e-mail addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.emails import parse_email


@pytest.mark.parametrize(
    ("typed", "norm"),
    [
        ("Kim@Example.com", "kim@example.com"),
        ("  kim@example.com\n", "kim@example.com"),
        ("ｋｉｍ＠ｅｘａｍｐｌｅ．ｃｏｍ", "kim@example.com"),
        ("kim+tag@example.co.kr", "kim+tag@example.co.kr"),
        ("kim", ""),
        ("kim@", ""),
        ("a b@example.com", ""),
        ("", ""),
    ],
)
def test_an_address_is_compared_trimmed_and_in_lower_case(typed: str, norm: str) -> None:
    """QUAL-4."""
    assert parse_email(typed).norm == norm


@given(st.text(max_size=80))
def test_no_text_breaks_the_parser_and_the_shown_form_is_kept(typed: str) -> None:
    """QUAL-4."""
    assert parse_email(typed).shown == typed.strip()
