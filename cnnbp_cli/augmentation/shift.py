"""Shift: the whole image moves.

A p = p + t,   t_row, t_column uniform in ±pixels
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, Le

from cnnbp_cli.augmentation.base import Affine, identities
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Shift(Affine):
    """Moves an image; fractions of a pixel are possible.

    Attributes
    ----------
    pixels
        The largest shift in each direction.
    """

    type: Literal["shift"] = "shift"
    pixels: Annotated[float, Gt(0), Le(4096)]

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        drawn = identities(count)
        drawn[:, :2, 2] = rng.uniform(-self.pixels, self.pixels, (count, 2))
        return drawn
