"""Axes of charts: the position of each value, and the ticks.

Values come from files and may be any float. An axis covers those that can be drawn; `Axis.has` is false for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

LIMIT = 1e100
"""Larger magnitudes are not drawn: differences and ratios of what remains are far from overflow."""

LARGEST_INTEGER = 10**12
"""Larger integers are not drawn on a counting axis: half of one is still exact in float64."""

FINEST = 1e-9
"""The smallest range of a linear axis, relative to its values: below it, ticks would coincide in float64."""


@dataclass(frozen=True)
class Axis:
    """A linear or logarithmic axis from `low` to `high`.

    Attributes
    ----------
    ticks
        The labelled values, in ascending order, in [low, high].
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def position(self, value: float) -> float:
        """The position of a value: 0 at `low`, 1 at `high`."""
        if self.logarithmic:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def has(self, value: float) -> bool:
        """Whether a value can be drawn: not NaN, not beyond `LIMIT`, not 0 on a logarithmic axis."""
        return self.low <= value <= self.high


def linear(values: Sequence[float], most: int = 6) -> Axis:
    """A linear axis, from the round number below the lowest value to the one above the highest."""
    drawn = [value for value in values if abs(value) <= LIMIT]
    size = max(map(abs, drawn), default=0.0)
    least = max(size * FINEST, 1 / LIMIT)
    low, high = _ends(drawn, least, lambda value: abs(value) / 10 if abs(value) > 1 / LIMIT else 1.0)
    step = _step((high - low) / (most - 1))
    digits = max(0, -floor(log10(step)))
    ticks = [round(step * i, digits) for i in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]
    return Axis(min(low, ticks[0]), max(high, ticks[-1]), tuple(ticks))


def counting(values: Sequence[float], most: int = 10) -> Axis:
    """An axis of integers, from the lowest to the highest."""
    low, high = _ends([value for value in values if abs(value) <= LARGEST_INTEGER], 0.0, lambda value: 0.5)
    step = max(1, round(_step((high - low) / (most - 1))))
    return Axis(low, high, tuple(step * i for i in range(ceil(low / step), floor(high / step) + 1)))


def logarithmic(values: Sequence[float], most: int = 6) -> Axis:
    """A logarithmic axis for the positive values; it spans a power of ten or more, so that small changes look flat."""
    sizes = [value for value in values if 1 / LIMIT <= value <= LIMIT] or [1.0]
    powers = range(floor(log10(min(sizes))) - 1, ceil(log10(max(sizes))) + 3)
    marks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    low = max(mark for mark in marks if mark <= min(sizes))
    high = min(mark for mark in marks if mark >= max(*sizes, 9.99 * low))
    ticks = [mark for mark in marks if low <= mark <= high]
    if len(ticks) > most:
        tens = [10.0**power for power in powers if low <= 10.0**power <= high]
        ticks = tens[:: ceil(len(tens) / most)]
    return Axis(low, high, tuple(ticks), logarithmic=True)


def categories(values: Sequence[float]) -> Axis:
    """An axis with a tick for each value, evenly spaced values 0, 1, 2, … that stand for words."""
    ticks = tuple(sorted(set(values))) or (0.0,)
    return Axis(ticks[0] - 0.5, ticks[-1] + 0.5, ticks)


def _ends(values: Sequence[float], least: float, margin: Callable[[float], float]) -> tuple[float, float]:
    """The lowest and the highest value, or a range around them if it is not larger than `least`."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if high - low > least else (low - margin(low), high + margin(high))


def _step(least: float) -> float:
    """The smallest of …, 1, 2, 5, 10, … that is at least `least`."""
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
