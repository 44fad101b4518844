"""QUAL-4: phone numbers."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.phones import looks_like_phone, parse_phone, search_spellings


@pytest.mark.parametrize(
    ("typed", "country", "norm"),
    [
        ("010-1234-5678", "KR", "+821012345678"),
        ("(010) 1234 5678", "KR", "+821012345678"),
        ("+82 010-1234-5678", "KR", "+821012345678"),
        ("090-1234-5678", "JP", "+819012345678"),
        ("０９０−１２３４−５６７８", "JP", "+819012345678"),
        ("02-123-4567", "KR", "+8221234567"),
        ("+1 (212) 555-0100", "KR", "+12125550100"),
        ("12", "KR", ""),
        ("hello", "KR", ""),
        ("", "KR", ""),
    ],
)
def test_a_number_is_parsed_as_dialled_in_the_sites_country(typed: str, country: str, norm: str) -> None:
    """QUAL-4."""
    assert parse_phone(typed, country).norm == norm


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser_and_a_norm_parses_to_itself(typed: str) -> None:
    """QUAL-4: never an exception; E.164 is stable."""
    phone = parse_phone(typed, "KR")
    assert not phone.norm or parse_phone(phone.norm, "JP").norm == phone.norm


def test_a_number_is_looked_for_with_and_without_its_country() -> None:
    """LIST-1: phone in any spelling."""
    assert search_spellings("+821012345678") == ["821012345678", "01012345678"]
    assert search_spellings("+819012345678") == ["819012345678", "09012345678"]
    assert search_spellings("") == []


@pytest.mark.parametrize(("text", "is_phone"), [("010-12", True), ("12", False), ("kim 010", False), ("+82 10", True)])
def test_what_looks_like_a_phone(text: str, is_phone: bool) -> None:
    """LIST-1."""
    assert looks_like_phone(text) == is_phone


def test_the_slow_halves_of_the_library_are_never_loaded() -> None:
    """stack.md: ``geocoder`` and ``carrier`` take seconds to import."""
    code = (
        "import contacts.phones, sys; assert not {'phonenumbers.geocoder', 'phonenumbers.carrier'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
