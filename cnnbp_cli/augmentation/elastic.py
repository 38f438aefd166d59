"""Elastic distortion: a smooth random field moves each place.

    d = α (g_σ * n),   n uniform in ±1, independent for every pixel and for rows and columns

with g_σ the Gaussian of standard deviation σ. Each d(p) is a sum of some hundred independent numbers, so its
limit is drawn instead: the Gaussian field of the same covariance, a product of one over rows and one over columns,

    ⟨d(i,j) d(i′,j′)⟩ = α²/3 · κ(i − i′) κ(j − j′),   κ(h) = (g_σ * g_σ)(h) = e^(−h²/4σ²) / (2σ√π)

A smooth field has few degrees of freedom: of the products of κ's eigenvectors, its modes, 42 hold 99.9 % of the
variance for σ = 4 and 28×28 pixels. Their amplitudes are independent, so 42 numbers are drawn instead of 784, and
no smoothing is needed. d has the standard deviation α / (2σ√(3π)), 1.4 pixels for Simard's σ = 4, α = 34.

Source: Simard, Steinkraus, Platt, Best practices for convolutional neural networks applied to visual document analysis,
ICDAR 2003; the modes: Karhunen-Loève expansion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from cnnbp_cli.augmentation.base import Distortion
from cnnbp_cli.numerics.arrays import Array

RETAINED_VARIANCE = 0.999
"""The fraction of the field's variance that its modes carry."""

MAX_PIXELS_PER_SIGMA = 8192
"""The largest pixels / σ. There are about pixels / σ² modes, each of as many numbers as pixels: at most 256 MB."""


@dataclass(frozen=True, kw_only=True)
class Elastic(Distortion):
    """Distorts an image the way handwriting varies.

    Attributes
    ----------
    sigma
        σ, how smooth the field is, in pixels.
    alpha
        α, how strong it is, in pixels.
    """

    type: Literal["elastic"] = "elastic"
    sigma: Annotated[float, Ge(1), Le(1000)] = 4.0
    alpha: Annotated[float, Gt(0), Le(100_000)] = 34.0

    def misfit(self, height: int, width: int) -> str | None:
        least = height * width / MAX_PIXELS_PER_SIGMA
        if self.sigma >= least:
            return None
        return f"so rough a field has too many modes for {height}×{width} pixels: sigma must be at least {least:.3g}"

    def modes(self, height: int, width: int) -> Array:
        (row_variances, rows), (column_variances, columns) = map(self._along, (height, width))
        variances = np.multiply.outer(row_variances, column_variances).reshape(-1)
        order = np.argsort(-variances, kind="stable")
        held = np.cumsum(variances[order]) / variances.sum()
        kept = order[: int(np.searchsorted(held, RETAINED_VARIANCE)) + 1]
        i, j = np.unravel_index(kept, (height, width))
        products = rows.T[i][:, :, None] * columns.T[j][:, None, :]
        return products * (self.alpha * np.sqrt(variances[kept] / 3))[:, None, None]

    def draw(self, rng: np.random.Generator, count: int, modes: int) -> Array:
        return rng.standard_normal((count, 2, modes), np.float32)

    def _along(self, side: int) -> tuple[Array, Array]:
        """κ's eigenvalues and, as columns, its eigenvectors."""
        places = np.arange(side)
        distance = places[:, None] - places
        values, vectors = np.linalg.eigh(np.exp(-(distance**2) / (4 * self.sigma**2)) / (2 * self.sigma * np.pi**0.5))
        return np.maximum(values, 0), vectors
