"""Windows of an image as views, which copy no pixels; and the adjoint, which sums overlapping windows."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnbp_cli.numerics.arrays import Array, Pair


def windows(images: Array, size: Pair, step: Pair, count: Pair) -> Array:
    """The windows of a batch of images: `view[c, a, b, i, j, n] = images[c, i·step₀ + a, j·step₁ + b, n]`.

    Parameters
    ----------
    images
        (C, H, W, N).
    size
        Rows and columns of a window.
    step
        Vertical and horizontal distance to the next window.
    count
        The number of windows, vertically and horizontally.

    Returns
    -------
    A read-only view of shape (C, size₀, size₁, count₀, count₁, N).
    """
    c, h, w, n = images.strides
    shape = (images.shape[0], *size, *count, images.shape[3])
    return as_strided(images, shape, (c, h, w, h * step[0], w * step[1], n), writeable=False)


def cells(images: Array, size: Pair, step: Pair, count: Pair) -> list[Array]:
    """For each cell (r, c) of a window, row by row, that cell of all windows: a writeable view (C, count₀, count₁, N).

    The same numbers as `windows` in another order: one whole image per cell of the window, so that a reduction over
    the window is one elementwise operation per cell, over long runs of memory.
    """
    return [
        images[:, r : r + step[0] * (count[0] - 1) + 1 : step[0], c : c + step[1] * (count[1] - 1) + 1 : step[1]]
        for r in range(size[0])
        for c in range(size[1])
    ]


def overlap_add(parts: Array, step: int, out: Array) -> None:
    """Sums windows that may overlap along one axis: `out[:, :, i·step + a] = Σ parts[:, a, :, i]`.

    The first part at each position is written and only the others are added, so no array is zeroed first.

    Parameters
    ----------
    parts
        (C, size, …, count, …): position a of window i.
    step
        Distance to the next window.
    out
        (C, …, length, …), with length (count − 1) · step + size; 0 where there is no window.
    """
    size, count = parts.shape[1], parts.shape[3]
    last = (count - 1) * step
    if size < step:
        out.fill(0)
    for a in range(size):
        if a < step:
            out[:, :, a : last + a + 1 : step] = parts[:, a]
            continue
        out[:, :, last + a] = parts[:, a, :, -1]
        reached = out[:, :, a : last + a : step]
        np.add(reached, parts[:, a, :, :-1], out=reached)
