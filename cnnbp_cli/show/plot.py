"""A line chart in characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnnbp_cli.show.sparkline import BARS

HEIGHT = 8
"""Lines of a chart: each shows eight levels."""


def plot(values: Sequence[float], width: int, height: int = HEIGHT) -> list[str]:
    """The lines of a chart of the values, one column each, filled from below. More values than `width` are averaged."""
    columns = min(width, len(values))
    ends = [round(place * len(values) / columns) for place in range(columns + 1)]
    means = [sum(values[start:end]) / (end - start) for start, end in pairwise(ends)]
    low, high = min(means), max(means)
    levels = height * len(BARS)
    filled = [1 + round((levels - 1) * (mean - low) / (high - low or 1.0)) for mean in means]
    return ["".join(_cell(each - line * len(BARS)) for each in filled) for line in reversed(range(height))]


def _cell(level: int) -> str:
    """A character filled to this many eighths."""
    return " " if level <= 0 else BARS[min(level, len(BARS)) - 1]
