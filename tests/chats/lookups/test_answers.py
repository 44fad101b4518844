"""LOOK-3: the contract of answers, each with its own sentence."""

import json
from typing import Any

import pytest

from chats.lookups import answers
from chats.lookups.answers import read_answer, sentence_of
from desk import outbound_errors
from desk.outbound import Answer

ERROR = {"error": {"code": "E7", "message": "No such customer", "detail": "callNum 1"}}


def read(told: Any, status: int = 200) -> answers.Reply:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return read_answer(Answer("shop.test", status, body, 12), ["grade", "points"])


def test_the_data_that_was_asked_for_is_read() -> None:
    """LOOK-3: the rest of the answer goes no further."""
    reply = read({"data": {"grade": "gold", "points": 1234567, "salary": 1}})
    assert (reply.outcome, reply.status, reply.milliseconds) == ("ok", 200, 12)
    assert reply.data == {"grade": "gold", "points": "1234567"}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, "no_result"),
        (401, "signature"),
        (403, "not_allowed"),
        (404, "not_found"),
        (418, "status"),
        (429, "too_often"),
        (500, "fault"),
        (503, "fault"),
    ],
)
@pytest.mark.parametrize(
    "told", [ERROR, b"<html>Oops</html>", b"", {"error": [7]}, [ERROR], {"error": {"message": {}}}]
)
def test_a_status_has_its_own_meaning_whatever_comes_with_it(status: int, outcome: str, told: Any) -> None:
    """LOOK-3"""
    reply = read(told, status)
    assert (reply.outcome, reply.status) == (outcome, status)
    assert reply.said == ("No such customer – callNum 1" if told is ERROR else "")


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"<!doctype html><title>Sign in</title>", "web_page"),
        (b"\xef\xbb\xbf <html>", "web_page"),
        (b'{"data": {"grade"', "not_json"),
        (b'{"data": {"grade": NaN}}', "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 100_000, "too_deep"),
        ("gold", "not_an_object"),
        (None, "not_an_object"),
        ([{"data": {}}], "not_an_object"),
        ({"grade": "gold"}, "no_data"),
        ({"data": None}, "data_not_an_object"),
        ({"data": [{"grade": "gold"}]}, "data_not_an_object"),
        ({"data": "gold"}, "data_not_an_object"),
        (ERROR, "error_as_success"),
        ({"data": None} | ERROR, "error_as_success"),
    ],
)
def test_an_answer_that_is_none_is_told_as_what_it_is(told: Any, outcome: str) -> None:
    """LOOK-3: invalid JSON, HTML, wrong types."""
    assert read(told).outcome == outcome


def test_what_the_other_side_says_is_a_text_of_bounded_length() -> None:
    """LOOK-3: not a page, not a wall."""
    said = read({"error": {"message": "<b>No</b>\n\n" + "x" * 5000, "detail": ["a"]}}, 400).said
    assert said.startswith("<b>No</b> xxx")
    assert said.endswith("… (shortened)")
    assert len(said) < 320
    assert read({"error": {"code": "E7"}}, 400).said == "E7"
    assert read({"error": "gone"}, 400).said == "gone"


def test_every_outcome_has_a_sentence_of_its_own() -> None:
    """LOOK-3, LOOK-7: those of the contract and those of the one way out."""
    codes = [*answers._MESSAGES, *outbound_errors._MESSAGES]
    sentences = [sentence_of(code, host="shop.test", status=599) for code in codes]
    assert len(set(codes)) == len(codes)
    assert len(set(sentences)) == len(sentences)
    assert not any("%(" in sentence for sentence in sentences)
    assert sentence_of("ok", host="shop.test", status=200) == ""
