"""The scale of a config key: numbers on an axis, anything else as one place per value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnnbp_cli.config.problems import show_value
from cnnbp_cli.files.text import printable
from cnnbp_cli.show.report.axis import Axis, categories, linear, logarithmic
from cnnbp_cli.sweeps.points import Point

WIDE = 8
"""Positive numbers whose largest is at least this many times the smallest get a logarithmic axis."""

WORDS = 14
"""Characters of a value at an axis."""


@dataclass(frozen=True)
class KeyScale:
    """The values of one config key.

    Attributes
    ----------
    key
        The config key.
    names
        The values in words, by place, if they are not numbers.
    logarithmic
        Whether the axis of numbers is.
    """

    key: str
    names: tuple[str, ...]
    logarithmic: bool

    def position(self, value: Any) -> float:
        """Where a value stands on the axis."""
        return float(self.names.index(_name(value))) if self.names else float(value)

    def axis(self, values: Sequence[float]) -> Axis:
        """The axis for these positions."""
        if self.names:
            return categories([float(place) for place in range(len(self.names))])
        return logarithmic(values) if self.logarithmic else linear(values)

    def words(self, position: float) -> str:
        """The value at a position of the axis."""
        return self.names[round(position)] if self.names else f"{position:.4g}"


def scale(key: str, points: Sequence[Point]) -> KeyScale:
    """The scale of a key, for the values that these points have."""
    values = [point.values[key] for point in points]
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return KeyScale(key, tuple(dict.fromkeys(map(_name, values))), False)
    return KeyScale(key, (), min(values) > 0 and max(values) >= WIDE * min(values))


def _name(value: Any) -> str:
    return printable(show_value(value), WORDS)
