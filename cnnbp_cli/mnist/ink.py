"""Ink: how far each pixel of a picture differs from the ground that it is drawn on, whatever the colours and the light.

    ground    g_c(x,y) = Σ_{i+j≤2} p_cij x^i y^j    a quadratic in each colour, fitted to the pixels near it
    contrast  d_c = (v_c − g_c) / max(g_c, 1 − g_c)  light that falls unevenly on paper dims the ink by the same factor
    ink       s = Σ_c u_c d_c                        along the direction u in which the contrast is greatest

u is the first eigenvector of Σ d dᵀ over the pixels, and points to where s is lopsided: there lies the ink. So light
ink on a dark ground, and red on a green of the same lightness, are ink as black on white is.

Source: Rousseeuw, Least median of squares regression (1984), for fits that outliers do not bend; Otsu, A threshold
selection method from gray-level histograms (1979).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnbp_cli.numerics.arrays import Array

SAMPLES = 48
"""Pixels along each side that the ground is fitted to: a quadratic needs no more."""

ROUNDS = 8
BINS = 256

LEAST_CONTRAST = 0.06
"""Of the range from black to white; the grain of paper and of cameras lies below it."""

LEAST_RATIO = 4.0
"""Between ink's distance from the ground and the ground's own scatter; a half of mere noise reaches 2.7."""


class Levels(NamedTuple):
    """Where ground ends and ink begins."""

    ground: float
    """The ground's scatter, a standard deviation."""
    threshold: float
    ink: float
    """The mean of what lies above the threshold."""

    @property
    def apart(self) -> bool:
        """Whether there is ink at all."""
        return self.ink >= max(LEAST_CONTRAST, LEAST_RATIO * self.ground)


def ink(picture: Array) -> Array:
    """The ink (H, W) of a picture (H, W, 3) of numbers from 0 to 1; about 0 on the ground."""
    ground = _ground(picture)
    contrast = (picture - ground) / np.maximum(ground, 1 - ground)
    flat = contrast.reshape(-1, picture.shape[-1])
    along = np.linalg.eigh(flat.T @ flat)[1][:, -1]
    amount: Array = contrast @ along
    return amount if np.sum(amount**3) >= 0 else -amount


def levels(amount: Array) -> Levels:
    """The threshold that parts `amount` best in two, in Otsu's sense, and what lies on each side."""
    counts, edges = np.histogram(amount, BINS)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = amount.size - below
    sums = np.cumsum(counts * middles)
    low, high = sums[:-1] / np.maximum(below, 1), (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    threshold = float(edges[1 + np.argmax(below * above * (high - low) ** 2)])
    over = amount > threshold
    return Levels(
        float(amount[~over].std()) if not over.all() else 0.0,
        threshold,
        float(amount[over].mean()) if over.any() else 0.0,
    )


def _ground(picture: Array) -> Array:
    """The ground under each pixel, from 0 to 1: a quadratic, fitted anew to the pixels that the last one came near.

    The first guess is the median of the picture's border.
    """
    height, width, _ = picture.shape
    rows = np.unique(np.linspace(0, height - 1, min(height, SAMPLES)).round().astype(int))
    columns = np.unique(np.linspace(0, width - 1, min(width, SAMPLES)).round().astype(int))
    some = picture[np.ix_(rows, columns)]
    border = np.concatenate([some[0], some[-1], some[:, 0], some[:, -1]])
    terms = _terms(rows, columns, picture.shape)
    distance = np.abs(some - np.median(border, axis=0)).max(axis=-1)
    for _ in range(ROUNDS):
        near = distance <= max(float(np.median(distance)) * 1.5, 1 / 255)
        fit = np.linalg.lstsq(terms[near], some[near], rcond=None)[0]
        distance = np.abs(some - terms @ fit).max(axis=-1)
    return np.clip(_terms(np.arange(height), np.arange(width), picture.shape) @ fit, 0, 1)


def _terms(rows: Array, columns: Array, shape: tuple[int, ...]) -> Array:
    """1, x, y, x², xy, y² at the pixels, x and y from −1 to 1."""
    y = (2 * rows / max(shape[0] - 1, 1) - 1)[:, None]
    x = (2 * columns / max(shape[1] - 1, 1) - 1)[None, :]
    one = np.ones((len(rows), len(columns)))
    return np.stack([one, x * one, y * one, x * x * one, x * y, y * y * one], axis=-1)
