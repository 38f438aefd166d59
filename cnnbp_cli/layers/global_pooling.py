"""Global pooling: each feature map becomes one number, so that no dense layer depends on the size of the maps.

Average pooling takes the mean of the map's M = H·W cells, and gives each the same part of δ:

    a_k = 1/M Σ_ij x_k[i,j]         ∂C/∂x_k[p,q] = δ_k / M

Max pooling takes the largest. All of δ goes to that cell; of equal cells, to the first, row by row:

    a_k = max_ij x_k[i,j]           ∂C/∂x_k[p,q] = δ_k where (p,q) is the largest, else 0

Source: Lin, Chen, Yan, Network in network, ICLR 2014, section 3.2; max: Oquab, Bottou, Laptev, Sivic, Is object
localization for free?, CVPR 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, Literal

import numpy as np

from cnnbp_cli.errors import ShapeError
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.layers.pooling import Routing, route
from cnnbp_cli.numerics.arrays import Array, Params, Shape


@dataclass(frozen=True, kw_only=True)
class GlobalPool(Layer):
    """What both kinds of global pooling share: one output per map."""

    prefix: ClassVar[str] = "pool"

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ShapeError(f"global pooling needs feature maps (channels, height, width), not {input_shape}")
        return input_shape[:1]

    def cells(self, images: Array) -> list[Array]:
        return [images[:, i, j] for i, j in np.ndindex(*images.shape[1:3])]


@dataclass(frozen=True, kw_only=True)
class GlobalAvgPool(GlobalPool):
    """From feature maps (C, H, W) to the vector (C,) of their means."""

    type: Literal["global_avg_pool"] = "global_avg_pool"

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


@dataclass(frozen=True, kw_only=True)
class GlobalMaxPool2D(GlobalPool):
    """From feature maps (C, H, W) to the vector (C,) of their largest numbers."""

    picks_largest: ClassVar[bool] = True

    type: Literal["global_max_pool2d"] = "global_max_pool2d"

    def equations(self, input_shape: Shape) -> Equations:
        _, height, width = input_shape
        return Equations(
            f"a_k = max x_k[i,j],  i < {height}, j < {width}",
            "∂C/∂x_k[p,q] = δ_k where (p,q) is the largest, else 0",
        )

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        work = memory.get_or_create(x.shape, lambda: GlobalMaxBuffers(self, x))
        memory.saved = work, x
        return np.max(x, axis=(1, 2), out=work.y)

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work, x = memory.saved
        np.copyto(work.buffers.rest, delta)
        route(work.y, self.cells(x), work.dx_cells, work.buffers, add=False)
        return work.dx


class GlobalMaxBuffers:
    """The buffers of one global max pooling for one shape of batch."""

    def __init__(self, layer: GlobalMaxPool2D, x: Array) -> None:
        self.y = np.empty((x.shape[0], x.shape[3]), x.dtype)
        self.dx = np.empty_like(x)
        self.dx_cells = layer.cells(self.dx)
        self.buffers = Routing(self.y)
