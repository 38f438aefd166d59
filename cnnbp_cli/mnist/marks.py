"""Marks: the connected pieces of ink in a picture, and which of them is the digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.numerics.arrays import Array

CELLS = 128
"""Along the longer side: pieces of ink in neighbouring cells are one mark."""

SPECK = 0.12
"""Of the largest mark's ink; what has less, and lies apart, is dust."""

ABOVE, BESIDE = 0.25, 0.05
"""Of the digit's height: a mark no further off than both is a stroke of it, as the bar of a 5 that stands on its own.
Strokes of one digit lie above each other, digits of one number beside each other."""


@dataclass(frozen=True, eq=False)
class Digit:
    """The mark that is taken for the digit.

    Attributes
    ----------
    where
        (H, W), bool: the cells that it touches.
    others
        How many marks beside it are too large for dust.
    cut
        Whether it reaches the edge of the picture.
    """

    where: NDArray[np.bool_]
    others: int
    cut: bool


def find_digit(inked: NDArray[np.bool_]) -> Digit:
    """The digit among the marks of `inked` (H, W), of which one pixel at least is set.

    It is the mark with the most ink; one that reaches the picture's edge, as a shadow does, only where no other is.
    """
    cell = -(-max(inked.shape) // CELLS)
    amount = _pooled(inked, cell)
    labels = _labels(amount > 0)
    marks = [_Mark(labels == label, amount) for label in np.unique(labels[labels > 0])]
    most = max(mark.ink for mark in marks)
    main = max(marks, key=lambda mark: (not mark.cut and mark.ink >= SPECK * most, mark.ink))
    digit, others = main.cells.copy(), 0
    for mark in marks:
        if mark is main:
            continue
        if (mark.gaps(main) <= np.array([ABOVE, BESIDE]) * main.height).all():
            digit |= mark.cells
        elif mark.ink >= SPECK * most:
            others += 1
    where = np.repeat(np.repeat(digit, cell, axis=0), cell, axis=1)[: inked.shape[0], : inked.shape[1]]
    return Digit(where, others, main.cut)


class _Mark:
    def __init__(self, cells: NDArray[np.bool_], amount: Array) -> None:
        self.cells = cells
        self.ink = int(amount[cells].sum())
        self.cut = bool(cells[0].any() or cells[-1].any() or cells[:, 0].any() or cells[:, -1].any())
        rows, columns = np.nonzero(cells)
        self.low = np.array([rows.min(), columns.min()])
        self.high = np.array([rows.max(), columns.max()])
        self.height = int((self.high - self.low).max()) + 1

    def gaps(self, other: _Mark) -> NDArray[np.int64]:
        """Cells from the one's box to the other's, in rows and in columns; 0 where they touch or overlap."""
        return np.maximum(np.maximum(self.low - other.high, other.low - self.high) - 1, 0)


def _pooled(inked: NDArray[np.bool_], cell: int) -> NDArray[np.int64]:
    """How many pixels of each cell are inked."""
    height, width = (-(-side // cell) * cell for side in inked.shape)
    filled = np.zeros((height, width), bool)
    filled[: inked.shape[0], : inked.shape[1]] = inked
    return filled.reshape(height // cell, cell, width // cell, cell).sum(axis=(1, 3))


def _labels(inked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A number for each cell, the same for cells that touch, corners included; 0 where there is no ink."""
    height, width = inked.shape
    labels = np.where(inked, np.arange(1, inked.size + 1).reshape(inked.shape), 0)
    while True:  # each round hands the highest number on by one cell
        wide = np.pad(labels, 1)
        spread = np.max([wide[i : i + height, j : j + width] for i in range(3) for j in range(3)], axis=0)
        spread[~inked] = 0
        if np.array_equal(spread, labels):
            return labels
        labels = spread
