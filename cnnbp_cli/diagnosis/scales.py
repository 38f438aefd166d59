"""Arrays that are equal up to a factor."""

from __future__ import annotations

from math import isfinite

import numpy as np

from cnnbp_cli.numerics.arrays import Array

FIT = 1e-6
"""The largest ‖u − s·g‖ / ‖u‖ at which u counts as s·g. A float32 calculation of the exercise's length is this exact,
whatever its order of sums; different mistakes are much further apart."""


def scaled(numbers: Array, made: Array) -> tuple[float, float] | None:
    """The s that minimises ‖numbers − s·made‖, and that norm over ‖numbers‖; None if either array is 0."""
    u, g = numbers.reshape(-1), made.reshape(-1)
    size, own = float(np.linalg.norm(u)), float(np.linalg.norm(g))
    if not (size > 0 and own > 0 and isfinite(size) and isfinite(own)):
        return None
    scale = float(u / size @ (g / own)) * size / own
    return scale, float(np.linalg.norm(u - scale * g)) / size
