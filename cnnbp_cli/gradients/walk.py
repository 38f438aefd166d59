"""A traced pass, forward and backward: every array with its equation, shape, norm and range.

Arrays are laid out as in PyTorch: samples first, and without that axis where there is one sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cnnbp_cli.gradients.equation import SYMBOLS, delta_equation, equations, mean_equation, sum_equation
from cnnbp_cli.gradients.terms.loss import loss_equation
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.numerics.arrays import Array, Shape


@dataclass(frozen=True)
class ArrayRow:
    """One array.

    Attributes
    ----------
    name
        As `--explain` takes it: `conv1.z`, `conv1.delta`, `conv1.weight`; empty where it explains nothing.
    symbol
        As equations write it.
    equation
        How it was computed; None where it was given.
    shape
        Of the whole array.
    norm, low, high
        The root of the sum of its squares, its smallest and its largest number.
    """

    name: str
    symbol: str
    equation: str | None
    shape: Shape
    norm: float
    low: float
    high: float


@dataclass(frozen=True)
class Section:
    """What one layer adds to the pass.

    Attributes
    ----------
    layer, type
        Its name and its kind.
    given, passed_on
        The shape of one sample of what the layer gets in this pass, and of what it passes on; the loss passes on
        nothing.
    rows
        Its arrays, in the order in which they are computed.
    """

    layer: str
    type: str
    given: Shape
    passed_on: Shape
    rows: tuple[ArrayRow, ...]


class DeltaPath(NamedTuple):
    """The backward pass in shapes.

    Attributes
    ----------
    path
        The shapes of δ, from the output to the first layer.
    gradients
        The shape of each parameter's gradient, by the parameter's name.
    """

    path: list[Shape]
    gradients: dict[str, Shape]


def samples_first(array: Array) -> Array:
    """A batch-last array as a view (N, …), or (…) where N is 1."""
    return array[..., 0] if array.shape[-1] == 1 else np.moveaxis(array, -1, 0)


def forward_walk(trace: Trace) -> Iterator[Section]:
    """The sections from the image to the cost."""
    shape = trace.network.input_shape
    yield Section("input", "image", shape, shape, (_row("input", "x", None, samples_first(trace.input)),))
    for layer in trace.layers:
        yield Section(
            layer.name, layer.layer.type, layer.input.shape[:-1], layer.a.shape[:-1], tuple(_forward_rows(layer))
        )
    loss = trace.network.loss
    classes = trace.network.output_shape
    cost = _row("", "C", mean_equation(loss.equation, len(trace.labels)), np.array(trace.cost))
    yield Section("loss", loss.name, classes, (), (_row("", "y", None, samples_first(trace.target)), cost))


def backward_walk(trace: Trace) -> Iterator[Section]:
    """The sections from the output's delta to the image's."""
    loss_delta: str | None = loss_equation(trace)
    for layer in reversed(trace.layers):
        rows = tuple(_backward_rows(layer, loss_delta))
        yield Section(layer.name, layer.layer.type, layer.a.shape[:-1], layer.input.shape[:-1], rows)
        loss_delta = None


def answer(trace: Trace) -> DeltaPath:
    """How the deltas of one sample become gradients, as shapes."""
    path = [layer.delta.shape[:-1] for layer in reversed(trace.layers)]
    return DeltaPath(
        [shape for place, shape in enumerate(path) if place == 0 or shape != path[place - 1]],
        {
            f"{layer.name}.{name}": gradient.shape
            for layer in reversed(trace.layers)
            for name, gradient in layer.grads.items()
        },
    )


def _forward_rows(layer: LayerTrace) -> Iterator[ArrayRow]:
    for name, array in layer.params.items():
        yield _row(f"{layer.name}.{name}", SYMBOLS.get(name, name), None, array)
    equation = equations(layer).forward
    function = layer.layer.function
    if function is None or layer.layer.is_activation:
        yield _row(f"{layer.name}.a", "a", equation, samples_first(layer.a))
    else:
        yield _row(f"{layer.name}.z", "z", equation, samples_first(layer.z))
        activated = f"a = {function.symbol}(z) = {function.equation}"
        yield _row(f"{layer.name}.a", "a", activated, samples_first(layer.a))


def _backward_rows(layer: LayerTrace, loss_delta: str | None) -> Iterator[ArrayRow]:
    """The rows of one layer; `loss_delta` is what the loss passes to the last one."""
    name = f"{layer.name}.delta"
    if loss_delta and layer.delta_a is not None:
        yield _row(f"{name}_a", "∂C/∂a", f"∂C/∂a = {loss_delta}", samples_first(layer.delta_a))
    if layer.delta is not layer.delta_a or layer.params:
        yield _row(name, "δ", delta_equation(layer, loss_delta), samples_first(layer.delta))
    for parameter, gradient in layer.grads.items():
        symbol = f"∂C/∂{SYMBOLS.get(parameter, parameter)}"
        equation = equations(layer).gradients.get(parameter)
        yield _row(
            f"{layer.name}.{parameter}", symbol, equation and sum_equation(equation, layer.a.shape[-1]), gradient
        )
    if layer.grad_input is not layer.delta:
        yield _row(f"{layer.name}.grad_input", "∂C/∂x", equations(layer).back, samples_first(layer.grad_input))


def _row(name: str, symbol: str, equation: str | None, array: Array) -> ArrayRow:
    norm = float(np.sqrt(np.square(array).sum()))
    return ArrayRow(name, symbol, equation, array.shape, norm, float(array.min()), float(array.max()))
