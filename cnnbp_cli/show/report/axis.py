"""Axes of charts: the position of each value, and the ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10


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
        """Whether a value can be drawn: NaN cannot, nor can 0 on a logarithmic axis."""
        return self.low <= value <= self.high


def linear(values: Sequence[float], most: int = 6) -> Axis:
    """A linear axis, from the round number below the lowest value to the one above the highest."""
    low, high = _ends(values, lambda value: abs(value) / 10 or 1.0)
    step = _step((high - low) / (most - 1))
    digits = max(0, -floor(log10(step)))
    ticks = [round(step * i, digits) for i in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]
    return Axis(min(low, ticks[0]), max(high, ticks[-1]), tuple(ticks))


def counting(values: Sequence[float], most: int = 10) -> Axis:
    """An axis of integers, from the lowest to the highest."""
    low, high = _ends(values, lambda value: 0.5)
    step = max(1, round(_step((high - low) / (most - 1))))
    return Axis(low, high, tuple(tick for tick in range(0, ceil(high) + 1, step) if low <= tick <= high))


def logarithmic(values: Sequence[float], most: int = 6) -> Axis:
    """A logarithmic axis for the positive values; it spans a power of ten or more, so that small changes look flat."""
    sizes = [value for value in values if value > 0] or [1.0]
    powers = range(floor(log10(min(sizes))) - 1, ceil(log10(max(sizes))) + 3)
    marks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    low = max(mark for mark in marks if mark <= min(sizes))
    high = min(mark for mark in marks if mark >= max(*sizes, 9.99 * low))
    ticks = [mark for mark in marks if low <= mark <= high]
    if len(ticks) > most:
        tens = [10.0**power for power in powers if low <= 10.0**power <= high]
        ticks = tens[:: ceil(len(tens) / most)]
    return Axis(low, high, tuple(ticks), logarithmic=True)


def _ends(values: Sequence[float], margin: Callable[[float], float]) -> tuple[float, float]:
    """The lowest and the highest value, or a range around them if they are equal."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if low < high else (low - margin(low), high + margin(high))


def _step(least: float) -> float:
    """The smallest of …, 1, 2, 5, 10, … that is at least `least`."""
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
