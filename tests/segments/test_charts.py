"""SEG-3: the chart of a segment's size: unbroken stretches, gaps, marks, and all of it in words."""

import datetime

import pytest

from segments.admin.charts import HEIGHT, TOP, chart_of, spark_of
from segments.sizes import DaySize

FIRST = datetime.date(2026, 3, 1)


def _days(*counts: int | None, changed: int = -1) -> list[DaySize]:
    return [
        DaySize(FIRST + datetime.timedelta(days=number), count, number == changed)
        for number, count in enumerate(counts)
    ]


def test_a_line_never_crosses_days_nobody_counted() -> None:
    """SEG-3: a day between two gaps is a dot."""
    chart = chart_of(_days(10, 20, None, 30, None, None, 20, 10))
    assert chart is not None
    assert [len(points.split()) for points in chart.lines] == [2, 2]
    assert len(chart.dots) == 1
    assert "3 days in between were not counted." in chart.summary
    assert chart.summary.startswith("From 10 on March 1, 2026 to 10 on March 8, 2026.")


def test_nothing_counted_is_no_chart() -> None:
    """SEG-3"""
    assert chart_of(_days(None, None)) is None
    assert spark_of(_days(None, 3, None)) is None


def test_a_change_of_conditions_has_a_mark() -> None:
    """SEG-3: at its day, in words too."""
    chart = chart_of(_days(1, 2, 3, changed=1))
    assert chart is not None
    [mark] = chart.changes
    assert mark.label == "The conditions changed on March 2, 2026."
    assert [row.changed for row in chart.rows] == [False, True, False]
    assert [row.count for row in chart.rows] == [3, 2, 1]


@pytest.mark.parametrize("counts", [(0,), (0, 0), (5, 5, 5), (1, 2), (999_999, 1_000_001), (0, 3, 1_000_000)])
def test_every_point_is_inside_and_every_level_a_round_number(counts: tuple[int, ...]) -> None:
    """SEG-3: two to six levels, from the lowest to the highest."""
    chart = chart_of(_days(*counts))
    assert chart is not None
    heights = [float(point.split(",")[1]) for points in chart.lines for point in points.split()]
    assert all(0 <= height <= HEIGHT for height in heights)
    assert 2 <= len(chart.levels) <= 6
    assert len({level.label for level in chart.levels}) == len(chart.levels)
    assert chart.latest is not None
    assert TOP <= chart.latest.y <= TOP + HEIGHT


def test_a_year_has_tips_for_some_days_each() -> None:
    """The page stays light."""
    chart = chart_of(_days(*range(365)))
    assert chart is not None
    assert 60 < len(chart.tips) <= 125
    assert len(chart.days) == 6


def test_a_spark_ends_where_the_days_end() -> None:
    """SEG-3"""
    spark = spark_of(_days(1, None, 3, 4))
    assert spark is not None
    assert len(spark.lines) == 1
    assert spark.end is not None
    assert spark.summary == "From 1 on March 1, 2026 to 4 on March 4, 2026. 1 day in between was not counted."
