"""The activation layer: a = f(z), ∂C/∂z = ∂C/∂a ⊙ f′(z), for an f of `cnnbp_cli.layers.functions`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.layers.functions import FUNCTIONS, ActivationName, Function
from cnnbp_cli.numerics.arrays import Array, Params, Shape


@dataclass(frozen=True, kw_only=True)
class Activation(Layer):
    """An activation function as a layer of its own.

    Attributes
    ----------
    activation
        The function.
    """

    prefix: ClassVar[str] = "activation"
    is_activation: ClassVar[bool] = True

    type: Literal["activation"] = "activation"
    activation: ActivationName

    @property
    def function(self) -> Function:
        return FUNCTIONS[self.activation]

    @property
    def label(self) -> str:
        return self.activation

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def equations(self, input_shape: Shape) -> Equations:
        function = self.function
        return Equations(f"a = {function.symbol}(z) = {function.equation}", function.delta_equation("∂C/∂a"))

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        a, dz = memory.get_or_create(x.shape, lambda: (np.empty_like(x), np.empty_like(x)))
        memory.saved = x, a, dz
        self.function.value(x, a)
        return a

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        z, a, dz = memory.saved
        self.function.back(delta, z, a, dz)
        return dz
