"""Pooling: each window of a feature map becomes one number. There is nothing to learn, but δ must find its way back.

Max pooling passes on the largest number of the window, so a small change of any other changes nothing: all of
δ belongs to the cell that won, and the others get 0. Of equal cells the first, row by row, wins.

    y[i,j] = max_{r,c} x[i·s+r, j·s+c]          ∂C/∂x[p,q] = Σ δ[i,j] over the windows that (p,q) won

Average pooling gives each of the window's M cells the same part:

    y[i,j] = 1/M Σ_{r,c} x[i·s+r, j·s+c]        ∂C/∂x[p,q] = 1/M Σ δ[i,j] over the windows that (p,q) lies in

Where windows overlap, a cell collects δ from all of its windows: hence the sums.

Source: Scherer, Müller, Behnke, Evaluation of pooling operations in convolutional architectures for object
recognition, ICANN 2010; LeCun et al. (1998), section II.B (there: sub-sampling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from cnnbp_cli.errors import ShapeError
from cnnbp_cli.layers.base import Layer, Memory, PositivePair, pair
from cnnbp_cli.layers.equations import Equations, strided
from cnnbp_cli.numerics.arrays import Array, Pair, Params, Shape
from cnnbp_cli.numerics.windows import cells


@dataclass(frozen=True, kw_only=True)
class Pool2D(Layer):
    """What both kinds of pooling share: where the windows lie.

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
        """Whether a cell may lie in several windows."""
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

    def cells(self, images: Array, output: Shape) -> list[Array]:
        """Each cell of the window, as a view of `images` (C, H, W, N) of the output's shape."""
        return cells(images, self.window, self.steps, (output[1], output[2]))


@dataclass(frozen=True, kw_only=True)
class MaxPool2D(Pool2D):
    """Max pooling: the largest of each window."""

    type: Literal["max_pool2d"] = "max_pool2d"

    def equations(self, input_shape: Shape) -> Equations:
        return Equations(
            f"a_k[i,j] = max {self.cell},  r < {self.window[0]}, c < {self.window[1]}",
            "∂C/∂x_k[p,q] = Σ δ_k[i,j] over the windows that (p,q) won"
            if self.overlaps
            else "∂C/∂x_k[p,q] = δ_k[i,j] where (p,q) won window (i,j), else 0",
        )

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        memory.kept = work = memory.once(x.shape, lambda: _Work(self, x))
        select(self.cells(x, work.y.shape), work.y, work.wins)
        return work.y

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work = memory.kept
        if self.overlaps:
            work.dx.fill(0)
        route(delta, work.wins, work.dx_cells, work.rest, work.share if self.overlaps else None)
        return work.dx


@dataclass(frozen=True, kw_only=True)
class AvgPool2D(Pool2D):
    """Average pooling: the mean of each window."""

    type: Literal["avg_pool2d"] = "avg_pool2d"

    def equations(self, input_shape: Shape) -> Equations:
        part = f"1/{self.window[0] * self.window[1]}"
        return Equations(
            f"a_k[i,j] = {part} Σ {self.cell},  r < {self.window[0]}, c < {self.window[1]}",
            f"∂C/∂x_k[p,q] = {part} Σ δ_k[i,j] over the windows that (p,q) lies in",
        )

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        memory.kept = work = memory.once(x.shape, lambda: _Work(self, x))
        first, *others = self.cells(x, work.y.shape)
        np.copyto(work.y, first)
        for cell in others:
            np.add(work.y, cell, out=work.y)
        np.multiply(work.y, 1 / work.y.dtype.type(self.window[0] * self.window[1]), out=work.y)
        return work.y

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work = memory.kept
        np.multiply(delta, 1 / delta.dtype.type(self.window[0] * self.window[1]), out=work.rest)
        work.dx.fill(0)
        for cell in work.dx_cells:
            np.add(cell, work.rest, out=cell)
        return work.dx


class _Work:
    """The buffers of one pooling layer for one shape of batch; `wins` and `share` are made by max pooling alone."""

    def __init__(self, layer: Pool2D, x: Array) -> None:
        output = layer.output_shape(x.shape[:3])
        self.y = np.empty((*output, x.shape[3]), x.dtype)
        self.rest = np.empty_like(self.y)
        self.dx = np.zeros_like(x)  # stays zero where no window reaches
        self.dx_cells = layer.cells(self.dx, output)

    @cached_property
    def wins(self) -> list[Any]:
        return [np.empty(self.y.shape, bool) for _ in self.dx_cells[1:]]

    @cached_property
    def share(self) -> Array:
        return np.empty_like(self.y)


def select(cells: Sequence[Array], largest: Array, wins: Sequence[Array]) -> None:
    """`largest` = the maximum over `cells`; `wins[k−1]` says where cell k was larger than all before it.

    The last cell that wins in this sense is the first of the largest.
    """
    np.copyto(largest, cells[0])
    for cell, win in zip(cells[1:], wins, strict=True):
        np.greater(cell, largest, out=win)
        np.maximum(largest, cell, out=largest)


def route(delta: Array, wins: Sequence[Array], cells: Sequence[Array], rest: Array, share: Array | None) -> None:
    """Give each δ to the cell that won: from the last cell to the first, a winner takes all that is left.

    Parameters
    ----------
    delta, wins
        ∂C/∂largest, and what `select` found.
    cells
        Where to write ∂C/∂cell.
    rest
        A buffer of δ's shape.
    share
        Another where cells lie in several windows and so collect; None where each cell is written once.
    """
    np.copyto(rest, delta)
    for cell, win in zip(cells[:0:-1], wins[::-1], strict=True):
        taken = cell if share is None else share
        np.multiply(rest, win, out=taken)
        np.subtract(rest, taken, out=rest)  # exact: what is left is δ or 0
        if share is not None:
            np.add(cell, share, out=cell)
    if share is None:
        np.copyto(cells[0], rest)
    else:
        np.add(cells[0], rest, out=cells[0])
