"""The dense (fully connected) layer: every output sees every input.

Forward, for a batch of column vectors:

    z = W · a + b                    W (out, in), a (in, N), b (out), z (out, N)

Backward, from δ = ∂C/∂z:

    ∂C/∂W = δ · aᵀ                   summed over the batch by the product itself
    ∂C/∂b = Σ_n δ_n
    ∂C/∂a = Wᵀ · δ

Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 2, equations BP1 to BP4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from cnnbp_cli.errors import ShapeError
from cnnbp_cli.layers.base import Layer, Memory, Positive
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.layers.functions import FUNCTIONS, ActivationName, Function, initializer_before
from cnnbp_cli.numerics.arrays import Array, Params, Shape
from cnnbp_cli.numerics.initializers import InitializerName, initial_weight


@dataclass(frozen=True, kw_only=True)
class Dense(Layer):
    """A matrix and a vector: from (in,) to (units,).

    Attributes
    ----------
    units
        The number of outputs.
    bias
        Whether a bias is added.
    activation
        The function applied to z, or nothing.
    initializer
        How the weights are initialised; without it, the initializer that suits the activation.
    """

    prefix: ClassVar[str] = "dense"

    type: Literal["dense"] = "dense"
    units: Positive
    bias: bool = True
    activation: ActivationName | None = None
    initializer: InitializerName | None = None

    @property
    def function(self) -> Function | None:
        return FUNCTIONS[self.activation] if self.activation else None

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:
            raise ShapeError(f"a dense layer needs vectors, not {input_shape}: put a flatten layer before it")
        return (self.units,)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (self.units, input_shape[0])}
        if self.bias:
            shapes["bias"] = (self.units,)
        return shapes

    def init(self, input_shape: Shape, rng: np.random.Generator, dtype: Any) -> dict[str, Array]:
        params = {name: np.zeros(shape, dtype) for name, shape in self.parameter_shapes(input_shape).items()}
        shape = params["weight"].shape
        params["weight"][...] = initial_weight(
            self.initializer or initializer_before(self.activation), shape, fan_in=shape[1], fan_out=shape[0], rng=rng
        )
        return params

    def multiply_adds(self, input_shape: Shape) -> int:
        return self.units * input_shape[0]

    def equations(self, input_shape: Shape) -> Equations:
        forward = "z = W · x + b" if self.bias else "z = W · x"
        return Equations(forward, "∂C/∂x = Wᵀ · δ", {"weight": "∂C/∂W = δ · xᵀ", "bias": "∂C/∂b = δ"})

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        work = memory.get_or_create(x.shape, lambda: DenseBuffers(self.units, x))
        memory.saved = work, x
        np.matmul(params["weight"], x, out=work.z)
        if self.bias:
            np.add(work.z, params["bias"][:, None], out=work.z)
        return work.z

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work, x = memory.saved
        np.matmul(delta, x.T, out=work.grad_weight)
        grads["weight"][...] += work.grad_weight
        if self.bias:
            grads["bias"][...] += delta.sum(axis=1)
        return np.matmul(params["weight"].T, delta, out=work.dx) if need_input else None


class DenseBuffers:
    """The buffers of one dense layer for one size of batch."""

    def __init__(self, units: int, x: Array) -> None:
        features, batch = x.shape
        self.z = np.empty((units, batch), x.dtype)
        self.dx = np.empty((features, batch), x.dtype)
        self.grad_weight = np.empty((units, features), x.dtype)
