"""Charts: round ticks, axes that contain all values, gaps in lines, text descriptions."""

from __future__ import annotations

import re
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.show.report.axis import counting, linear, logarithmic
from cnnbp_cli.show.report.chart import LINES, POINTS, Chart, Series
from cnnbp_cli.show.report.tooltip import AREAS, COLUMNS

FINITE = st.floats(-1e9, 1e9, allow_subnormal=False)
SIZES = st.floats(1e-12, 1e12)


@given(st.lists(FINITE, min_size=1, max_size=20))
def test_linear_axis_contains_its_values_and_ends_at_ticks(values: list[float]) -> None:
    axis = linear(values)
    assert all(axis.has(value) and 0 <= axis.position(value) <= 1 for value in values)
    assert 2 <= len(axis.ticks) <= 8
    assert all(axis.has(tick) for tick in axis.ticks)
    assert list(axis.ticks) == sorted(set(axis.ticks))


@given(st.lists(SIZES, min_size=1, max_size=20))
def test_logarithmic_axis_spans_at_least_a_power_of_ten(values: list[float]) -> None:
    axis = logarithmic([*values, 0.0])
    assert all(axis.has(value) and -1e-9 <= axis.position(value) <= 1 + 1e-9 for value in values)
    assert not axis.has(0.0)
    assert not axis.has(nan)
    assert axis.high >= 9.9 * axis.low
    assert 1 <= len(axis.ticks) <= 7


@given(st.integers(1, 3000), st.integers(0, 3000))
def test_epoch_axis_runs_from_first_to_last(first: int, more: int) -> None:
    axis = counting([first, first + more])
    assert all(tick == int(tick) and axis.has(tick) for tick in axis.ticks)
    assert len(axis.ticks) <= 11
    if more:
        assert (axis.low, axis.high) == (first, first + more)


def test_ticks_are_round() -> None:
    assert linear([0.9321, 0.98]).ticks == (0.93, 0.94, 0.95, 0.96, 0.97, 0.98)
    assert logarithmic([5.0, 31.0]).ticks == (5, 10, 20, 50)
    assert logarithmic([2e-5, 0.4]).ticks == (1e-4, 1e-3, 0.01, 0.1)
    assert counting([1, 12]).ticks == (2, 4, 6, 8, 10, 12)


def tooltips(drawn: str) -> list[list[str]]:
    """The rows of each tooltip."""
    return [re.findall("<text[^>]*>([^<]*)</text>", tip) for tip in re.findall('<g class="tip">(.*?)</g>', drawn)]


def chart(*values: float, **options: object) -> str:
    series = [Series("conv1", range(1, len(values) + 1), values)]
    return Chart("key", "A title", series, **{"words": "{:.2f}".format, **options}).svg()  # type: ignore[arg-type]


ANY = st.floats() | st.sampled_from([1e308, -1e308, 5e-324, 1e100, 1e-100, inf, 0.0, 1.0, 1.0000000000000002])


@given(st.lists(ANY, max_size=6))
def test_axes_accept_any_numbers(values: list[float]) -> None:
    for axis in (linear(values), logarithmic(values)):
        assert axis.low < axis.high
        assert list(axis.ticks) == sorted(set(axis.ticks))
        assert len(axis.ticks) <= 9
        assert all(-1e-6 <= axis.position(value) <= 1 + 1e-6 for value in values if axis.has(value))


@given(st.lists(st.integers(0, 10**320), min_size=1, max_size=6))
def test_epoch_axis_accepts_any_integers(values: list[int]) -> None:
    axis = counting(values)
    assert axis.low < axis.high
    assert len(axis.ticks) <= 12


@pytest.mark.parametrize("sizes", [False, True])
def test_values_out_of_range_are_counted_not_drawn(sizes: bool) -> None:
    drawn = chart(1, 1e308, inf, 2, sizes=sizes)
    assert drawn.count("<circle") == 2
    assert "2 values not drawn: " in drawn
    assert "not drawn" not in chart(1, 2, nan, sizes=sizes)
    assert ("log scale</text>" in drawn) == sizes


def test_a_gap_breaks_the_line() -> None:
    [path] = re.findall(r'<g class="line line0"><path d="([^"]*)">', chart(1, 2, nan, 3))
    assert [part.count("L") for part in path.split("M")[1:]] == [1, 0]


def test_points_have_tooltips_and_the_chart_a_description() -> None:
    drawn = chart(0.5, 0.25, 0.125, best=2)
    assert tooltips(drawn) == [["epoch 1", "0.50"], ["epoch 2", "0.25"], ["epoch 3", "0.12"]]
    assert "conv1: 0.50 in epoch 1, 0.12 in epoch 3. The best epoch is 2.</desc>" in drawn
    assert 'role="img" aria-labelledby="key-title" aria-describedby="key-desc"' in drawn
    assert "conv1: no measurements." in chart(nan, nan)


def test_long_lines_have_no_markers() -> None:
    assert chart(*range(POINTS)).count("<circle") == POINTS
    drawn = chart(*range(POINTS + 1))
    assert drawn.count("<circle") == 0
    assert 1 < len(tooltips(drawn)) <= AREAS


def test_lines_have_distinct_styles_and_names() -> None:
    series = [Series(f"run {place}", [1, 2], [place, 1], style=place) for place in range(LINES + 1)]
    drawn = Chart("key", "A title", series, str).svg()
    assert re.findall(r'<g class="line (line\d)">', drawn) == [f"line{place % LINES}" for place in range(LINES + 1)]
    assert re.findall(r"</svg> (run \d)</li>", drawn) == [one.name for one in series]


def test_tooltips_name_the_lines_and_stay_short() -> None:
    series = [Series("a long name " * 5, [1, 2], [0.25, nan]), Series("b", [1, 2], [0.5, 1])]
    first, second = tooltips(Chart("key", "A title", series, str).svg())
    assert first == ["epoch 1", "a long name a l…  0.25", "b  0.5"]
    assert second == ["epoch 2", "b  1"]
    assert all(len(row) <= COLUMNS for row in tooltips(chart(*([1.0] * 9), words=lambda value: "1" * 400))[0])


def test_a_spread_is_a_band_around_the_line() -> None:
    drawn = Chart("key", "A title", [Series("mean", [1, 2], [1.0, 2.0], [0.5, 0.0])], "{:g}".format).svg()
    [band] = re.findall(r'<path d="([^"]*)Z" class="band">', drawn)
    assert band.count("L") == 3
    assert tooltips(drawn)[0] == ["epoch 1", "1 ± 0.5"]
