"""A convolution and the max pooling after it as one step, so that the feature maps are never laid out in full.

The tiles of the convolution are stored by their position in the pooling window (`group` of `Correlation`): each cell
of the window is then a contiguous block, the pooling is a few maxima over long runs, and the bias, equal at all
positions of a map, is added after the pooling: max(z) + b = max(z + b). The mathematics stays in the two layers: this
step only passes the tiles of one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.conv import ONE, Conv2D, ConvBuffers
from cnnbp_cli.layers.pooling import MaxPool2D, Routing, route, select
from cnnbp_cli.numerics.arrays import Array, Params, Shape
from cnnbp_cli.numerics.plan import best_plan

TYPICAL_BATCH = 64
"""The batch size for comparing one step with two, since the actual one is not known yet."""

LAYOUT_COST = 1.0
"""Nanoseconds per number to lay out a feature map in full: to write and read it and its delta. `benchmarks/fusing.py`
measures 0.5 to 1.4. The value matters only if many channels make a tile of the window's size slow."""


@dataclass(frozen=True, kw_only=True)
class ConvMaxPool(Layer):
    """`conv`, then `pool`, whose windows cover the maps without overlap."""

    prefix: ClassVar[str] = "conv"

    type: Literal["conv2d and max_pool2d"] = "conv2d and max_pool2d"
    conv: Conv2D
    pool: MaxPool2D

    @classmethod
    def of(cls, conv: Layer, pool: Layer, input_shape: Shape) -> ConvMaxPool | None:
        """The two layers as one step; None if they are not such a pair, or if two steps are faster."""
        if not isinstance(conv, Conv2D) or not isinstance(pool, MaxPool2D) or conv.bias == "per_position":
            return None
        maps, rows, columns = conv.output_shape(input_shape)
        if pool.steps != pool.window or rows % pool.window[0] or columns % pool.window[1]:
            return None
        alone, together = (
            best_plan(conv.problem(input_shape, group), TYPICAL_BATCH).estimate for group in (ONE, pool.window)
        )
        laid_out = maps * rows * columns * TYPICAL_BATCH * LAYOUT_COST
        return cls(conv=conv, pool=pool) if together < alone + laid_out else None

    def output_shape(self, input_shape: Shape) -> Shape:
        return self.pool.output_shape(self.conv.output_shape(input_shape))

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        return self.conv.parameter_shapes(input_shape)

    def multiply_adds(self, input_shape: Shape) -> int:
        return self.conv.multiply_adds(input_shape)

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        conv = self.conv.work(x, memory, self.pool.window)
        memory.saved = pooled = memory.get_or_create(("pooled", x.shape), lambda: _Pooled(self, conv))
        conv.correlate(x, params["weight"])
        select(pooled.cells, pooled.largest)
        for largest, y in pooled.pieces:
            if self.conv.bias == "none":
                np.copyto(y, largest)
            else:
                np.add(largest, params["bias"][:, None, None, None, None, None], out=y)
        return pooled.y

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        pooled: _Pooled = memory.saved
        conv = pooled.conv
        if self.conv.bias != "none":
            self.conv.add_bias_gradient(delta, grads)
        for tiles, part in conv.correlation.pieces(pooled.buffers.rest, delta):
            np.copyto(tiles, part)
        route(pooled.largest, pooled.cells, pooled.delta_cells, pooled.buffers, add=False)
        return conv.backward(grads["weight"], need_input)


class _Pooled:
    """The buffers of the step, in addition to those of the convolution."""

    def __init__(self, layer: ConvMaxPool, conv: ConvBuffers) -> None:
        self.conv = conv
        tiles, delta_tiles = conv.correlation.tiles, conv.delta_tiles
        places = list(np.ndindex(layer.pool.window))
        self.cells, self.delta_cells = ([array[place] for place in places] for array in (tiles, delta_tiles))
        self.largest = np.empty_like(self.cells[0])
        self.buffers = Routing(self.largest)
        self.y = np.empty((*layer.pool.output_shape(conv.output), tiles.shape[-1]), tiles.dtype)
        self.pieces = conv.correlation.pieces(self.largest, self.y)
