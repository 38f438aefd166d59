"""A layer's equations as plain text, in the usual letters.

x is the layer's input, z what it computes, a = f(z) its output; without an activation function, a = z.
δ = ∂C/∂z. Channels are c, maps k; outputs have the indices [i,j], pixels [p,q], a kernel's weights [m,n].
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Equations(NamedTuple):
    """The equations of one layer.

    Attributes
    ----------
    forward
        z, or a.
    back
        ∂C/∂x.
    gradients
        ∂C/∂parameter, by the parameter's name; the sum over the batch is understood.
    """

    forward: str
    back: str
    gradients: Mapping[str, str] = MappingProxyType({})


def strided(letter: str, step: int) -> str:
    """An output's index times the stride, as equations write it: i, 2i."""
    return f"{step}{letter}" if step > 1 else letter


def shifted(index: str, by: int) -> str:
    """An index moved by the width of a border, as equations write it: i+m, i+m−1."""
    return f"{index}{'+' if by > 0 else '−'}{abs(by)}" if by else index
