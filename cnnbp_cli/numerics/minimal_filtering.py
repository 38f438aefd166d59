"""Minimal filtering in two dimensions: a tile of outputs with fewer multiplications than its kernel has weights.

The one-dimensional transforms of `cook_toom.py`, applied to the rows and to the columns of a window:

    tile     y  = Aᵀ [ Σ_c (G w Gᵀ) ⊙ (Bᵀ x B) ] A        n² products of matrices (K×C) · (C × tiles·N)
    kernel   ∂w = Gᵀ [ Σ (A δ Aᵀ) ⊙ (Bᵀ x B) ] G          Σ over all tiles and images
    window   ∂x = B [ Σ_k (G w Gᵀ) ⊙ (A δ Aᵀ) ] Bᵀ        then summed where windows overlap

with n² the numbers in a window; after the transform each position has its own product. The gradients are the
adjoints of the first line: the same matrices, transposed. A two-dimensional transform is one matrix product, with the
Kronecker product of the matrices for rows and for columns.

Rounding: in float32 the largest error is about 5·10⁻⁶ of the largest output (im2col: 10⁻⁶), in float64 about 10⁻¹⁴.

Source: Winograd (1980); Lavin, Gray, CVPR 2016, arXiv 1509.09308.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from cnnbp_cli.numerics.arrays import Array, Pair
from cnnbp_cli.numerics.cook_toom import Matrix, transforms
from cnnbp_cli.numerics.correlation import Correlation, Problem
from cnnbp_cli.numerics.products import product
from cnnbp_cli.numerics.windows import windows


class MinimalFiltering(Correlation):
    """See `Correlation`. For stride 1 and any tile; the tiles may extend beyond the output."""

    def __init__(self, problem: Problem, tile: Pair, batch: int, dtype: Any) -> None:
        super().__init__(problem, tile, batch, dtype)
        assert problem.stride == (1, 1)
        group, maps, channels = problem.group, problem.maps, problem.channels
        blocks = tile[0] // group[0], tile[1] // group[1]
        self._columns = prod(self.count) * batch
        places = prod(self.window)
        rows, columns = (transforms(m, r) for m, r in zip(tile, problem.kernel, strict=True))

        outputs = kronecker(rows.output, columns.output, dtype).reshape(blocks[0], group[0], blocks[1], group[1], -1)
        self._output = np.ascontiguousarray(outputs.transpose(1, 3, 0, 2, 4)).reshape(-1, places)  # th·tw × n²
        self._kernel = kronecker(rows.kernel, columns.kernel, dtype)  # n² × kh·kw
        self._input = kronecker(rows.input, columns.input, dtype)  # n² × n²

        self.patches = np.empty((*self.window, channels, *self.count, batch), dtype)  # n, n, C, ty, tx, N
        self._patches = self.patches.reshape(places, -1)
        self._x = np.empty((places, channels, self._columns), dtype)  # Bᵀ x B
        self._w = np.empty((places, maps, channels), dtype)  # G w Gᵀ
        self._y = np.empty((places, maps, self._columns), dtype)  # their products; later A δ Aᵀ
        laid_out = np.empty((*group, *blocks, maps, *self.count, batch), dtype)
        self.tiles = laid_out.transpose(0, 1, 4, 2, 3, 5, 6, 7)
        self._tiles = laid_out.reshape(prod(tile), -1)
        self._source: Array | None = None
        self._windows = self.patches

    def forward(self, x: Array, weight: Array) -> Array:
        if self._source is not x:
            self._source = x
            self._windows = windows(x, self.window, self.step, self.count).transpose(1, 2, 0, 3, 4, 5)
        np.copyto(self.patches, self._windows)
        product(self._input, self._patches, self._x.reshape(self._patches.shape))
        np.matmul(self._kernel, weight.reshape(-1, self._kernel.shape[1]).T, out=self._w.reshape(len(self._w), -1))
        product(self._w, self._x, self._y)
        product(self._output, self._y.reshape(len(self._y), -1), self._tiles)
        return self.tiles

    def add_kernel_gradient(self, delta_tiles: Array, grad_weight: Array) -> None:
        delta = delta_tiles.transpose(0, 1, 3, 4, 2, 5, 6, 7).reshape(self._tiles.shape)
        product(self._output.T, delta, self._y.reshape(len(self._y), -1))
        product(self._y, self._x.transpose(0, 2, 1), self._w_gradient)
        gradient = self._kernel.T @ self._w_gradient.reshape(len(self._w_gradient), -1)
        grad_weight += gradient.T.reshape(grad_weight.shape)

    def window_deltas(self, delta_tiles: Array) -> Array:
        product(self._w.transpose(0, 2, 1), self._y, self._x)  # x and its windows are no longer needed
        product(self._input.T, self._x.reshape(self._patches.shape), self._patches)
        return self.patches.transpose(2, 0, 1, 3, 4, 5)

    @cached_property
    def _w_gradient(self) -> Array:
        return np.empty_like(self._w)


def kronecker(rows: Matrix, columns: Matrix, dtype: Any) -> Array:
    """The matrix that applies `rows` to the rows and `columns` to the columns of a flattened square, rounded once."""
    return np.array([[float(a * b) for a in row for b in column] for row in rows for column in columns], dtype)
