"""What submitted numbers were rounded to: by their type, or by the decimal digits that they were written with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cnnbp_cli.numerics.arrays import Array

HALF = float(np.finfo(np.float16).eps)
SINGLE = float(np.finfo(np.float32).eps)
DOUBLE = float(np.finfo(np.float64).eps)

HALF_STEP = float(np.finfo(np.float16).smallest_subnormal) / 2
"""The largest rounding error of a float16 that is too small for its full precision."""

OVERFLOW = 1e120
"""Larger numbers count as infinite: sums of their squares and products would be."""

MIN_DIGITS = 3
"""With fewer significant digits, no verdict is possible: 0.1 is what any number from 0.05 to 0.15 rounds to."""

SINGLE_DIGITS = 9
"""Nine significant digits identify every float32: numbers with no more were at best float32."""

WRITTEN_ERROR = 16 * DOUBLE
"""Decimal to binary conversion and the division by a power of ten leave a few eps; other numbers are further off."""


class NumberFormat(NamedTuple):
    """A binary format that numbers may have had: its name, eps, and the decimal digits to look for in it.

    With more digits than `max_digits`, every number of the format is close to a decimal one.
    """

    name: str
    eps: float
    slack: float
    max_digits: int


FORMATS = (
    NumberFormat("float16", HALF, HALF / 2, 2),
    NumberFormat("float32", SINGLE, SINGLE / 2, 6),
    NumberFormat("float64", DOUBLE, WRITTEN_ERROR, 12),
)
"""The coarsest first. Numbers stored in a wider type than they were computed in show the narrower one."""


class Precision(NamedTuple):
    """What submitted numbers were rounded to.

    Attributes
    ----------
    eps
        The rounding in each step of the calculation, relative to each number.
    words
        Its name.
    digits
        The significant digits that the numbers were written with; None for binary numbers.
    step
        The largest absolute error that writing causes in small numbers: half of the last decimal, or of float16's
        smallest step. 0 if there is none.
    unit
        The submitted number for a 1 in the numbers that are judged: N, where deltas lack the factor 1/N.
    """

    eps: float
    words: str = "float64"
    digits: int | None = None
    step: float = 0.0
    unit: float = 1.0

    @property
    def written(self) -> float:
        """The largest error from writing the numbers down, relative to each number."""
        if self.digits is not None:
            return 0.5 * 10.0 ** (1 - self.digits)
        return HALF / 2 if self.eps == HALF else 0.0

    @property
    def coarsest(self) -> float:
        """The largest relative error of any kind."""
        return max(self.eps, self.written)

    @property
    def too_few(self) -> bool:
        """Whether the numbers have too few digits to be judged."""
        return self.digits is not None and self.digits < MIN_DIGITS

    def half_units(self, numbers: Array) -> Iterator[Array]:
        """Half a unit of each number's last digit, once for each way in which they may have been rounded."""
        size = np.abs(numbers) * self.unit
        if self.digits is None:
            yield np.maximum(self.written * size, self.step) / self.unit
            return
        yield 0.5 * 10.0 ** (_exponents(size) + 1 - self.digits) * (size != 0) / self.unit
        if self.step:
            yield np.full_like(size, self.step / self.unit)


def precision_of(array: Array) -> Precision:
    """The rounding that an array shows, by its type or by the digits that it was written with."""
    numbers = np.abs(array[np.isfinite(array) & (array != 0)].astype(np.float64))
    form = next(form for form in FORMATS if form.name == array.dtype.name or _are(form, numbers))
    digits = None
    if _has_digits(numbers, form.max_digits, form):  # no fewer digits will do otherwise
        digits = next(d for d in range(1, form.max_digits + 1) if _has_digits(numbers, d, form))
    if form.name == "float16":
        if digits is None or numbers.size <= MIN_DIGITS:  # a few float16 numbers have few digits by chance
            return Precision(HALF if numbers.size else SINGLE, form.name, step=HALF_STEP)
        form = FORMATS[1]
    if digits is None:
        return Precision(form.eps, form.name)
    decimals = next((d for d in range(1, 13) if _same(np.round(numbers, d), numbers, form)), None)
    return Precision(
        eps=SINGLE if digits <= SINGLE_DIGITS else DOUBLE,
        words=f"{digits} significant {'digit' if digits == 1 else 'digits'}",
        digits=digits,
        step=0.0 if decimals is None else 0.5 * 10.0**-decimals,
    )


def _are(form: NumberFormat, numbers: Array) -> bool:
    """Whether all numbers can be written in this format without loss."""
    with np.errstate(over="ignore", under="ignore"):
        return np.array_equal(numbers.astype(form.name).astype(np.float64), numbers)


def _has_digits(numbers: Array, digits: int, form: NumberFormat) -> bool:
    power = 10.0 ** _exponents(numbers)
    return _same(np.round(numbers / power, digits - 1) * power, numbers, form)


def _same(rounded: Array, numbers: Array, form: NumberFormat) -> bool:
    return bool((np.abs(rounded - numbers) <= form.slack * numbers).all())


def _exponents(size: Array) -> Array:
    """⌊log₁₀⌋ of each number; 0 for a 0."""
    exponents: Array = np.floor(np.log10(np.where(size > 0, size, 1.0)))
    return exponents
