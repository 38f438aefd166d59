"""Layers with the sizes, or the squares, of their factors: what carries bounds, or variances, in place of numbers.

A layer that is linear in its input and in its parameters does so itself, given their sizes or squares. Means, and batch
normalisation, which is not linear in its input, have layers of their own here. Variances are in units of eps².
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from math import prod
from typing import Any, ClassVar, TypeAlias

import numpy as np

from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.layers.global_pooling import GlobalAvgPool
from cnnbp_cli.numerics.arrays import Array, Params, Shape

Sized: TypeAlias = tuple[Layer, dict[str, Array], Array]
"""A layer, its parameters and its input."""


@singledispatch
def upward(kind: Layer, layer: LayerTrace, variance: Array) -> Array:
    """The variance of z from that of x: Σ w² (V_x + x²)."""
    x = variance + layer.input**2 if layer.params else variance
    return kind.forward(_powers(layer, 2), x, Memory())


@singledispatch
def sized(kind: Layer, layer: LayerTrace, power: int) -> Sized:
    """For the way back: the layer with |w|^p and |x|^p. Pooling windows keep their winners."""
    return kind, _powers(layer, power), np.abs(layer.input) ** power if layer.params else layer.input


@singledispatch
def varied(kind: Layer, layer: LayerTrace, variance: Array) -> Sized:
    """For the way back of δ² through the variance of x, where x is a factor: w is none here."""
    return kind, {name: np.zeros_like(value) for name, value in layer.params.items()}, variance


def _powers(layer: LayerTrace, power: int) -> dict[str, Array]:
    return {name: np.abs(value) ** power for name, value in layer.params.items()}


@dataclass(frozen=True, kw_only=True)
class _WayBack(Layer):
    """A layer for the way back alone."""

    prefix: ClassVar[str] = "back"
    type: str = "backward pass"

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        return x


@dataclass(frozen=True, kw_only=True)
class SizedMean(_WayBack):
    """The mean of M numbers, whose factor is 1/M^p."""

    places: Shape
    power: int

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        part = delta[:, None, None] / prod(self.places) ** self.power
        return np.broadcast_to(part, (len(delta), *self.places, delta.shape[-1]))


@upward.register
def _(kind: GlobalAvgPool, layer: LayerTrace, variance: Array) -> Array:
    summed: Array = (variance + layer.input**2).sum(axis=(1, 2))
    return summed / prod(layer.input.shape[1:3]) ** 2


@sized.register
def _(kind: GlobalAvgPool, layer: LayerTrace, power: int) -> Sized:
    return SizedMean(places=layer.input.shape[1:3], power=power), {}, layer.input


class _Normalised:
    """x̂ and 1/σ of a traced batch normalisation, and the variance of x̂ where that of x is given."""

    def __init__(self, kind: BatchNorm, layer: LayerTrace, variance: Array | float = 0.0) -> None:
        self.over = over = tuple(range(1, layer.input.ndim))
        self.m = m = prod(layer.input.shape[1:])
        mean = layer.input.mean(over, keepdims=True)
        self.inverse = 1 / np.sqrt(layer.input.var(over, keepdims=True) + kind.epsilon)
        self.x_hat = (layer.input - mean) * self.inverse
        of_mean = np.mean(variance * np.ones_like(layer.input), over, keepdims=True) / m
        centred = (variance + of_mean + mean**2) * self.inverse**2
        self.of_sigma = 1 + (self.x_hat**2 * centred).mean(over, keepdims=True) / m
        self.variance = centred + self.x_hat**2 * self.of_sigma

    def beside(self, values: Array) -> Array:
        """One number a channel, as a factor of all its numbers."""
        return values.reshape(self.inverse.shape)


@upward.register
def _(kind: BatchNorm, layer: LayerTrace, variance: Array) -> Array:
    made = _Normalised(kind, layer, variance)
    weight, bias = (made.beside(layer.params[name] ** 2) for name in ("weight", "bias"))
    return weight * (made.variance + made.x_hat**2) + bias


@sized.register
def _(kind: BatchNorm, layer: LayerTrace, power: int) -> Sized:
    return SizedBatchNorm(made=_Normalised(kind, layer), power=power), _powers(layer, power), layer.input


@varied.register
def _(kind: BatchNorm, layer: LayerTrace, variance: Array) -> Sized:
    return VariedBatchNorm(made=_Normalised(kind, layer, variance)), _powers(layer, 2), layer.input


@dataclass(frozen=True, kw_only=True, eq=False)
class SizedBatchNorm(_WayBack):
    """|δ|^p through |w/σ|^p and |x̂|^p."""

    made: Any
    power: int

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        made, m = self.made, self.made.m ** (self.power - 1)
        factor = np.abs(made.x_hat) ** self.power
        along = delta * factor
        grads["weight"][...] += along.sum(made.over)
        grads["bias"][...] += delta.sum(made.over)
        of_delta, of_along = (part.mean(made.over, keepdims=True) / m for part in (delta, along))
        scale = made.beside(params["weight"]) * made.inverse**self.power
        back: Array = scale * (delta + of_delta + factor * of_along)
        return back


@dataclass(frozen=True, kw_only=True, eq=False)
class VariedBatchNorm(_WayBack):
    """δ² through what x̂ and 1/σ are off by; (1/m Σ δ x̂)² is at most 1/m Σ δ²."""

    made: Any

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        made = self.made
        along = delta * made.variance
        grads["weight"][...] += along.sum(made.over)
        mean = delta.mean(made.over, keepdims=True)
        of_along = along.mean(made.over, keepdims=True) / made.m
        scale = made.beside(params["weight"]) * made.inverse**2
        of_scale = (delta + mean * (1 + made.x_hat**2)) * made.of_sigma
        back: Array = scale * (made.variance * mean + made.x_hat**2 * of_along + of_scale)
        return back
