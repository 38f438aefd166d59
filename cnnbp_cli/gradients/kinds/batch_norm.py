"""Batch normalisation. ∂C/∂x has two terms for every δ of its channel, since μ and σ depend on every x:

∂C/∂x_i = δ_i · w/σ − Σ_j δ_j · w/σ · 1/m − Σ_j δ_j · x̂_j · x̂_i · w/σ · 1/m
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod, sqrt
from typing import Any, NamedTuple

import numpy as np

from cnnbp_cli.gradients.chain import Backward
from cnnbp_cli.gradients.kinds.base import EntryEquation, Kind, powers
from cnnbp_cli.gradients.terms import Factor, Index, LayerEntries, Term
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.numerics.arrays import Array, Shape


class BatchNormKind(Kind[BatchNorm]):
    """z = w · (x − μ) / σ + b, with μ and σ of the batch."""

    of = BatchNorm

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        channel = self._channel(entries, index[0])
        yield Term((entries.param("weight", index[0]), channel.normalised(entries, index)))
        yield Term((entries.param("bias", index[0]),))

    def gradient_terms(self, entries: LayerEntries, parameter: str, index: Index) -> Iterator[Term]:
        channel = self._channel(entries, index[0])
        for place in channel.places:
            delta = entries.delta(*place)
            yield Term((delta, channel.normalised(entries, place)) if parameter == "weight" else (delta,))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        channel = self._channel(entries, index[0])
        scale = entries.param("weight", index[0]), Factor("1/σ", None, 1 / channel.deviation)
        yield Term((entries.delta(*index), *scale))
        m = prod(channel.shape)
        share = Factor(f"−1/{m}", None, -1 / m)
        own = channel.normalised(entries, index)
        for place in channel.places:
            yield Term((entries.delta(*place), *scale, share))
            yield Term((entries.delta(*place), channel.normalised(entries, place), own, *scale, share))

    def _channel(self, entries: LayerEntries, number: int) -> _Channel:
        x = entries.layer.input[number]
        return _Channel(number, x.shape, float(x.mean()), sqrt(float(x.var()) + self.layer.epsilon))

    def entry_equations(self, input_shape: Shape) -> Mapping[str, EntryEquation]:
        equations = self.layer.equations(input_shape)
        place = "kij" if len(input_shape) == 3 else "k"
        gradients = {name: EntryEquation(text, "k") for name, text in equations.gradients.items()}
        return {
            "forward": EntryEquation(equations.forward, place),
            "back": EntryEquation(equations.back, place),
            **gradients,
        }

    def geometry(self, input_shape: Shape) -> dict[str, Any]:
        return {"epsilon": self.layer.epsilon}

    def output_variance(self, trace: LayerTrace, variance: Array) -> Array:
        batch = _Normalised(self.layer, trace, variance)
        weight, bias = (batch.per_channel(trace.params[name] ** 2) for name in ("weight", "bias"))
        return weight * (batch.variance + batch.x_hat**2) + bias

    def backward_of_powers(self, trace: LayerTrace, power: int) -> Backward:
        """|δ|^p through |w/σ|^p and |x̂|^p."""
        batch = _Normalised(self.layer, trace)
        factor = np.abs(batch.x_hat) ** power
        scale = batch.per_channel(powers(trace, power)["weight"]) * batch.inverse**power
        count = batch.m ** (power - 1)

        def backward(delta: Array) -> dict[str, Array]:
            along = delta * factor
            of_delta, of_along = (part.mean(batch.over, keepdims=True) / count for part in (delta, along))
            return {
                "grad_input": scale * (delta + of_delta + factor * of_along),
                "grad_weight": along.sum(batch.over),
                "grad_bias": delta.sum(batch.over),
            }

        return backward

    def backward_of_variance(self, trace: LayerTrace, variance: Array) -> Backward:
        """δ² through the errors of x̂ and 1/σ; (1/m Σ δ x̂)² is at most 1/m Σ δ²."""
        batch = _Normalised(self.layer, trace, variance)
        scale = batch.per_channel(powers(trace, 2)["weight"]) * batch.inverse**2

        def backward(delta: Array) -> dict[str, Array]:
            along = delta * batch.variance
            mean = delta.mean(batch.over, keepdims=True)
            of_along = along.mean(batch.over, keepdims=True) / batch.m
            of_scale = (delta + mean * (1 + batch.x_hat**2)) * batch.of_sigma
            return {
                "grad_input": scale * (batch.variance * mean + batch.x_hat**2 * of_along + of_scale),
                "grad_weight": along.sum(batch.over),
                "grad_bias": np.zeros(len(delta)),  # a sum of δ alone, without a factor that could be off
            }

        return backward


class _Channel(NamedTuple):
    """One channel of a batch: its numbers, μ and σ."""

    number: int
    shape: tuple[int, ...]
    mean: float
    deviation: float

    @property
    def places(self) -> Iterator[Index]:
        """The index of each of its numbers."""
        return ((self.number, *place) for place in np.ndindex(self.shape))

    def normalised(self, entries: LayerEntries, index: Index) -> Factor:
        """x̂ there."""
        x = entries.x(*index)
        return Factor(f"x̂ of {x}", None, (x.value - self.mean) / self.deviation)


class _Normalised:
    """x̂ and 1/σ of a traced batch normalisation, and the variance of x̂ where that of x is given."""

    def __init__(self, layer: BatchNorm, trace: LayerTrace, variance: Array | float = 0.0) -> None:
        self.over = over = tuple(range(1, trace.input.ndim))
        self.m = m = prod(trace.input.shape[1:])
        mean = trace.input.mean(over, keepdims=True)
        self.inverse = 1 / np.sqrt(trace.input.var(over, keepdims=True) + layer.epsilon)
        self.x_hat = (trace.input - mean) * self.inverse
        of_mean = np.mean(variance * np.ones_like(trace.input), over, keepdims=True) / m
        centred = (variance + of_mean + mean**2) * self.inverse**2
        self.of_sigma = 1 + (self.x_hat**2 * centred).mean(over, keepdims=True) / m
        self.variance = centred + self.x_hat**2 * self.of_sigma

    def per_channel(self, values: Array) -> Array:
        """One number per channel, as a factor of all its numbers."""
        return values.reshape(self.inverse.shape)
