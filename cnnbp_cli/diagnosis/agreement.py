"""Whether two arrays agree within their precision, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from cnnbp_cli.diagnosis.layouts import AXES, letters
from cnnbp_cli.diagnosis.precision import DOUBLE, SINGLE, Precision
from cnnbp_cli.diagnosis.rounding import Rounding
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.numerics.arrays import Array

NEAR_FACTOR = 10
"""Up to this many times the allowed error is INCONCLUSIVE, not FAIL: the error model is an estimate, not a bound."""

COARSE_DIGITS = 3
"""Numbers with so many significant digits are INCONCLUSIVE even where they agree."""

DOUBT_SLACK = 1.01
"""Slack on the doubt: another choice at a tie moves δ together with its own rounding error."""


class Agreement(Enum):
    """How two arrays agree, best first; the value says why that agreement is inconclusive."""

    SAME = ""
    COARSE = "it agrees, but {} are too few to be sure"
    TOO_FEW = "it agrees, but {} cannot be judged: submit at least 3"
    ROUNDED = "it is off by no more than float32 rounding"
    DOUBTFUL = "it differs no more than other choices at ties, or at the kink of a relu, would make it"
    DIFFERENT = "it differs"


def agreement(tensor: Tensor, given: Array, expected: Value, precision: Precision, rounding: Rounding) -> Agreement:
    """How submitted numbers agree with a value of the tensor, both laid out as in the trace.

    A number agrees if the value, with the error that its calculation may have, rounds to it.
    """
    apart = np.abs(given - expected.array)
    halves = tuple(precision.half_units(given))

    def within(eps: float, more: Array | float = 0.0) -> bool:
        allowed = rounding.allowed(tensor, expected, eps) + more
        return any(bool((apart <= allowed + half).all()) for half in halves)

    def is_doubtful() -> bool:
        return within(precision.eps, DOUBT_SLACK * rounding.doubt(tensor, expected, max(SINGLE, precision.eps)))

    if bool((apart <= rounding.allowed(tensor, expected, DOUBLE)).all()):
        return Agreement.SAME
    calculated = min(precision.eps, SINGLE)
    if precision.too_few:
        return Agreement.TOO_FEW if within(calculated) or is_doubtful() else Agreement.DIFFERENT
    if within(calculated):
        return Agreement.COARSE if precision.digits == COARSE_DIGITS else Agreement.SAME
    if precision.eps > SINGLE and within(precision.eps):
        return Agreement.COARSE
    if within(max(SINGLE, NEAR_FACTOR * calculated)):
        return Agreement.ROUNDED
    return Agreement.DOUBTFUL if is_doubtful() else Agreement.DIFFERENT


@dataclass(frozen=True)
class Discrepancy:
    """Where submitted numbers differ from the right ones.

    Attributes
    ----------
    count, size
        How many entries differ, of how many.
    index
        The entry that differs most, in the layout of the exercise.
    given, expected
        Its value, and what it should be.
    origin
        What the expected value follows from, such as "your conv1.delta"; None if it is the right one.
    places
        What the entries that differ have in common, such as "row 11 of 0…11"; empty if they are everywhere.
    mine, right
        All submitted numbers, and what they should be, in the layout of the exercise.
    """

    count: int
    size: int
    index: tuple[int, ...]
    given: float
    expected: float
    origin: str | None
    places: str
    mine: Array = field(repr=False, compare=False)
    right: Array = field(repr=False, compare=False)


def difference(tensor: Tensor, given: Array, expected: Value, allowed: Array, unit: float) -> Discrepancy:
    """Where numbers, laid out as in the trace, differ from a value by more than allowed.

    Both are reported in the student's unit, which may include a factor N.
    """
    numbers, wanted = tensor.exchanged(given), tensor.exchanged(expected.array)
    apart = np.abs(numbers - wanted)
    differs = apart > tensor.exchanged(allowed)
    worst = tuple(int(i) for i in np.unravel_index(int(apart.argmax()), apart.shape))
    places = [_places(differs, axis, AXES[letter]) for axis, letter in enumerate(letters(tensor))]
    return Discrepancy(
        count=int(differs.sum()),
        size=differs.size,
        index=worst,
        given=float(numbers[worst]) * unit,
        expected=float(wanted[worst]) * unit,
        origin=expected.origin,
        places=", ".join(filter(None, places)),
        mine=numbers * unit,
        right=wanted * unit,
    )


def _places(differs: Array, axis: int, name: str) -> str:
    """The places on one axis where anything differs, in words; empty if that is half of them or more."""
    count = differs.shape[axis]
    found = np.flatnonzero(differs.any(axis=tuple(other for other in range(differs.ndim) if other != axis)))
    if not found.size or 2 * found.size >= count:
        return ""
    first, last = int(found[0]), int(found[-1])
    if found.size == 1:
        return f"{name} {first} of 0…{count - 1}"
    if found.size == last - first + 1:
        return f"{name}s {first} to {last} of 0…{count - 1}"
    return f"{name}s {', '.join(map(str, found[:6]))}{' …' if found.size > 6 else ''} of 0…{count - 1}"
