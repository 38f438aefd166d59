"""Marks: the connected pieces of foreground in a picture, and which of them form the digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.numerics.arrays import Array

CELLS = 128
"""Cells along the longer side: foreground in neighbouring cells belongs to one mark."""

MAX_SPECK = 0.12
"""Of the largest mark's area: a separate mark with less is dust."""

MAX_GAP_ABOVE, MAX_GAP_BESIDE = 0.25, 0.05
"""Of the digit's height: a mark within both distances is a stroke of the digit, such as the separate bar of a 5.
Strokes of one digit are above each other, digits of one number beside each other."""


@dataclass(frozen=True, eq=False)
class Digit:
    """The marks that form the digit.

    Attributes
    ----------
    where
        (H, W), bool: the cells that they touch.
    others
        The number of other marks that are too large to be dust.
    cut
        Whether the digit reaches the edge of the picture.
    """

    where: NDArray[np.bool_]
    others: int
    cut: bool


def find_digit(filled: NDArray[np.bool_]) -> Digit:
    """The digit among the marks of `filled` (H, W), which has at least one pixel set.

    It is the mark with the largest area. One that reaches the picture's edge, such as a shadow, is chosen only if there
    is no other.
    """
    cell = -(-max(filled.shape) // CELLS)
    amount = _pooled(filled, cell)
    labels = _labels(amount > 0)
    marks = [_Mark(labels == label, amount) for label in np.unique(labels[labels > 0])]
    most = max(mark.area for mark in marks)
    main = max(marks, key=lambda mark: (not mark.cut and mark.area >= MAX_SPECK * most, mark.area))
    digit, others = main.cells.copy(), 0
    for mark in marks:
        if mark is main:
            continue
        if (mark.gaps(main) <= np.array([MAX_GAP_ABOVE, MAX_GAP_BESIDE]) * main.height).all():
            digit |= mark.cells
        elif mark.area >= MAX_SPECK * most:
            others += 1
    where = np.repeat(np.repeat(digit, cell, axis=0), cell, axis=1)[: filled.shape[0], : filled.shape[1]]
    return Digit(where, others, main.cut)


class _Mark:
    def __init__(self, cells: NDArray[np.bool_], amount: Array) -> None:
        self.cells = cells
        self.area = int(amount[cells].sum())
        self.cut = bool(cells[0].any() or cells[-1].any() or cells[:, 0].any() or cells[:, -1].any())
        rows, columns = np.nonzero(cells)
        self.low = np.array([rows.min(), columns.min()])
        self.high = np.array([rows.max(), columns.max()])
        self.height = int((self.high - self.low).max()) + 1

    def gaps(self, other: _Mark) -> NDArray[np.int64]:
        """Cells between the two bounding boxes, in rows and in columns; 0 where they touch or overlap."""
        return np.maximum(np.maximum(self.low - other.high, other.low - self.high) - 1, 0)


def _pooled(filled: NDArray[np.bool_], cell: int) -> NDArray[np.int64]:
    """The number of filled pixels in each cell."""
    height, width = (-(-side // cell) * cell for side in filled.shape)
    padded = np.zeros((height, width), bool)
    padded[: filled.shape[0], : filled.shape[1]] = filled
    return padded.reshape(height // cell, cell, width // cell, cell).sum(axis=(1, 3))


def _labels(filled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A label for each filled cell, the same for cells that touch, corners included; 0 elsewhere."""
    height, width = filled.shape
    labels = np.where(filled, np.arange(1, filled.size + 1).reshape(filled.shape), 0)
    while True:  # each round spreads the highest label by one cell
        wide = np.pad(labels, 1)
        spread = np.max([wide[i : i + height, j : j + width] for i in range(3) for j in range(3)], axis=0)
        spread[~filled] = 0
        if np.array_equal(spread, labels):
            return labels
        labels = spread
