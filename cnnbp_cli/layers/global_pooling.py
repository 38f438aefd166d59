"""Global average pooling: each feature map becomes one number, its mean, so that no dense layer depends on its size.

    a_k = 1/M Σ_ij x_k[i,j],   ∂C/∂x_k[p,q] = δ_k / M          M = H·W

Source: Lin, Chen, Yan, Network in network, ICLR 2014, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, Literal

import numpy as np

from cnnbp_cli.errors import ShapeError
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.numerics.arrays import Array, Params, Shape


@dataclass(frozen=True, kw_only=True)
class GlobalAvgPool(Layer):
    """From feature maps (C, H, W) to the vector (C,) of their means."""

    prefix: ClassVar[str] = "pool"

    type: Literal["global_avg_pool"] = "global_avg_pool"

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ShapeError(f"global average pooling needs feature maps (channels, height, width), not {input_shape}")
        return input_shape[:1]

    def equations(self, input_shape: Shape) -> Equations:
        part = f"1/{prod(input_shape[1:])}"
        return Equations(f"a_k = {part} Σ_i,j x_k[i,j]", f"∂C/∂x_k[p,q] = {part} δ_k")

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        y, dx = memory.get_or_create(x.shape, lambda: (np.empty((x.shape[0], x.shape[3]), x.dtype), np.empty_like(x)))
        memory.saved = dx
        return np.mean(x, axis=(1, 2), out=y)

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        dx: Array = memory.saved
        part = 1 / delta.dtype.type(prod(dx.shape[1:3]))
        np.multiply(delta[:, None, None], part, out=dx)
        return dx
