"""Batch normalisation: each channel's numbers are given a mean of β and a standard deviation of γ.

Over the m numbers of a channel in the batch (of feature maps m = N·H·W, of vectors m = N), in training:

    μ = 1/m Σ x,   v = 1/m Σ (x − μ)²,   σ = √(v + ε),   x̂ = (x − μ) / σ,   z = γ x̂ + β

    ∂C/∂γ = Σ δ x̂,   ∂C/∂β = Σ δ
    ∂C/∂x = γ/σ · (δ − 1/m Σ δ − x̂ · 1/m Σ δ x̂)

The two sums in ∂C/∂x are there because μ and σ depend on every x: a δ anywhere in the batch reaches all of it.

In evaluation, μ and v are the running statistics r, which follow those of the training steps by a factor ρ (momentum):

    r ← r + ρ (s − r),   s = μ, and m/(m − 1) v, which estimates the variance without bias

Where a batch is computed in blocks, each measures its own m_b, μ_b and M_b = Σ (x − μ_b)², and these are merged to what
the whole batch has, so that no digit is lost as in Σ x² − m μ²:

    m = Σ m_b,   μ = 1/m Σ m_b μ_b,   v = 1/m Σ [M_b + m_b (μ_b − μ)²]

Source: Ioffe, Szegedy, Batch normalization, ICML 2015; blocks: Chan, Golub, LeVeque, Updating formulae and a pairwise
algorithm for computing sample variances (1979).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Gt, Le

from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.layers.functions import FUNCTIONS, ActivationName, Function
from cnnbp_cli.numerics.arrays import Array, Params, Shape
from cnnbp_cli.numerics.extremes import SMALLEST_EPSILON, Extreme


@dataclass(frozen=True, kw_only=True)
class BatchNorm(Layer):
    """Normalises each channel of feature maps, or each feature of vectors.

    Attributes
    ----------
    momentum
        ρ, how far each step takes the running statistics towards its own.
    epsilon
        ε, added to the variance.
    activation
        The function applied to z, or nothing.
    """

    prefix: ClassVar[str] = "bn"
    mixes: ClassVar[bool] = True

    type: Literal["batch_norm"] = "batch_norm"
    momentum: Annotated[float, Gt(0), Le(1)] = 0.1
    epsilon: Annotated[float, Gt(0)] = 1e-5
    activation: ActivationName | None = None

    @property
    def function(self) -> Function | None:
        return FUNCTIONS[self.activation] if self.activation else None

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        return {"weight": input_shape[:1], "bias": input_shape[:1]}

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        return {"running_mean": input_shape[:1], "running_var": input_shape[:1]}

    def init(self, input_shape: Shape, rng: np.random.Generator, dtype: Any) -> dict[str, Array]:
        zeros, ones = np.zeros(input_shape[0], dtype), np.ones(input_shape[0], dtype)
        return {"weight": ones, "bias": zeros, "running_mean": zeros, "running_var": ones}

    def extremes(self) -> Iterator[Extreme]:
        if self.epsilon < SMALLEST_EPSILON:
            yield Extreme("epsilon", 1e-5, "ε is too small to bound 1/σ where a channel is constant")

    def batch_problem(self, input_shape: Shape, batch_size: int) -> str | None:
        if batch_size * prod(input_shape[1:]) > 1:
            return None
        return (
            "with batches of one image, each mean is over one number: the normalised output is 0 for every image, and "
            "earlier layers get no gradient. Set train.batch_size to 2 or more, or leave out this layer"
        )

    def equations(self, input_shape: Shape) -> Equations:
        place = "k[i,j]" if len(input_shape) == 3 else "k"
        over = "n,i,j" if len(input_shape) == 3 else "n"
        return Equations(
            f"z_{place} = w_k · x̂_{place} + b_k,  x̂ = (x − μ_k) / σ_k of the batch",
            f"∂C/∂x_{place} = w_k/σ_k · (δ_{place} − mean δ_k − x̂_{place} · mean(δ_k x̂_k))",
            {"weight": f"∂C/∂w_k = Σ_{over} δ_{place} · x̂_{place}", "bias": f"∂C/∂b_k = Σ_{over} δ_{place}"},
        )

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        work = self._work(x, memory)
        memory.saved = work, memory.training
        if memory.training:
            merged = self.merge([self.measure(x, memory)]) if memory.merged is None else memory.merged
            memory.merged = None
            work.count = merged[0]
            np.subtract(work.own_mean, merged[1], out=work.offset)
            work.mean[...], work.variance[...] = merged[1:]
        else:
            work.mean[...], work.variance[...] = (_beside(params[f"running_{name}"]) for name in ("mean", "var"))
            np.subtract(work.grouped(x), work.mean, out=work.centred)
            work.offset.fill(0)
        np.add(work.variance, self.epsilon, out=work.inverse)
        np.sqrt(work.inverse, out=work.inverse)
        np.reciprocal(work.inverse, out=work.inverse)
        factor = _beside(params["weight"]) * work.inverse
        np.multiply(work.centred, factor, out=work.z_grouped)
        np.add(work.z_grouped, _beside(params["bias"]) + factor * work.offset, out=work.z_grouped)
        return work.z

    def measure(self, x: Array, memory: Memory) -> Array:
        """(3, C, 1, batches, 1), float64: m_b, μ_b and M_b; x − μ_b stays in the layer's buffers."""
        work = self._work(x, memory)
        x = work.grouped(x)
        np.mean(x, axis=(1, 3), keepdims=True, out=work.own_mean)
        np.subtract(x, work.own_mean, out=work.centred)
        own = np.empty((3, *work.own_mean.shape))
        own[0] = x.shape[1] * x.shape[3]
        own[1] = work.own_mean
        own[2] = _products(work.centred, work.centred)
        return own

    def merge(self, blocks: Sequence[Array]) -> Array:
        """m, μ and v, from what `measure` returned."""
        if len(blocks) == 1:
            count, mean, squares = blocks[0]
            return np.stack([count, mean, squares / count])
        counts, means, squares = np.stack(blocks, axis=1)
        count = counts.sum(axis=0)
        mean = (counts * means).sum(axis=0) / count
        return np.stack([count, mean, (squares + counts * (means - mean) ** 2).sum(axis=0) / count])

    def measure_delta(self, delta: Array, memory: Memory) -> Array:
        """(2, C, 1, batches, 1): Σ δ x̂ and Σ δ over this block."""
        work, _ = memory.saved
        delta = work.grouped(delta)
        total = delta.sum(axis=(1, 3), keepdims=True)
        along = _products(delta, work.centred)
        work.delta_sums[0] = (along + work.offset * total) * work.inverse
        work.delta_sums[1] = total
        return work.delta_sums

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work, batch_statistics = memory.saved
        if memory.merged is None:
            self.measure_delta(delta, memory)
        along, total = work.delta_sums if memory.merged is None else memory.merged
        memory.merged = None
        grads["weight"][...] += work.delta_sums[0].sum(axis=(1, 2, 3))
        grads["bias"][...] += work.delta_sums[1].sum(axis=(1, 2, 3))
        if not need_input:
            return None
        delta = work.grouped(delta)
        scale = _beside(params["weight"]) * work.inverse
        if not batch_statistics:
            np.multiply(delta, scale, out=work.dx_grouped)
            return work.dx
        slope = -(along * work.inverse / work.count).astype(delta.dtype)  # of ∂C/∂x over x − μ, without `scale`
        np.multiply(work.centred, slope, out=work.dx_grouped)
        np.add(work.dx_grouped, delta, out=work.dx_grouped)
        rest = (work.offset * slope - total / work.count).astype(delta.dtype)
        np.add(work.dx_grouped, rest, out=work.dx_grouped)
        np.multiply(work.dx_grouped, scale, out=work.dx_grouped)
        return work.dx

    def add_statistics(self, memory: Memory, sums: Params) -> None:
        work, _ = memory.saved
        images = work.z.shape[-1]
        sums["running_mean"][...] += images * work.mean.reshape(-1)
        unbiased = work.count / np.maximum(work.count - 1, 1)
        sums["running_var"][...] += images * (unbiased * work.variance).reshape(-1)

    def _work(self, x: Array, memory: Memory) -> BatchNormBuffers:
        return memory.get_or_create((x.shape, memory.batches), lambda: BatchNormBuffers(x, memory.batches))

    def follow(self, params: Params, sums: Params, images: int) -> None:
        for name in ("running_mean", "running_var"):
            params[name][...] += self.momentum * (sums[name] / images - params[name])


class BatchNormBuffers:
    """The buffers of one layer for one shape of block, and views of them as (C, places, batches, images of each).

    Of one batch, the view is (C, 1, 1, numbers): sums then run over one long axis.

    Attributes
    ----------
    count
        m of the whole batch, for each channel in each batch, as the next ones.
    mean, variance, inverse
        μ, v and 1/σ of the whole batch, (C, 1, batches, 1).
    own_mean, centred
        μ_b of this block and x − μ_b; in evaluation, x less the running mean.
    offset
        μ_b − μ.
    delta_sums
        Σ δ x̂ and Σ δ of this block.
    """

    def __init__(self, x: Array, batches: int) -> None:
        channels, *places, _ = x.shape
        self._groups = (channels, prod(places), batches, -1) if batches > 1 else (channels, 1, 1, -1)
        self.z, self.dx = np.empty_like(x), np.empty_like(x)
        self.z_grouped, self.dx_grouped = self.grouped(self.z), self.grouped(self.dx)
        self.centred = np.empty_like(self.z_grouped)
        self.mean, self.variance, self.inverse, self.own_mean, self.offset = np.empty(
            (5, channels, 1, batches, 1), x.dtype
        )
        self.delta_sums = np.empty((2, channels, 1, batches, 1), x.dtype)
        self.count = np.empty((channels, 1, batches, 1))

    def grouped(self, array: Array) -> Array:
        return array.reshape(self._groups)


def _products(one: Array, other: Array) -> Array:
    """Σ one · other over each channel in each batch, (C, 1, batches, 1)."""
    sums: Array = np.einsum("cpbn,cpbn->cb", one, other)
    return sums[:, None, :, None]


def _beside(values: Array) -> Array:
    """One number a channel, as a factor of all its numbers."""
    return values[:, None, None, None]
