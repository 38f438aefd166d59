"""Batch normalisation: each channel's numbers are given a mean of β and a standard deviation of γ.

Over the m numbers of a channel in the batch (of feature maps m = N·H·W, of vectors m = N), in training:

    μ = 1/m Σ x,   v = 1/m Σ (x − μ)²,   σ = √(v + ε),   x̂ = (x − μ) / σ,   z = γ x̂ + β

    ∂C/∂γ = Σ δ x̂,   ∂C/∂β = Σ δ
    ∂C/∂x = γ/σ · (δ − 1/m Σ δ − x̂ · 1/m Σ δ x̂)

The two sums in ∂C/∂x are there because μ and σ depend on every x: a δ anywhere in the batch reaches all of it.

In evaluation, μ and v are the running statistics r, which follow those of the training steps by a factor ρ (momentum):

    r ← r + ρ (s − r),   s = μ, and m/(m − 1) v, which estimates the variance without bias

Where a batch is cut into parts that are computed at once, each part is normalised by its own μ and v, and s is their
mean, weighted by the parts' images.

Source: Ioffe, Szegedy, Batch normalization, ICML 2015; parts: Hoffer, Hubara, Soudry, Train longer, generalize better,
NeurIPS 2017 ("ghost batch normalization").
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Gt, Le

from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.layers.functions import FUNCTIONS, ActivationName, Function
from cnnbp_cli.numerics.arrays import Array, Params, Shape


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

    def equations(self, input_shape: Shape) -> Equations:
        place = "k[i,j]" if len(input_shape) == 3 else "k"
        over = "n,i,j" if len(input_shape) == 3 else "n"
        return Equations(
            f"z_{place} = w_k · x̂_{place} + b_k,  x̂ = (x − μ_k) / σ_k of the batch",
            f"∂C/∂x_{place} = w_k/σ_k · (δ_{place} − mean δ_k − x̂_{place} · mean(δ_k x̂_k))",
            {"weight": f"∂C/∂w_k = Σ_{over} δ_{place} · x̂_{place}", "bias": f"∂C/∂b_k = Σ_{over} δ_{place}"},
        )

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        work = memory.get_or_create((x.shape, memory.batches), lambda: BatchNormBuffers(x, memory.batches))
        memory.saved = work, memory.training
        if memory.training:
            work.read_statistics(x)
        else:
            work.mean[...], work.variance[...] = (_beside(params[f"running_{name}"]) for name in ("mean", "var"))
            np.subtract(work.grouped(x), work.mean, out=work.x_hat)
        np.add(work.variance, self.epsilon, out=work.inverse)
        np.sqrt(work.inverse, out=work.inverse)
        np.reciprocal(work.inverse, out=work.inverse)
        np.multiply(work.x_hat, work.inverse, out=work.x_hat)
        np.multiply(work.x_hat, _beside(params["weight"]), out=work.z_grouped)
        np.add(work.z_grouped, _beside(params["bias"]), out=work.z_grouped)
        return work.z

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work, batch_statistics = memory.saved
        delta = work.grouped(delta)
        along, total = _products(delta, work.x_hat), delta.sum(axis=(1, 3), keepdims=True)
        grads["weight"][...] += along.sum(axis=(1, 2, 3))
        grads["bias"][...] += total.sum(axis=(1, 2, 3))
        if not need_input:
            return None
        scale = _beside(params["weight"]) * work.inverse
        if not batch_statistics:
            np.multiply(delta, scale, out=work.dx_grouped)
            return work.dx
        np.multiply(work.x_hat, along / -work.count, out=work.dx_grouped)
        np.add(work.dx_grouped, delta, out=work.dx_grouped)
        np.subtract(work.dx_grouped, total / work.count, out=work.dx_grouped)
        np.multiply(work.dx_grouped, scale, out=work.dx_grouped)
        return work.dx

    def add_statistics(self, memory: Memory, sums: Params) -> None:
        work, _ = memory.saved
        images = work.z.shape[-1]
        sums["running_mean"][...] += images * work.mean.reshape(-1)
        unbiased = work.count / max(work.count - 1, 1)
        sums["running_var"][...] += images * unbiased * work.variance.reshape(-1)

    def follow(self, params: Params, sums: Params, images: int) -> None:
        for name in ("running_mean", "running_var"):
            params[name][...] += self.momentum * (sums[name] / images - params[name])


class BatchNormBuffers:
    """The buffers of one layer for one shape of batch, and views of them as (C, places, batches, images of each).

    Of one batch, the view is (C, 1, 1, m): sums then run over one long axis.

    Attributes
    ----------
    count
        m.
    mean, variance, inverse
        μ, v and 1/σ of each channel in each batch, (C, 1, batches, 1).
    """

    def __init__(self, x: Array, batches: int) -> None:
        channels, *places, images = x.shape
        self.count = prod(places) * images // batches
        self._groups = (channels, prod(places), batches, -1) if batches > 1 else (channels, 1, 1, -1)
        self.z, self.dx = np.empty_like(x), np.empty_like(x)
        self.z_grouped, self.dx_grouped = self.grouped(self.z), self.grouped(self.dx)
        self.x_hat = np.empty_like(self.z_grouped)
        self.mean, self.variance, self.inverse = np.empty((3, channels, 1, batches, 1), x.dtype)

    def grouped(self, array: Array) -> Array:
        return array.reshape(self._groups)

    def read_statistics(self, x: Array) -> None:
        """μ and v of the batch; x − μ is left in `x_hat`."""
        x = self.grouped(x)
        np.mean(x, axis=(1, 3), keepdims=True, out=self.mean)
        np.subtract(x, self.mean, out=self.x_hat)
        np.divide(_products(self.x_hat, self.x_hat), self.count, out=self.variance)


def _products(one: Array, other: Array) -> Array:
    """Σ one · other over each channel in each batch, (C, 1, batches, 1)."""
    sums: Array = np.einsum("cpbn,cpbn->cb", one, other)
    return sums[:, None, :, None]


def _beside(values: Array) -> Array:
    """One number a channel, as a factor of all its numbers."""
    return values[:, None, None, None]
