"""Flatten: (C, H, W) as one vector, channel by channel, row by row; backward, δ is reshaped to (C, H, W).

a[(c·H + i)·W + j] = x[c,i,j]
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, Literal

from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.numerics.arrays import Array, Params, Shape


@dataclass(frozen=True, kw_only=True)
class Flatten(Layer):
    """From feature maps to a vector; no number is copied or changed."""

    prefix: ClassVar[str] = "flatten"

    type: Literal["flatten"] = "flatten"

    def output_shape(self, input_shape: Shape) -> Shape:
        return (prod(input_shape),)

    def equations(self, input_shape: Shape) -> Equations:
        return Equations("a = x, written as one vector", "∂C/∂x = δ, in the shape of x again")

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        memory.saved = x.shape
        return x.reshape(-1, x.shape[-1])

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        return delta.reshape(memory.saved)
