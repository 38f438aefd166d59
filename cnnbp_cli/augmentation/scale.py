"""Scaling about the image's centre, independently in height and width.

A = diag(1/s_row, 1/s_column),   ln s uniform in ±ln(1 + by)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, Le

from cnnbp_cli.augmentation.base import Affine, identities
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Scale(Affine):
    """Stretches and shrinks an image.

    Attributes
    ----------
    by
        The largest change: 0.1 stretches a side to at most 1.1 times its length, or shrinks it to at least 1/1.1.
    """

    type: Literal["scale"] = "scale"
    by: Annotated[float, Gt(0), Le(10)]

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        drawn = identities(count)
        reach = np.log1p(self.by)
        drawn[:, [0, 1], [0, 1]] = np.exp(rng.uniform(-reach, reach, (count, 2)))
        return drawn
