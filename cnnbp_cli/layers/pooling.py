"""Pooling: each window of a feature map becomes one number. There is nothing to learn, but δ must be routed back.

Max pooling passes on the largest number of the window, so a small change of any other changes nothing: all of
δ belongs to the cell that won, and the others get 0. Of equal cells the first, row by row, wins.

    y[i,j] = max_{r,c} x[i·s+r, j·s+c]          ∂C/∂x[p,q] = Σ δ[i,j] over the windows that (p,q) won

Average pooling gives each of the window's M cells the same part:

    y[i,j] = 1/M Σ_{r,c} x[i·s+r, j·s+c]        ∂C/∂x[p,q] = 1/M Σ δ[i,j] over the windows that contain (p,q)

Where windows overlap, a cell gets δ from all of its windows: hence the sums.

Source: Scherer, Müller, Behnke, Evaluation of pooling operations in convolutional architectures for object
recognition, ICANN 2010; LeCun et al. (1998), section II.B (there: sub-sampling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from cnnbp_cli.errors import ShapeError
from cnnbp_cli.layers.base import Layer, Memory, PositivePair, pair
from cnnbp_cli.layers.equations import Equations, strided
from cnnbp_cli.numerics.arrays import Array, Pair, Params, Shape
from cnnbp_cli.numerics.windows import cells


@dataclass(frozen=True, kw_only=True)
class Pool2D(Layer):
    """What both kinds of pooling share: the positions of the windows.

    Attributes
    ----------
    pool_size
        Sides of a window: one number, or [rows, columns].
    stride
        Step from one window to the next, one number or [down, across]; without it, the window's own sides.
        Rows and columns at the end that fill no window are left out.
    """

    prefix: ClassVar[str] = "pool"

    pool_size: PositivePair
    stride: PositivePair | None = None

    @cached_property
    def window(self) -> Pair:
        return pair(self.pool_size)

    @cached_property
    def steps(self) -> Pair:
        return pair(self.pool_size if self.stride is None else self.stride)

    @property
    def overlaps(self) -> bool:
        """Whether a cell may be in several windows."""
        return self.steps[0] < self.window[0] or self.steps[1] < self.window[1]

    @property
    def cell(self) -> str:
        """A cell of a window, as equations write it."""
        return f"x_k[{strided('i', self.steps[0])}+r, {strided('j', self.steps[1])}+c]"

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ShapeError(f"pooling needs feature maps (channels, height, width), not {input_shape}")
        channels, height, width = input_shape
        if height < self.window[0] or width < self.window[1]:
            raise ShapeError(
                f"a pooling window of {self.window[0]}×{self.window[1]} does not fit into maps of {height}×{width}"
            )
        return (
            channels,
            (height - self.window[0]) // self.steps[0] + 1,
            (width - self.window[1]) // self.steps[1] + 1,
        )

    def cells(self, images: Array) -> list[Array]:
        _, rows, columns = self.output_shape(images.shape[:3])
        return cells(images, self.window, self.steps, (rows, columns))


@dataclass(frozen=True, kw_only=True)
class MaxPool2D(Pool2D):
    """Max pooling: the largest of each window."""

    picks_largest: ClassVar[bool] = True

    type: Literal["max_pool2d"] = "max_pool2d"

    def equations(self, input_shape: Shape) -> Equations:
        return Equations(
            f"a_k[i,j] = max {self.cell},  r < {self.window[0]}, c < {self.window[1]}",
            "∂C/∂x_k[p,q] = Σ δ_k[i,j] over the windows that (p,q) won"
            if self.overlaps
            else "∂C/∂x_k[p,q] = δ_k[i,j] where (p,q) won window (i,j), else 0",
        )

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        work = memory.get_or_create(x.shape, lambda: PoolingBuffers(self, x))
        cells = self.cells(x)
        select(cells, work.y)
        memory.saved = work, cells
        return work.y

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work, cells = memory.saved
        if self.overlaps:
            work.dx.fill(0)
        np.copyto(work.buffers.rest, delta)
        route(work.y, cells, work.dx_cells, work.buffers, add=self.overlaps)
        return work.dx


@dataclass(frozen=True, kw_only=True)
class AvgPool2D(Pool2D):
    """Average pooling: the mean of each window."""

    type: Literal["avg_pool2d"] = "avg_pool2d"

    def equations(self, input_shape: Shape) -> Equations:
        part = f"1/{self.window[0] * self.window[1]}"
        return Equations(
            f"a_k[i,j] = {part} Σ {self.cell},  r < {self.window[0]}, c < {self.window[1]}",
            f"∂C/∂x_k[p,q] = {part} Σ δ_k[i,j] over the windows that contain (p,q)",
        )

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        memory.saved = work = memory.get_or_create(x.shape, lambda: PoolingBuffers(self, x))
        first, *others = self.cells(x)
        np.copyto(work.y, first)
        for cell in others:
            np.add(work.y, cell, out=work.y)
        np.multiply(work.y, 1 / work.y.dtype.type(self.window[0] * self.window[1]), out=work.y)
        return work.y

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work = memory.saved
        np.multiply(delta, 1 / delta.dtype.type(self.window[0] * self.window[1]), out=work.rest)
        work.dx.fill(0)
        for cell in work.dx_cells:
            np.add(cell, work.rest, out=cell)
        return work.dx


class PoolingBuffers:
    """The buffers of one pooling layer for one shape of batch; `buffers` are made by max pooling alone."""

    def __init__(self, layer: Pool2D, x: Array) -> None:
        output = layer.output_shape(x.shape[:3])
        self.y = np.empty((*output, x.shape[3]), x.dtype)
        self.rest = np.empty_like(self.y)
        self.dx = np.zeros_like(x)  # stays zero where no window reaches
        self.dx_cells = layer.cells(self.dx)

    @cached_property
    def buffers(self) -> Routing:
        return Routing(self.y)


class Routing:
    """What `route` needs to work in: buffers laid out as `largest`, `rest` with the δ that is not given away yet."""

    def __init__(self, largest: Array) -> None:
        self.rest, self.share = np.zeros_like(largest), np.empty_like(largest)
        self.wins = np.empty_like(largest, dtype=bool)


def select(cells: Sequence[Array], largest: Array) -> None:
    """`largest` = the maximum over `cells`."""
    np.copyto(largest, cells[0])
    for cell in cells[1:]:
        np.maximum(largest, cell, out=largest)


def route(largest: Array, cells: Sequence[Array], targets: Sequence[Array], buffers: Routing, *, add: bool) -> None:
    """Give each δ in `buffers.rest` to the cell that won: the first that equals the largest takes all.

    Which cell won is found here and not by `select`, so that evaluation does not pay for it.

    Parameters
    ----------
    largest, cells
        What `select` saw.
    targets
        Where ∂C/∂cell goes: added where `add`, for cells that are in several windows; else written.
    """
    rest, share, wins = buffers.rest, buffers.share, buffers.wins
    for cell, target in zip(cells[:-1], targets[:-1], strict=True):
        taken = share if add else target
        np.equal(cell, largest, out=wins)
        np.multiply(rest, wins, out=taken)
        np.subtract(rest, taken, out=rest)  # exact: what is left is δ or 0
        if add:
            np.add(target, share, out=target)
    last = targets[-1]
    if add:
        np.add(last, rest, out=last)
    else:
        np.copyto(last, rest)
