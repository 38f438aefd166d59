"""Numeric derivatives by central differences, with bounds of their errors.

From four costs around C(x), at x ± h and x ± 2h:

    D(h)   = (C(x+h) − C(x−h)) / 2h       = C′ + h² C‴/6  + O(h⁴)
    D(2h)  = (C(x+2h) − C(x−2h)) / 4h     = C′ + 4h² C‴/6 + O(h⁴)
    C′     ≈ (4 D(h) − D(2h)) / 3                                       Richardson's extrapolation

Two errors remain. *Truncation*: the error after the extrapolation is of order h⁴ and smaller than |D(h) − D(2h)| / 3,
the error that it removed. *Rounding*: each cost has an error of standard deviation s, so C′ has one of
s · √(2·8² + 2·1²) / 12h. The costs themselves give an estimate of s: their fourth difference,

    Δ⁴ = C(x−2h) − 4 C(x−h) + 6 C(x) − 4 C(x+h) + C(x+2h)

is h⁴ C⁗ without rounding, which is negligible (h⁴ is about 10⁻²¹), and has a standard deviation of √70 s with it.

Source: Richardson, Phil. Trans. A 226 (1927); Moré, Wild, Estimating computational noise, SIAM J. Sci. Comput. 33
(2011): the difference table and its factor √70.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnbp_cli.numerics.arrays import Array

OFFSETS = (-2, -1, 1, 2)
"""Where the costs are evaluated, relative to x, in units of h."""

SPREAD = 130**0.5 / 12
"""Standard deviation of the derivative's rounding error, in units of s / h."""


class Differences(NamedTuple):
    """The results from four costs around each of n points. All arrays are (n,).

    Attributes
    ----------
    derivative
        C′, extrapolated.
    truncation
        A bound of its truncation error.
    noise
        |Δ⁴| / √70, one estimate per point of the rounding error s of a cost.
    """

    derivative: Array
    truncation: Array
    noise: Array


def central_differences(costs: Array, cost: float, h: Array) -> Differences:
    """Derivatives from `costs` (n, 4) at the OFFSETS, the `cost` at x, and the steps `h` (n,)."""
    far_below, below, above, far_above = costs.T
    narrow = (above - below) / (2 * h)
    wide = (far_above - far_below) / (4 * h)
    fourth = far_below - 4 * below + 6 * cost - 4 * above + far_above
    return Differences((4 * narrow - wide) / 3, np.abs(narrow - wide) / 3, np.abs(fourth) / 70**0.5)
