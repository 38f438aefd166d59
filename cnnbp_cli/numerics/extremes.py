"""Config values with which numbers grow without bound, whatever the learning rate."""

from __future__ import annotations

from typing import NamedTuple

SMALLEST_EPSILON = 1e-19
"""About the root of the smallest float32: below it, an ε no longer bounds a division by √v + ε or √(v + ε)."""


class Extreme(NamedTuple):
    """One such value.

    Attributes
    ----------
    key
        Its key in the section that declares it.
    usual
        A value that works.
    effect
        What the extreme value does.
    """

    key: str
    usual: float
    effect: str
