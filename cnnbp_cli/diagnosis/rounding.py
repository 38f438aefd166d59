"""How far numbers that are the same may differ: by rounding, and where the cost has no derivative.

*Rounding.* Each product is off by its own rounding error, about eps relative to itself, at random; a sum of them by
the root of the sum of their squares. So a variance, in units of eps², goes through the forward pass with x and through
the backward pass with δ:

    V_z = Σ w² · (V_x + x²)        V_a = f′² · V_z + a²        V_next = Σ w² · (V_δ + δ²)

each by the network's own steps, with squared factors (see `gradients/kinds/`). An entry is expected to be off by
eps · √V.

*Doubt.* Where two cells of a pooling window are tied, or z is at the kink of a relu, another choice is as right as
ours. A bound of what such choices can change goes through the backward pass with absolute factors.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from cnnbp_cli.diagnosis.precision import SINGLE
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import Back, Backward, Tensor, before_activation, through_activation
from cnnbp_cli.gradients.kinds import kind_of
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.layers.functions import Function
from cnnbp_cli.numerics.arrays import Array

SAFETY = 64
"""Errors of this many times the expected size still count as rounding. The estimate takes rounding errors as random;
those of a sum in an unlucky order are correlated, and larger."""

HALF_SAFETY = 8
"""The same for float16, whose rounding errors are so large that 64 times their size would hide mistakes."""

SOURCE_SAFETY = 4
"""The same for the errors that a tensor inherits from submitted numbers with few digits: their size is known."""


class ForwardVariance(NamedTuple):
    """The variances of a layer's input, z and a, in units of eps²."""

    x: Array
    z: Array
    a: Array


class Rounding:
    """The expected rounding error of values, and the doubt about them."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._forward = dict(_forward_variances(trace))
        self._squares = Back(lambda layer: kind_of(layer.layer).backward_of_powers(layer, 2))
        self._varied = Back(self._backward_of_variance)
        self._bounds = Back(lambda layer: kind_of(layer.layer).backward_of_powers(layer, 1))
        self.error = cache(self._error)
        self.doubt = cache(self._doubt)

    def _backward_of_variance(self, layer: LayerTrace) -> Backward:
        return kind_of(layer.layer).backward_of_variance(layer, self._forward[layer.name].x)

    def allowed(self, tensor: Tensor, value: Value, eps: float) -> Array:
        """The error that a calculation in this precision may cause in each entry of a tensor with this value."""
        calculated = (SAFETY if eps <= SINGLE else HALF_SAFETY) * eps
        return (calculated + SOURCE_SAFETY * value.written) * self.error(tensor, value)

    def forward_error(self, layer: str, quantity: str) -> Array:
        """The expected error of each entry of a layer's z or a, in units of eps."""
        variance: Array = getattr(self._forward[layer], quantity)
        return np.sqrt(variance)

    def _error(self, tensor: Tensor, value: Value) -> Array:
        """√V: the expected error of each entry, in units of eps."""
        if value.error is not None:
            return value.error
        forward, layer = self._forward[tensor.layer.name], tensor.layer
        if tensor.source is None:
            error = np.sqrt(forward.a + layer.a**2 + self._trace.target) / self._trace.labels.size
            if layer.delta_a is None or layer.delta_a is layer.delta:
                return error
            return _activated(tensor, error, np.abs(layer.delta_a), forward.z)
        assert value.above is not None
        error, delta = self.error(tensor.source, value.above), np.abs(value.above.array)
        if tensor.rule == "same":
            return error
        if tensor.rule == "activation":
            return _activated(tensor, error, delta, forward.z)
        variance = self._squares(tensor, error**2 + delta**2)
        if layer.params:  # where δ and x are both sums of 0, only the product of their errors is left
            variance = variance + self._varied(tensor, delta**2 + (SINGLE * error) ** 2)
        return np.sqrt(variance)

    def _doubt(self, tensor: Tensor, value: Value, eps: float) -> Array:
        """How much other choices at ties and kinks may change each entry, for numbers rounded to eps."""
        layer, forward = tensor.layer, self._forward[tensor.layer.name]
        if tensor.source is None and value.error is None and layer.delta_a is not None:
            applied = layer.delta is not layer.delta_a
            return applied * _at_kink(layer, forward.z, eps) * np.abs(layer.delta_a)
        if tensor.source is None or value.above is None:
            return np.zeros_like(value.array)
        doubt, delta = self.doubt(tensor.source, value.above, eps), np.abs(value.above.array)
        if tensor.rule == "same":
            return doubt
        if tensor.rule == "activation":
            return _slope(tensor, doubt) + _at_kink(layer, forward.z, eps) * (delta + doubt)
        through = self._bounds(tensor, doubt)
        if layer.params:
            through = through + SAFETY * eps * np.sqrt(self._varied(tensor, doubt**2))
        if layer.layer.picks_largest:
            through = through.copy()
            cells = np.stack(layer.layer.cells(layer.input))
            tied = cells >= cells.max(axis=0) - _slack(layer.input, forward.x, eps)
            tied &= tied.sum(axis=0) > 1
            for cell, among in zip(layer.layer.cells(through), tied, strict=True):
                cell += among * (delta + doubt)
        return through


def _slope(tensor: Tensor, size: Array) -> Array:
    """A bound of the errors behind an activation, for errors of this size before it."""
    function = tensor.layer.layer.function
    if function is not None and function.name == "softmax":
        a = tensor.layer.a
        return a * (size + (a * size).sum(axis=0))
    return np.abs(through_activation(tensor.layer, size))


def _activated(tensor: Tensor, error: Array, delta: Array, z: Array) -> Array:
    """The error behind ⊙ f′(z): that of the input, and that of f′ itself, which comes from z and from a."""
    function = tensor.layer.layer.function
    of_slope = 0.0 if function is None or function.kink is not None else np.minimum(tensor.layer.a**2, 1) + z
    through = np.where(_at_kink(tensor.layer, z, SINGLE), error, _slope(tensor, error))
    return np.sqrt(through**2 + _slope(tensor, delta) ** 2 + delta**2 * of_slope)


def _forward_variances(trace: Trace) -> Iterator[tuple[str, ForwardVariance]]:
    x = np.zeros_like(trace.input)
    for layer in trace.layers:
        z = kind_of(layer.layer).output_variance(layer, x)
        function = layer.layer.function
        a = z if function is None else _slope_squared(function, layer, z) + layer.a**2
        yield layer.name, ForwardVariance(x, z, a)
        x = a


def _slope_squared(function: Function, layer: LayerTrace, z: Array) -> Array:
    """A bound of f′² · V: softmax has f′ of 1 at most, and the others are not far from it; either slope at a kink."""
    if function.name == "softmax":
        return z
    through = through_activation(layer, through_activation(layer, z))
    return np.where(_at_kink(layer, z, SINGLE), z, through)


def _at_kink(layer: LayerTrace, variance: Array, eps: float) -> Array:
    """Where rounding to eps decides on which side of its kink the layer's function is; nowhere if it has none."""
    z, function = before_activation(layer), layer.layer.function
    if function is None or function.kink is None:
        return np.zeros(z.shape, bool)
    near: Array = np.abs(z - function.kink) <= _slack(z, variance, eps)
    return near


def _slack(numbers: Array, variance: Array, eps: float) -> float:
    """What equal numbers may be apart after rounding to eps: sums of 0 have the errors of their terms."""
    return SAFETY * eps * max(float(np.abs(numbers).max(initial=0)), float(variance.max(initial=0)) ** 0.5)
