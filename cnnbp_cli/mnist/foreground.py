"""Foreground: how much each pixel of a picture differs from the background, whatever the colours and the lighting.

    background  g_c(x,y) = Σ_{i+j≤2} p_cij x^i y^j    a quadratic in each colour, fitted to the pixels near it
    contrast    d_c = (v_c − g_c) / max(g_c, 1 − g_c)  uneven light on paper dims a stroke by the same factor
    foreground  s = Σ_c u_c d_c                        along the direction u of greatest contrast

u is the first eigenvector of Σ d dᵀ over the pixels, with the sign that makes s skewed to positive values, where the
strokes are. So light strokes on a dark background, or red on a green of the same lightness, are found as well as black
on white.

Source: Rousseeuw, Least median of squares regression (1984), for fits that outliers do not distort; Otsu, A threshold
selection method from gray-level histograms (1979).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.numerics.arrays import Array

SAMPLES_PER_SIDE = 48
"""Pixels along each side that the background is fitted to: enough for a quadratic."""

FIT_ROUNDS = 8
HISTOGRAM_BINS = 256

MIN_CONTRAST = 0.06
"""Of the range from black to white; the grain of paper and of camera sensors is below it."""

MIN_RATIO = 4.0
"""Of the foreground's contrast to the background's scatter; half of pure noise reaches 2.7."""


class Levels(NamedTuple):
    """The threshold between background and foreground, and the level of each."""

    background: float
    """The background's scatter, a standard deviation."""
    threshold: float
    foreground: float
    """The mean of the values above the threshold."""

    @property
    def separable(self) -> bool:
        """Whether there is any foreground at all."""
        return self.foreground >= max(MIN_CONTRAST, MIN_RATIO * self.background)


def foreground(picture: Array, inside: NDArray[np.bool_]) -> Array:
    """How much of each pixel (H, W) of a picture (H, W, 3), values 0 to 1, is foreground; about 0 on the background.

    Only the pixels `inside` count, of which there is at least one; the others are 0.
    """
    background = _background(picture, inside)
    contrast = (picture - background) / np.maximum(background, 1 - background) * inside[..., None]
    flat = contrast.reshape(-1, picture.shape[-1])
    along = np.linalg.eigh(flat.T @ flat)[1][:, -1]
    amount: Array = contrast @ along
    return amount if np.sum(amount**3) >= 0 else -amount


def levels(amount: Array) -> Levels:
    """The threshold that separates `amount` best in two classes, in Otsu's sense, and their levels."""
    counts, edges = np.histogram(amount, HISTOGRAM_BINS)
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


def _background(picture: Array, inside: NDArray[np.bool_]) -> Array:
    """The background at each pixel, 0 to 1: a quadratic in each colour.

    Fits are tried from two guesses, the median of the border and that of the whole, and the one nearer to most pixels
    is taken: on a desk, or within the dark border of a scan, the border does not show the paper.
    """
    height, width, _ = picture.shape
    rows = np.unique(np.linspace(0, height - 1, min(height, SAMPLES_PER_SIDE)).round().astype(int))
    columns = np.unique(np.linspace(0, width - 1, min(width, SAMPLES_PER_SIDE)).round().astype(int))
    grid = np.ix_(rows, columns)
    chosen = inside[grid] if inside[grid].any() else np.ones((len(rows), len(columns)), bool)
    edge = chosen.copy()
    edge[1:-1, 1:-1] = False
    some, terms = picture[grid][chosen], _terms(rows, columns, picture.shape)[chosen]
    guesses = [np.median(some, axis=0)]
    if edge.any():
        guesses.insert(0, np.median(picture[grid][edge], axis=0))
    fits = [_fitted(some, terms, guess) for guess in guesses]
    fit = min(fits, key=lambda fit: float(np.median(_distance(some, terms @ fit))))
    return np.clip(_terms(np.arange(height), np.arange(width), picture.shape) @ fit, 0, 1)


def _fitted(some: Array, terms: Array, guess: Array) -> Array:
    """The coefficients of a quadratic, fitted repeatedly to the pixels near the last fit; the first is constant."""
    distance = _distance(some, guess)
    for _ in range(FIT_ROUNDS):
        near = distance <= max(float(np.median(distance)) * 1.5, 1 / 255)
        fit: Array = np.linalg.lstsq(terms[near], some[near], rcond=None)[0]
        distance = _distance(some, terms @ fit)
    return fit


def _distance(some: Array, background: Array) -> Array:
    distance: Array = np.abs(some - background).max(axis=-1)
    return distance


def _terms(rows: Array, columns: Array, shape: tuple[int, ...]) -> Array:
    """1, x, y, x², xy, y² at the pixels, with x and y from −1 to 1."""
    y = (2 * rows / max(shape[0] - 1, 1) - 1)[:, None]
    x = (2 * columns / max(shape[1] - 1, 1) - 1)[None, :]
    one = np.ones((len(rows), len(columns)))
    return np.stack([one, x * one, y * one, x * x * one, x * y, y * y * one], axis=-1)
