"""The valid cross-correlation of a batch of images with a bank of kernels, as one matrix product.

    z_k[i, j] = Σ_c Σ_m Σ_n w_k[c, m, n] · x_c[i·s₀ + m, j·s₁ + n]

im2col copies, for each output, the window under the kernel: a pixel is copied up to kh·kw times, and the
matrix product is only K rows tall. Here a *tile* of neighbouring outputs shares one window. Its K·th·tw
values come from one matrix product of that window with the kernels, each shifted to the place of its output:
a small Toeplitz block, zero elsewhere. For two outputs side by side (tile 1×2) and a kernel of 1×3:

    [z[0]]   [w₀ w₁ w₂ 0 ]   [x[0]]
    [z[1]] = [0  w₀ w₁ w₂] · [x[1]]
                             [x[2]]
                             [x[3]]

A tile of 1×1 is im2col. A larger tile copies less, makes the product taller and multiplies by more zeros;
`choose_tile` weighs them.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnbp_cli.numerics.arrays import Array, Pair
from cnnbp_cli.numerics.windows import overlap_add, windows


class Correlation:
    """The buffers of one correlation at one shape, and the two matrix products over them.

    Parameters
    ----------
    channels, maps
        C of the images and K of the kernels.
    kernel, stride
        Sides of a kernel; steps between outputs.
    output
        (Ho, Wo), the sides of z.
    batch
        N, the number of images.
    dtype
        float32 or float64.
    group
        The tile's outputs are stored by their position in a group of this size, so that, with the window of a
        pooling as the group, each cell of the pooling window is one contiguous block.
    """

    def __init__(
        self,
        channels: int,
        maps: int,
        kernel: Pair,
        stride: Pair,
        output: Pair,
        batch: int,
        dtype: Any,
        group: Pair = (1, 1),
    ) -> None:
        tile, _ = choose_tile(channels, maps, kernel, stride, output, batch, group)
        self.window = window_of(tile, kernel, stride)
        self.step = (tile[0] * stride[0], tile[1] * stride[1])
        self.count = (output[0] // tile[0], output[1] // tile[1])
        blocks = (tile[0] // group[0], tile[1] // group[1])
        rows = (*group, maps, *blocks)
        columns = (*self.count, batch)

        self.patches = np.empty((channels, *self.window, *columns), dtype)  # C, wh, ww, ty, tx, N
        self.tiles = np.empty((*rows, *columns), dtype)  # g₀, g₁, K, th/g₀, tw/g₁, ty, tx, N
        self.band = np.zeros((*rows, channels, *self.window), dtype)  # …, C, wh, ww: the Toeplitz block
        self.band_gradient = np.empty_like(self.band)

        self._patches = self.patches.reshape(channels * prod(self.window), -1)
        self._tiles = self.tiles.reshape(maps * tile[0] * tile[1], -1)
        self._band = self.band.reshape(self._tiles.shape[0], -1)
        self._band_gradient = self.band_gradient.reshape(self._band.shape)
        self._kernels = _kernels_within(self.band, kernel, stride)
        self._kernel_gradients = _kernels_within(self.band_gradient, kernel, stride)
        self._source = self._windows = self.patches

    def forward(self, x: Array, weight: Array) -> Array:
        """z of `x` (C, H, W, N) and `weight` (K, C, kh, kw), as `tiles`; `patches` keeps the windows of x."""
        if self._source is not x:
            self._source, self._windows = x, windows(x, self.window, self.step, self.count)
        np.copyto(self.patches, self._windows)
        self._kernels[...] = weight[:, None, None]
        np.matmul(self._band, self._patches, out=self._tiles)
        return self.tiles

    def add_kernel_gradient(self, delta_tiles: Array, grad_weight: Array) -> None:
        """∂C/∂w_k[c,m,n] += Σ_i Σ_j δ_k[i,j] · x_c[i·s₀+m, j·s₁+n], with the x of the last `forward`.

        δ is laid out as `tiles`. The product gives the gradient of the whole Toeplitz block; a kernel stands in
        it once for each output of the tile, and its gradient is the sum over these places.
        """
        np.matmul(delta_tiles.reshape(self._tiles.shape), self._patches.T, out=self._band_gradient)
        grad_weight += self._kernel_gradients.sum(axis=(0, 1, 3, 4))

    def input_delta(self, delta_tiles: Array, out: Array) -> None:
        """`out` (C, H, W, N) = ∂C/∂x_c[p,q] = Σ_k Σ_m Σ_n δ_k[i,j] · w_k[c,m,n] over i·s₀+m = p, j·s₁+n = q.

        The way back over the way of `forward`, with its weights: the transposed Toeplitz block gives each window its
        delta, and a pixel adds up what it gets from the windows that it lies in: first over the windows that lie
        above each other, then over those side by side, wh + ww additions in the place of wh · ww (the second
        convolution of wide.yaml: 1.3 ms instead of 1.8, of LeNet-5: 0.32 instead of 0.36).

        Written for the image as a whole, this is the full correlation of δ with the kernel turned by 180°; computed
        that way, as a correlation of its own, it took twice as long for the second convolution of LeNet-5.
        """
        np.matmul(self._band.T, delta_tiles.reshape(self._tiles.shape), out=self._window_deltas)
        overlap_add(self._window_deltas.reshape(self.patches.shape), self.step[0], self._column_deltas)
        covered = self._column_deltas.shape[2]
        overlap_add(self._column_deltas, self.step[1], out[:, :covered])
        out[:, covered:].fill(0)

    @cached_property
    def _window_deltas(self) -> Array:
        return np.empty_like(self._patches)

    @cached_property
    def _column_deltas(self) -> Array:
        """The same, added up over the windows above each other: C, ww, rows that a window reaches, tx, N."""
        channels, rows, columns = self.patches.shape[:3]
        return np.empty(
            (channels, columns, self.step[0] * (self.count[0] - 1) + rows, *self.patches.shape[4:]), self.patches.dtype
        )

    def untiled(self, images: Array) -> Array:
        """`images` (K, Ho, Wo, N) as a view that is laid out as `tiles`: to write tiles into it, or read them out."""
        g0, g1, maps, b0, b1, t0, t1, batch = self.tiles.shape
        split = images.reshape(maps, t0, b0, g0, t1, b1, g1, batch)
        return split.transpose(3, 6, 0, 2, 5, 1, 4, 7)


def _kernels_within(band: Array, kernel: Pair, stride: Pair) -> Array:
    """The places of the kernels in a Toeplitz block, as a writeable view (g₀, g₁, K, th/g₀, tw/g₁, C, kh, kw).

    The output at (i, j) of the tile meets its window at (i·s₀, j·s₁), and i = (block row)·g₀ + (row in group):
    so a step to the next output is a step in the block's rows and in its columns at once.
    """
    g0, g1, maps, b0, b1, channels = band.shape[:6]
    r0, r1, k, o0, o1, c, a, b = band.strides
    down, across = stride[0] * a, stride[1] * b
    strides = (r0 + down, r1 + across, k, o0 + g0 * down, o1 + g1 * across, c, a, b)
    return as_strided(band, (g0, g1, maps, b0, b1, channels, *kernel), strides)


def window_of(tile: Pair, kernel: Pair, stride: Pair) -> Pair:
    """The sides of the window that a tile of outputs sees."""
    return (tile[0] - 1) * stride[0] + kernel[0], (tile[1] - 1) * stride[1] + kernel[1]


def choose_tile(
    channels: int, maps: int, kernel: Pair, stride: Pair, output: Pair, batch: int, group: Pair
) -> tuple[Pair, float]:
    """The tile, a multiple of `group` that divides `output`, that takes least time, and the estimate in nanoseconds.

    The estimate is a model of two costs, fitted to one core of an AMD EPYC with AVX2 (see `benchmarks/tiles.py`):

        copying a run of N numbers        8 ns + 0.1 ns · N
        a multiply-add of a product       2 / (90 · rows / (rows + 8)) ns, once forward and once for the gradient

    It is the ratio of the two that matters, and the minimum is flat: elsewhere the choice may be second best,
    and the result is the same.
    """

    def cost(tile: Pair) -> float:
        columns = channels * prod(window_of(tile, kernel, stride))
        tiles = prod(output) // prod(tile)
        rows = maps * prod(tile)
        copies = columns * tiles * (8 + 0.1 * batch)
        products = 2 * rows * columns * tiles * batch * 2 * (rows + 8) / (90 * rows)
        return copies + products

    heights, widths = (
        [t for t in range(g, min(o, 8) + 1, g) if o % t == 0] for g, o in zip(group, output, strict=True)
    )
    estimate, tile = min((cost((h, w)), (h, w)) for h in heights for w in widths)
    return tile, estimate
