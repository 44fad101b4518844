"""TAG-1: names of tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tags.errors import TagRefused
from tags.names import fold_name, parse_color, parse_description, parse_name


def test_name_is_trimmed_level_by_level() -> None:
    """TAG-1"""
    assert parse_name("  지역 / 서울 /강남 ") == "지역/서울/강남"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "blank"),
        ("  　", "blank"),
        ("/", "empty_level"),
        ("a//b", "empty_level"),
        ("a/", "empty_level"),
        ("a/b/c/d", "too_many_levels"),
        ("x" * 21, "level_too_long"),
        ("ok/" + "가" * 21, "level_too_long"),
        ("a.b", "forbidden_character"),
        ("$5", "forbidden_character"),
        ("50%", "forbidden_character"),
        ("a\\b", "forbidden_character"),
        ("a\nb", "forbidden_character"),
        ("a\x00b", "forbidden_character"),
        ("\ud800", "forbidden_character"),
        ("VIP\u200b", "forbidden_character"),
        ("\u202evip", "forbidden_character"),
        ("a/\u3164", "empty_level"),
        ("\u200d", "empty_level"),
        ("\ufdfa" * 20, "level_too_long"),
        ("🎉" * 21, "level_too_long"),
    ],
)
def test_name_that_is_not_allowed_is_refused_with_the_reason(typed: str, code: str) -> None:
    """TAG-1"""
    with pytest.raises(TagRefused) as refused:
        parse_name(typed)
    assert refused.value.code == code
    assert refused.value.message


def test_error_names_the_tag() -> None:
    """TAG-1: the tag is named, and its name cannot break the sentence."""
    with pytest.raises(TagRefused, match="50%"):
        parse_name("50%")
    with pytest.raises(TagRefused) as refused:
        parse_name("<b>.</b>")
    assert "<b>.</b>" in refused.value.message  # text: templates escape it


def test_twenty_characters_per_level_are_counted_as_people_read_them() -> None:
    """TAG-1, LIST-6: characters, not bytes; a decomposed Hangul syllable is one."""
    decomposed = "\u1112\u1161\u11ab" * 20
    assert parse_name(decomposed) == "한" * 20
    assert parse_name("/".join(["한" * 20] * 3))


def test_what_counts_is_characters_and_an_emoji_of_several_counts_as_several() -> None:
    """LIST-6: neither bytes nor the two halves that JavaScript sees; a family of seven code points counts as seven."""
    assert parse_name("🎉" * 20) == "🎉" * 20
    assert parse_name("e\u0301" * 20) == "é" * 20
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
    assert parse_name(family * 2) == family * 2
    with pytest.raises(TagRefused) as refused:
        parse_name(family * 3)
    assert refused.value.code == "level_too_long"


def test_full_width_slash_separates_levels_too() -> None:
    """TAG-1: what a Korean or Japanese keyboard writes."""
    assert parse_name("地域／東京") == "地域/東京"


def test_names_that_differ_in_case_width_or_form_are_one() -> None:
    """TAG-1, FIL-7"""
    assert fold_name("VIP/Ｇｏｌｄ") == fold_name("vip/gold")
    assert fold_name("ｶﾞ") == fold_name("ガ")


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_name_or_refused_by_name(typed: str) -> None:
    """TAG-1: an accepted name is accepted again unchanged, and fits its columns."""
    try:
        name = parse_name(typed)
    except TagRefused:
        return
    assert parse_name(name) == name
    assert len(name) <= 62
    assert len(fold_name(name)) <= 248
    assert all(0 < len(level) <= 20 for level in name.split("/"))


def test_colour_is_six_hexadecimal_digits() -> None:
    """TAG-1"""
    assert parse_color(" #AABB00 ", tag="VIP") == "#aabb00"
    for wrong in ("red", "#abc", "#12345g", "#1234567", "", "#aabbcc\n;"):
        with pytest.raises(TagRefused, match="VIP"):
            parse_color(wrong, tag="VIP")


def test_description_has_at_most_128_characters() -> None:
    """TAG-1"""
    assert parse_description(" " + "설" * 128, tag="VIP") == "설" * 128
    with pytest.raises(TagRefused) as refused:
        parse_description("설" * 129, tag="VIP")
    assert refused.value.code == "description_too_long"
