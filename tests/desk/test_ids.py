"""Ids as they come back from outside: digits that are an id, and nothing else."""

import pytest

from desk.ids import new_id, new_ids, read_id


@pytest.mark.parametrize("id_", [1, 382_787_818_348_476_416, (1 << 63) - 1])
def test_an_id_written_out_is_read_back(id_: int) -> None:
    """The largest one too, which has 19 digits."""
    assert read_id(str(id_)) == id_


def test_an_id_that_was_just_made_is_read_back() -> None:
    """Whatever the day."""
    made = new_id()
    assert read_id(str(made)) == made


@pytest.mark.parametrize("text", ["", "x", "-1", "+1", " 1", "1.0", "１", "٣", str(1 << 63), "9" * 5_000])
def test_whatever_is_no_id_is_none(text: str) -> None:
    """No error, and no number that the database would refuse."""
    assert read_id(text) is None


@pytest.mark.parametrize("count", [0, 1, 5_000])
def test_many_ids_at_once_lie_between_those_before_and_after(count: int) -> None:
    """Also more of them than a millisecond has: each greater than every earlier one."""
    before, many, after = new_id(), new_ids(count), new_id()
    assert len(many) == count
    assert [before, *many, after] == sorted({before, *many, after})
