"""A series of numbers as a row of bars, one character each."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, isnan, log10, nan

BARS = "▁▂▃▄▅▆▇█"
"""From the lowest to the highest."""


def sparkline(values: Sequence[float], width: int, low: float, high: float) -> str:
    """Bars that rise from `low` to `high`, to which other values are clipped; a space for NaN.

    More values than `width` are thinned out evenly; the first and the last value stay.
    """
    if len(values) > width:
        values = [values[round(i * (len(values) - 1) / (width - 1))] for i in range(width)]
    heights = [min(max((value - low) / (high - low), 0.0), 1.0) if not isnan(value) else nan for value in values]
    return "".join(" " if isnan(height) else BARS[round(height * (len(BARS) - 1))] for height in heights)


def sparkline_of_sizes(values: Sequence[float], width: int) -> str:
    """Bars on a logarithmic scale, for numbers that are not negative.

    They rise from the smallest finite number to the largest, or to ten times the smallest, so that small changes look
    flat. 0 is as low as the smallest of the others, infinity as high as the largest.
    """
    smallest = min((value for value in values if 0 < value < inf), default=1.0)
    logs = [nan if isnan(value) else log10(max(value, smallest)) for value in values]
    low = log10(smallest)
    return sparkline(logs, width, low, max([low + 1, *filter(isfinite, logs)]))
