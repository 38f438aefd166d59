"""How far numbers may lie apart and still be the same: rounding, and the places where the cost has no derivative.

*Rounding.* Each product is off by its own rounding error, about eps relative to itself, at random; a sum of them by
the root of the sum of their squares. So a variance travels down the chain with δ:

    V[next] = Σ factor² · (V + δ²)        error of an entry ≈ eps · √V

which is the chain's own steps with squared factors.

*Doubt.* Where two cells of a pooling window are tied, or z lies on the kink of a relu, another choice is as right as
ours. How much such choices can change is a bound that travels down the same chain with absolute factors.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from cnnbp_cli.gradients.chain import Back, Tensor, Value, before_activation, function_of, through_activation
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.layers.pooling import MaxPool2D
from cnnbp_cli.numerics.arrays import Array

SINGLE = float(np.finfo(np.float32).eps)
DOUBLE = float(np.finfo(np.float64).eps)

SAFETY = 64
"""Errors of this many times the expected size are still rounding: sums of many terms, in any order."""

DIGITS = range(1, 15)
"""Significant digits, or decimals, that a file of rounded numbers may be written with."""


class Precision(NamedTuple):
    """What somebody's numbers were rounded to: relative to each, and in all."""

    eps: float
    step: float = 0.0
    words: str = "float64"


def precision_of(array: Array) -> Precision:
    """The coarsest rounding that an array of numbers shows: its dtype, or digits that it was written with."""
    numbers = array[np.isfinite(array) & (array != 0)].astype(np.float64)
    if not numbers.size:
        return Precision(DOUBLE)
    for dtype in (np.float16, np.float32):
        with np.errstate(over="ignore"):
            if array.dtype == dtype or np.array_equal(numbers.astype(dtype).astype(np.float64), numbers):
                return Precision(float(np.finfo(dtype).eps), words=np.dtype(dtype).name)
    for digits in DIGITS:
        if np.array_equal(np.round(numbers, digits), numbers):
            step = 0.5 * 10.0**-digits
            return Precision(step / float(np.abs(numbers).max()), step, f"{digits} decimals")
    power = 10.0 ** np.floor(np.log10(np.abs(numbers)))
    for digits in DIGITS:
        if np.allclose(np.round(numbers / power, digits - 1) * power, numbers, rtol=4 * DOUBLE, atol=0):
            return Precision(0.5 * 10.0 ** (1 - digits), words=f"{digits} digits")
    return Precision(DOUBLE)


class Rounding:
    """The expected rounding error of values, and the doubt about them."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._squares, self._bounds = Back(np.square), Back(np.abs)
        self.error = cache(self._error)
        self.doubt = cache(self._doubt)

    def allowed(self, tensor: Tensor, value: Value, precision: Precision) -> Array:
        """How far an entry of a tensor with this value may be off by rounding."""
        return SAFETY * precision.eps * self.error(tensor, value) + precision.step

    def _error(self, tensor: Tensor, value: Value) -> Array:
        """√V: the expected error of each entry, in units of eps."""
        layer = tensor.layer
        if value.error is not None:
            return value.error
        if tensor.source is None:
            size = (np.abs(layer.a) + self._trace.target) / self._trace.labels.size
            return size if layer.delta_a is None or layer.delta_a is layer.delta else _activated(tensor, size, size)
        assert value.above is not None
        error, delta = self.error(tensor.source, value.above), np.abs(value.above.array)
        if tensor.rule == "same":
            return error
        if tensor.rule == "activation":
            return _activated(tensor, error, delta)
        return np.sqrt(self._squares(tensor, error**2 + delta**2))

    def _doubt(self, tensor: Tensor, value: Value, eps: float) -> Array:
        """How much each entry may change with other choices at ties and kinks, for numbers rounded to eps."""
        if tensor.source is None or value.above is None:
            return np.zeros_like(value.array)
        doubt, delta = self.doubt(tensor.source, value.above, eps), np.abs(value.above.array)
        layer = tensor.layer
        slack = SAFETY * eps * float(np.abs(layer.input).max())
        if tensor.rule == "same":
            return doubt
        if tensor.rule == "activation":
            function = function_of(layer)
            through = _slope(tensor, doubt)
            if function is not None and function.kink is not None:
                at_kink = np.abs(before_activation(layer) - function.kink) <= slack
                through = through + at_kink * (delta + doubt)
            return through
        through = self._bounds(tensor, doubt)
        if isinstance(layer.layer, MaxPool2D):
            through = through.copy()
            shape = value.above.array.shape[:3]
            cells = np.stack(layer.layer.cells(layer.input, shape))
            tied = cells >= cells.max(axis=0) - slack
            tied &= tied.sum(axis=0) > 1
            for cell, among in zip(layer.layer.cells(through, shape), tied, strict=True):
                cell += among * (delta + doubt)
        return through


def _slope(tensor: Tensor, size: Array) -> Array:
    """A bound of what becomes of errors of this size on the way through an activation."""
    function = function_of(tensor.layer)
    if function is not None and function.name == "softmax":
        a = tensor.layer.a
        return a * (size + (a * size).sum(axis=0))
    return np.abs(through_activation(tensor.layer, size))


def _activated(tensor: Tensor, error: Array, delta: Array) -> Array:
    """The error behind ⊙ f′(z): what came in, and the error of f′ itself, at most about that of a."""
    own = delta * np.minimum(np.abs(tensor.layer.a), 1)
    return np.sqrt(_slope(tensor, error) ** 2 + _slope(tensor, delta) ** 2 + own**2)
