"""Bars: their ends, their steps, what is missing, and more numbers than there is room for."""

from __future__ import annotations

from math import nan

from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.show.sparkline import BARS, sparkline, sparkline_of_sizes


def test_bars_rise_from_low_to_high() -> None:
    assert sparkline([i / 7 for i in range(8)], 20, 0, 1) == BARS
    assert sparkline([0.0, nan, 1.0], 20, 0, 1) == "▁ █"


def test_equal_ratios_are_equal_heights() -> None:
    assert sparkline_of_sizes([10.0**i for i in range(8)], 20) == BARS
    assert sparkline_of_sizes([0.0, 1e-7, 1.0], 20) == "▁▁█"


def test_what_hardly_changes_looks_flat() -> None:
    assert sparkline_of_sizes([5.01e-5, 4.97e-5], 20) == "▁▁"
    assert sparkline_of_sizes([0.0, 0.0], 20) == "▁▁"
    assert sparkline_of_sizes([nan, nan], 20) == "  "


@given(st.integers(1, 200), st.integers(2, 40))
def test_more_numbers_than_room_are_thinned_out(count: int, width: int) -> None:
    line = sparkline([0.0] + [0.5] * (count - 2) + [1.0] * (count > 1), width, 0, 1)
    assert len(line) == min(count, width)
    assert line[0] == "▁"
    assert line[-1] == ("█" if count > 1 else "▁")
