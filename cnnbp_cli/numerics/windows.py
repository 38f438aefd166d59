"""Windows of an image as views, which copy no pixel by themselves; and the adjoint, which adds windows up."""

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
        How far the next window is, down and across.
    count
        How many windows there are, down and across.

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
    """Adds up windows along one axis where they may overlap: `out[:, :, i·step + a] = Σ parts[:, a, :, i]`.

    A place's first part is written and only the others are added, so nothing is filled with zeros first.

    Parameters
    ----------
    parts
        (C, size, …, count, …): place a of window i.
    step
        How far the next window is.
    out
        (C, …, length, …), with length (count − 1) · step + size; it is 0 where no window reaches.
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
