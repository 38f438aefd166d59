"""A series of numbers as a row of bars, one character each."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, log10, nan

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int, low: float, high: float) -> str:
    """Bars that rise from `low` to `high`; a space for what is NaN.

    More values than `width` are thinned out evenly; the first and the last one stay.
    """
    if len(values) > width:
        values = [values[round(i * (len(values) - 1) / (width - 1))] for i in range(width)]
    heights = [(value - low) / (high - low) for value in values]
    return "".join(" " if isnan(height) else BARS[round(height * (len(BARS) - 1))] for height in heights)


def sparkline_of_sizes(values: Sequence[float], width: int) -> str:
    """Bars for numbers that are not negative, where equal ratios are equal heights.

    They rise from the smallest number to the largest, or to ten times the smallest: what hardly changes looks flat.
    0 is as low as the smallest of the others.
    """
    least = min((value for value in values if value > 0), default=1.0)
    logs = [nan if isnan(value) else log10(max(value, least)) for value in values]
    low = log10(least)
    return sparkline(logs, width, low, max([low + 1, *(value for value in logs if not isnan(value))]))
