"""The mistakes of a forward pass, and what a layer's z and a would be with each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

import numpy as np

from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.functions import FUNCTIONS
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D
from cnnbp_cli.numerics.arrays import Array

PIXEL = 255.0


class ForwardMistake(NamedTuple):
    """One mistake in one layer's forward step.

    Attributes
    ----------
    title
        What the values then are, worded to follow "these are the values …".
    z, a
        The layer's outputs with the mistake.
    """

    title: str
    z: Array
    a: Array


def outputs(layer: LayerTrace, x: Array, params: dict[str, Array] | None = None) -> tuple[Array, Array]:
    """z and a of a layer for this input; where it has no activation of its own, both are its output."""
    own = layer.params if params is None else params
    out = layer.layer.forward(own, np.ascontiguousarray(x), Memory(training=True)).copy()
    if layer.layer.is_activation:
        return (x, out) if layer.delta_a is None else (out, out)
    return out, _activated(layer.layer, out)


def forward_mistakes(layer: LayerTrace, x: Array, *, first: bool) -> Iterator[ForwardMistake]:
    """The mistakes that change the layer's outputs for this input, those of z before those of the activation."""
    z, _ = outputs(layer, x)
    kind, params = layer.layer, layer.params
    made: list[tuple[str, Array]] = []
    if kind.learns_kernels:
        flipped = {**params, "weight": np.ascontiguousarray(params["weight"][..., ::-1, ::-1])}
        made.append(("with the kernel rotated by 180°: a convolution, not a cross-correlation", _z(layer, x, flipped)))
    if kind.type in ("conv2d", "dense") and "bias" in params:
        made.append(("without the bias", _z(layer, x, {**params, "bias": np.zeros_like(params["bias"])})))
    if isinstance(kind, MaxPool2D | AvgPool2D):
        other = AvgPool2D if isinstance(kind, MaxPool2D) else MaxPool2D
        pooling = other(pool_size=kind.pool_size, stride=kind.stride)
        words = "of average pooling, not max pooling" if other is AvgPool2D else "of max pooling, not average pooling"
        made.append((words, pooling.forward({}, x, Memory()).copy()))
    if kind.type == "flatten" and x.ndim == 4:
        for order in permutations(range(3)):
            letters = ", ".join("CHW"[axis] for axis in order)
            made.append((f"flattened in the order ({letters})", x.transpose(*order, 3).reshape(z.shape)))
    if first:
        for scale, words in ((PIXEL, "multiplied"), (1 / PIXEL, "divided")):
            made.append((f"of an input {words} by 255", outputs(layer, scale * x)[0]))
    for title, numbers in made:
        if not np.allclose(numbers, z, rtol=1e-9, atol=0):
            activated = numbers if kind.is_activation else _activated(kind, numbers)
            yield ForwardMistake(title, numbers, activated)
    yield from _activation_mistakes(layer, x, z)


def _activation_mistakes(layer: LayerTrace, x: Array, z: Array) -> Iterator[ForwardMistake]:
    function = layer.layer.function
    if function is None:
        return
    before = x if layer.layer.is_activation else z
    for name, other in FUNCTIONS.items():
        for sign, words in ((1, f"of {name}, not {function.name}"), (-1, "of the activation at −z, not at z")):
            if (other is function) == (sign < 0):
                a = np.empty_like(before)
                other.value(sign * before, a)
                yield ForwardMistake(words, a if layer.layer.is_activation else z, a)
    yield ForwardMistake("without the activation", z if not layer.layer.is_activation else before, before)


def _z(layer: LayerTrace, x: Array, params: dict[str, Array]) -> Array:
    return outputs(layer, x, params)[0]


def _activated(kind: Layer, z: Array) -> Array:
    if kind.function is None:
        return z
    a = np.empty_like(z)
    kind.function.value(z, a)
    return a
