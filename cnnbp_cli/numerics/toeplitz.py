"""im2col and Toeplitz tiles: a correlation as one matrix product of windows with shifted kernels.

A *tile* of neighbouring outputs shares one window. Its K·th·tw values come from one product of that window with the
kernels, each shifted to the position of its output: a small Toeplitz block, zero elsewhere. For two adjacent outputs
(tile 1×2) and a kernel of 1×3:

    [z[0]]   [w₀ w₁ w₂ 0 ]   [x[0]]
    [z[1]] = [0  w₀ w₁ w₂] · [x[1]]
                             [x[2]]
                             [x[3]]

A tile of 1×1 is im2col. A larger tile copies less and makes the product taller, but multiplies by more zeros.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnbp_cli.numerics.arrays import Array, Pair
from cnnbp_cli.numerics.correlation import Correlation, Problem
from cnnbp_cli.numerics.products import product
from cnnbp_cli.numerics.windows import overlap_add, windows


class Toeplitz(Correlation):
    """See `Correlation`. The tile divides the output."""

    def __init__(self, problem: Problem, tile: Pair, batch: int, dtype: Any) -> None:
        super().__init__(problem, tile, batch, dtype)
        group, channels = problem.group, problem.channels
        rows = (*group, problem.maps, tile[0] // group[0], tile[1] // group[1])
        columns = (*self.count, batch)

        self.patches = np.empty((channels, *self.window, *columns), dtype)  # C, wh, ww, ty, tx, N
        self.tiles = np.empty((*rows, *columns), dtype)  # g₀, g₁, K, th/g₀, tw/g₁, ty, tx, N
        self.band = np.zeros((*rows, channels, *self.window), dtype)  # …, C, wh, ww: the Toeplitz block
        self.band_gradient = np.empty_like(self.band)

        self._patches = self.patches.reshape(channels * prod(self.window), -1)
        self._tiles = self.tiles.reshape(prod(rows), -1)
        self._band = self.band.reshape(self._tiles.shape[0], -1)
        self._band_gradient = self.band_gradient.reshape(self._band.shape)
        self._kernels = _kernels_within(self.band, problem.kernel, problem.stride)
        self._kernel_gradients = _kernels_within(self.band_gradient, problem.kernel, problem.stride)
        self._source = self._windows = self.patches

    def forward(self, x: Array, weight: Array) -> Array:
        if self._source is not x:
            self._source, self._windows = x, windows(x, self.window, self.step, self.count)
        np.copyto(self.patches, self._windows)
        self._kernels[...] = weight[:, None, None]
        product(self._band, self._patches, self._tiles)
        return self.tiles

    def add_kernel_gradient(self, delta_tiles: Array, grad_weight: Array) -> None:
        """See `Correlation`. The product gives the gradient of the whole Toeplitz block, which contains each kernel
        once per output of the tile; the kernel's gradient is the sum over these copies."""
        product(delta_tiles.reshape(self._tiles.shape), self._patches.T, self._band_gradient)
        grad_weight += self._kernel_gradients.sum(axis=(0, 1, 3, 4))

    def input_delta(self, delta_tiles: Array, out: Array) -> None:
        product(self._band.T, delta_tiles.reshape(self._tiles.shape), self._window_deltas)
        overlap_add(self._window_deltas.reshape(self.patches.shape), self.step[0], self._column_deltas)
        rows, columns = self.needed
        overlap_add(self._column_deltas, self.step[1], out[:, :rows, :columns])
        out[:, rows:].fill(0)
        out[:, :rows, columns:].fill(0)

    @cached_property
    def _window_deltas(self) -> Array:
        return np.empty_like(self._patches)

    @cached_property
    def _column_deltas(self) -> Array:
        """The windows' deltas, summed vertically: (C, ww, rows, tx, N)."""
        shape = (self.problem.channels, self.window[1], self.needed[0], self.count[1], self.batch)
        return np.empty(shape, self.dtype)


def _kernels_within(band: Array, kernel: Pair, stride: Pair) -> Array:
    """The kernels in a Toeplitz block, as a writeable view (g₀, g₁, K, th/g₀, tw/g₁, C, kh, kw).

    The kernel of output (i, j) of the tile starts at (i·s₀, j·s₁) of the window, and i = (block row)·g₀ + (row in
    group): so the next output is one step further both in the block's rows and in its columns.
    """
    g0, g1, maps, b0, b1, channels = band.shape[:6]
    r0, r1, k, o0, o1, c, a, b = band.strides
    down, across = stride[0] * a, stride[1] * b
    strides = (r0 + down, r1 + across, k, o0 + g0 * down, o1 + g1 * across, c, a, b)
    return as_strided(band, (g0, g1, maps, b0, b1, channels, *kernel), strides)
