"""Two arrays that are one but for a factor."""

from __future__ import annotations

from math import isfinite

import numpy as np

from cnnbp_cli.numerics.arrays import Array

FIT = 1e-6
"""‖u − s·g‖ / ‖u‖ at which u is s·g: what float32 leaves of a calculation, however it is written down. Different
mistakes lie far more than this apart."""


def scaled(numbers: Array, made: Array) -> tuple[float, float] | None:
    """The s that brings s·made next to the numbers, and ‖numbers − s·made‖ / ‖numbers‖; None where either is 0."""
    u, g = numbers.reshape(-1), made.reshape(-1)
    size, own = float(np.linalg.norm(u)), float(np.linalg.norm(g))
    if not (size > 0 and own > 0 and isfinite(size) and isfinite(own)):
        return None
    scale = float(u / size @ (g / own)) * size / own
    return scale, float(np.linalg.norm(u - scale * g)) / size
