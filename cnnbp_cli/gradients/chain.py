"""The chain of back-propagation: which tensors it computes, each from which other, and the correct step between them.

    loss → dense1.delta → dense1.grad_input → pool1.delta → pool1.grad_input → conv1.delta → conv1.grad_input
                 ↓                                                                  ↓
    dense1.grad_weight, dense1.grad_bias                          conv1.grad_weight, conv1.grad_bias

A step can be repeated from any value of its source, a wrong one too: every step is linear in δ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.numerics.arrays import Array

Backward: TypeAlias = Callable[[Array], dict[str, Array]]
"""From δ to `grad_input`, and to `grad_weight`, `grad_bias`, … where there are such parameters."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """One thing that back-propagation computes.

    Attributes
    ----------
    name
        `conv1.delta`, `conv1.grad_weight`, `conv1.grad_bias`, `conv1.grad_input`, …
    layer
        The layer that it belongs to.
    quantity
        The part of the name after the dot.
    rule
        The step that makes it: `output` (from the loss), `activation` (⊙ f′(z)), `same` (nothing is computed), or the
        layer's type, such as `conv2d`.
    source
        What the step starts from; None for the output's delta.
    right
        Its value, in the layout of the trace.
    """

    name: str
    layer: LayerTrace
    quantity: str
    rule: str
    source: Tensor | None
    right: Array

    @property
    def batched(self) -> bool:
        """Whether it has one entry per sample: deltas do, gradients of parameters do not."""
        return self.quantity in ("delta", "grad_input")

    def exchanged(self, array: Array) -> Array:
        """A value in the layout of an exchange file, where a batch comes first."""
        return np.moveaxis(array, -1, 0) if self.batched else array

    def laid_out(self, array: Array) -> Array:
        """A value in the layout of an exchange file as the trace has it, where a batch comes last."""
        return np.moveaxis(array, 0, -1) if self.batched else array


def chain(trace: Trace) -> dict[str, Tensor]:
    """The tensors of a trace by name, each behind its source."""
    tensors: dict[str, Tensor] = {}

    def add(layer: LayerTrace, quantity: str, rule: str, source: Tensor | None, right: Array) -> Tensor:
        name = f"{layer.name}.{quantity}"
        tensors[name] = Tensor(name, layer, quantity, rule, source, right)
        return tensors[name]

    above: Tensor | None = None
    for layer in reversed(trace.layers):
        rule = "output" if above is None else "same" if layer.delta is layer.delta_a else "activation"
        delta = add(layer, "delta", rule, above, layer.delta)
        for name, gradient in layer.grads.items():
            add(layer, f"grad_{name}", layer.layer.type, delta, gradient)
        above = add(layer, "grad_input", _input_rule(layer), delta, layer.grad_input)
    return tensors


def _input_rule(layer: LayerTrace) -> str:
    if layer.layer.identity or layer.grad_input is layer.delta:  # the loss applied the last activation
        return "same"
    return "activation" if layer.layer.is_activation else layer.layer.type


def before_activation(layer: LayerTrace) -> Array:
    """z, where the layer's function was applied."""
    return layer.input if layer.layer.is_activation else layer.z


def through_activation(layer: LayerTrace, delta_a: Array) -> Array:
    """∂C/∂z from ∂C/∂a; the same where the layer has no activation."""
    function = layer.layer.function
    if function is None:
        return delta_a
    out = np.empty_like(delta_a)
    function.back(delta_a, before_activation(layer), layer.a, out)
    return out


def backward_of(layer: Layer, params: dict[str, Array], x: Array) -> Backward:
    """A layer's own backward pass, after a forward pass with these parameters and this input."""
    memory = Memory(training=True)
    layer.forward(params, x, memory)

    def backward(delta: Array) -> dict[str, Array]:
        grads = {name: np.zeros_like(value) for name, value in params.items()}
        dx = layer.backward(params, np.ascontiguousarray(delta), memory, grads)
        assert dx is not None
        return {"grad_input": dx.copy()} | {f"grad_{name}": value for name, value in grads.items()}

    return backward


class Back:
    """The right step to a tensor, from any value of its source.

    Parameters
    ----------
    backward
        The backward pass of each layer; the layers' own unless given. Passes with sizes or squares of the factors carry
        bounds or variances of δ in place of δ.
    """

    def __init__(self, backward: Callable[[LayerTrace], Backward] | None = None) -> None:
        self._backward = backward or (lambda layer: backward_of(layer.layer, layer.params, layer.input))
        self._passes: dict[str, Backward] = {}
        self._last: dict[str, tuple[Array, dict[str, Array]]] = {}

    def __call__(self, tensor: Tensor, source: Array) -> Array:
        """The value of the tensor that follows from this value of its source."""
        if tensor.rule == "same":
            return source
        if tensor.rule == "activation":
            return through_activation(tensor.layer, source)
        layer = tensor.layer
        if layer.name not in self._passes:
            self._passes[layer.name] = self._backward(layer)
        last = self._last.get(layer.name)
        if last is None or last[0] is not source:
            last = self._last[layer.name] = source, self._passes[layer.name](source)
        return last[1][tensor.quantity]
