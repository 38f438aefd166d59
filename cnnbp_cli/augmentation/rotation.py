"""Rotation about the image's centre.

A = [cos φ, −sin φ; sin φ, cos φ],   φ uniform in ±degrees
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, Le

from cnnbp_cli.augmentation.base import Affine, identities
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Rotation(Affine):
    """Rotates an image.

    Attributes
    ----------
    degrees
        The largest angle, in either direction.
    """

    type: Literal["rotation"] = "rotation"
    degrees: Annotated[float, Gt(0), Le(180)]

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        drawn = identities(count)
        angle = np.deg2rad(rng.uniform(-self.degrees, self.degrees, count))
        drawn[:, 0, 0] = drawn[:, 1, 1] = np.cos(angle)
        drawn[:, 1, 0] = np.sin(angle)
        drawn[:, 0, 1] = -drawn[:, 1, 0]
        return drawn
