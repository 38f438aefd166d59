"""Numeric derivatives of a traced cost: by any parameter, and by any number that a step reads.

A number is changed and the pass repeated from the step that reads it: nothing before that step depends on it. Many
changed copies of that step's output then go through the rest of the network side by side in the batch axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.gradients.kinks import KinkWatch, pieces
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.network import Worker
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.differences import OFFSETS, SPREAD, central_differences

STEPS = (2.0**-17, 2.0**-21)
"""h, relative to max(1, |x|). The first balances truncation, h⁴, with rounding, ε/h, and few passes step over a
kink at it; those that do are repeated with the second."""

CONFIDENCE = 16.0
"""Standard deviations of rounding error that are allowed: the largest estimate of s in a tensor may be too small."""

ROUNDING = 2.0**-36
"""Of the largest derivative: ε·|x|/h, by which x ± h may miss its place."""

NUMBERS_AT_ONCE = 2**18
"""Numbers at the widest step of the copies that are computed together: 2 MB, which stay in the cache."""

Move: TypeAlias = Callable[[int, float], Array]
"""Gives the output of a step when entry i of a tensor has another value."""


@dataclass(frozen=True)
class Numeric:
    """Numeric derivatives of n entries of one tensor. All arrays are (n,).

    Attributes
    ----------
    derivative
        ∂C/∂x; nan where left out.
    allowed
        How much the true derivative may differ from it; nan where left out.
    left_out
        Where every step, however small, crosses a kink or a tie, or no cost is finite: there is no derivative.
    """

    derivative: Array
    allowed: Array
    left_out: NDArray[np.bool_]


class Probe:
    """Changes one number of a traced pass at a time and measures the cost.

    Parameters
    ----------
    trace
        The pass.
    """

    def __init__(self, trace: Trace) -> None:
        self._steps = trace.network.steps
        self._network = trace.network
        self._params = trace.params.astype(np.float64)
        self._labels = trace.labels
        self._cost = trace.cost
        self._inputs = [trace.input]
        Worker(trace.network, training=True).forward(
            self._params, trace.input, lambda _, output: self._inputs.append(output.copy())
        )
        self._pieces = pieces(self._steps, self._inputs[:-1])

    def by_parameter(self, full_name: str, entries: NDArray[np.intp]) -> Numeric:
        """∂C/∂w for entries of a parameter, counted in C order."""
        layer, _, name = full_name.rpartition(".")
        values = self._params.of[layer][name].reshape(-1)  # a view: the step reads what is written here
        index = self.step_of(full_name)
        origin = Worker(self._network, self._steps[index : index + 1], training=True)

        def moved(entry: int, value: float) -> Array:
            before, values[entry] = values[entry], value
            output = origin.forward(self._params, self._inputs[index])
            values[entry] = before
            return output

        return self._differentiate(values[entries], entries, moved, index + 1)

    def by_input(self, step: int, entries: NDArray[np.intp]) -> Numeric:
        """∂C/∂x for entries of what step number `step` reads, counted in C order, batch last.

        One past the last step is what the loss reads.
        """
        x = self._inputs[step]

        def moved(entry: int, value: float) -> Array:
            copy = x.copy()
            copy.reshape(-1)[entry] = value
            return copy

        return self._differentiate(x.reshape(-1)[entries], entries, moved, step)

    def step_of(self, full_name: str) -> int:
        """The number of the step that reads a parameter."""
        layer, _, name = full_name.rpartition(".")
        return next(
            index
            for index, step in enumerate(self._steps)
            if step.name == layer and name in step.layer.parameter_shapes(step.input_shape)
        )

    def _differentiate(self, x: Array, entries: NDArray[np.intp], moved: Move, first: int) -> Numeric:
        n = len(entries)
        derivative, truncation, noise, h = (np.full(n, np.nan) for _ in range(4))
        pending = np.arange(n)
        tail = Worker(self._network, self._steps[first:], training=True)
        for step in STEPS:
            h[pending] = step * np.maximum(1, np.abs(x[pending]))
            costs, crossed = self._costs(x[pending], entries[pending], h[pending], moved, tail, first)
            found = ~crossed & np.isfinite(costs).all(axis=1)
            done = pending[found]
            differences = central_differences(costs[found], self._cost, h[done])
            derivative[done], truncation[done], noise[done] = differences
            pending = pending[~found]
        floor = np.finfo(np.float64).eps * max(1.0, self._cost)  # y is 0 or 1: a cost is a sum of numbers near 1
        s = max(floor, float(np.nanmax(noise, initial=0)))
        largest = float(np.nanmax(np.abs(derivative), initial=0))
        allowed = CONFIDENCE * SPREAD * s / h + truncation + ROUNDING * largest
        return Numeric(derivative, allowed, np.isnan(derivative))

    def _costs(
        self, x: Array, entries: NDArray[np.intp], h: Array, moved: Move, tail: Worker, first: int
    ) -> tuple[Array, NDArray[np.bool_]]:
        """The cost of each entry moved to each of the OFFSETS, (n, 4), and whether a pass of the entry crossed."""
        values = x[:, None] + np.multiply.outer(h, OFFSETS)
        costs = np.empty(values.shape)
        crossed = np.zeros(len(entries), bool)
        images = self._labels.size
        shape = self._inputs[first].shape[:-1]
        widest = max(prod(array.shape) for array in self._inputs[first:])
        chunk = max(1, NUMBERS_AT_ONCE // (widest * len(OFFSETS)))
        for start in range(0, len(entries), chunk):
            part = slice(start, start + chunk)
            copies = values[part].size
            batch = np.empty((*shape, copies * images))
            places = [slice(copy * images, (copy + 1) * images) for copy in range(copies)]
            moves = ((entry, value) for entry, row in zip(entries[part], values[part], strict=True) for value in row)
            for place, (entry, value) in zip(places, moves, strict=True):
                batch[..., place] = moved(entry, value)
            watch = KinkWatch(self._pieces[first:], batch, copies)
            output = tail.forward(self._params, batch, watch, batches=copies)
            each = [tail.loss(output[..., place], self._labels) for place in places]
            costs[part] = np.reshape(each, (-1, len(OFFSETS))) / images
            crossed[part] = watch.crossed.reshape(-1, len(OFFSETS)).any(axis=1)
        return costs, crossed
