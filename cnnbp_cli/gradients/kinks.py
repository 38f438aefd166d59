"""Kinks and ties: where a network's cost has no derivative, and whether a pass has stepped over one.

A network of relus and max poolings is smooth only piece by piece. It leaves a piece where the z of a relu changes
its sign and where another cell wins a pooling window. A difference of two costs on two pieces is the derivative of
neither; so the pieces of the passes are compared, by an observer that looks between the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cnnbp_cli.gradients.kinds import kind_of
from cnnbp_cli.network import Step
from cnnbp_cli.numerics.arrays import Array

SLACK = 2.0**-44
"""Numbers that differ by less than this, relative to the largest of their array, count as equal: two that are
equal on paper differ by their rounding errors."""


class Piece(NamedTuple):
    """The piece that one step was on in the undisturbed pass, and what counts as equal there."""

    codes: Array | None
    slack: float


def pieces(steps: Sequence[Step], inputs: Sequence[Array]) -> list[Piece]:
    """The pieces that a pass was on, from the steps and their inputs."""
    slacks = [SLACK * float(np.abs(x).max()) for x in inputs]
    return [
        Piece(kind_of(step.layer).piece(x, slack), slack) for step, x, slack in zip(steps, inputs, slacks, strict=True)
    ]


class KinkWatch:
    """An observer of one pass over copies of a batch, side by side in the batch axis.

    Parameters
    ----------
    base
        The pieces of the undisturbed pass, from the first observed step on.
    x
        The pass's input, (…, copies · N).
    copies
        How many copies.

    Attributes
    ----------
    crossed
        (copies,): whether the copy has been on another piece than the base, at any step.
    """

    def __init__(self, base: Sequence[Piece], x: Array, copies: int) -> None:
        self.crossed = np.zeros(copies, bool)
        self._base = iter(base)
        self._x = x

    def __call__(self, step: Step, output: Array) -> None:
        codes, slack = next(self._base)
        if codes is not None:
            moved = kind_of(step.layer).piece(self._x, slack)
            assert moved is not None
            moved = moved.reshape(*codes.shape[:-1], self.crossed.size, codes.shape[-1])
            differs = moved != codes[..., None, :]
            self.crossed |= differs.any(axis=(*range(differs.ndim - 2), -1))
        self._x = output
