"""Numbers from files, however large, stay short; and what is usual is written in full."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnnbp_cli.show.numbers import cost, duration, fixed, fraction, local_time
from cnnbp_cli.show.sparkline import sparkline, sparkline_of_sizes


@given(st.floats())
@example(1e308)
@example(5e-324)
@example(nan)
@example(inf)
def test_every_number_has_a_short_form(value: float) -> None:
    for shown in (fixed(value, 2), fraction(value), cost(value), duration(value)):
        assert len(shown) <= 18


@given(st.lists(st.floats(min_value=0) | st.just(nan), min_size=1, max_size=40))
@example([1e308, 5e-324])
@example([inf, 0.0, nan])
def test_every_series_has_its_bars(values: list[float]) -> None:
    assert len(sparkline(values, 20, 0, 1)) == len(sparkline_of_sizes(values, 20)) == min(len(values), 20)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (fixed(21933.25, 0), "21,933"),
        (fraction(0.9793), "97.93 %"),
        (cost(1.234e-05), "1.234e-05"),
        (duration(3723), "1:02:03"),
        (duration(1e300), "1e+300 s"),
    ],
)
def test_usual_numbers(shown: str, expected: str) -> None:
    assert shown == expected


def test_the_last_moment_of_a_datetime_has_a_date() -> None:
    assert local_time(datetime.max.replace(tzinfo=UTC)).startswith("9999-12-31")
