"""A view of a picture: all of it, or the part that shows the sheet the digit is drawn on, with its foreground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.foreground import Levels, foreground, levels
from cnnbp_cli.mnist.marks import find_marks
from cnnbp_cli.mnist.sheet import sheet
from cnnbp_cli.numerics.arrays import Array

CELLS = 128
"""Cells along the longer side: foreground in neighbouring cells belongs to one mark."""

MAX_NARROWINGS = 2
"""A desk around the sheet, and a border printed on it."""


@dataclass(frozen=True, eq=False)
class View:
    """A picture, or the part of it that shows the sheet, and its foreground.

    `inside` (H, W) are the pixels that count, `amount` (H, W) is how much of each is foreground.
    """

    picture: Array
    inside: NDArray[np.bool_]
    amount: Array
    found: Levels

    @classmethod
    def of(cls, picture: Array, inside: NDArray[np.bool_] | None = None) -> View:
        if inside is None:
            inside = np.ones(picture.shape[:2], bool)
        amount = foreground(picture, inside)
        return cls(picture, inside, amount, levels(amount[inside]))

    @property
    def filled(self) -> NDArray[np.bool_]:
        return self.inside & (self.amount > self.found.threshold)

    @property
    def cell(self) -> int:
        """The side in pixels of the cells in which regions are sought."""
        return -(-max(self.inside.shape) // CELLS)

    def spread(self, cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The pixels of the cells."""
        height, width = self.inside.shape
        return np.repeat(np.repeat(cells, self.cell, axis=0), self.cell, axis=1)[:height, :width]

    def pooled(self, filled: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The number of filled pixels in each cell."""
        cell = self.cell
        height, width = (-(-side // cell) * cell for side in filled.shape)
        padded = np.zeros((height, width), bool)
        padded[: filled.shape[0], : filled.shape[1]] = filled
        return padded.reshape(height // cell, cell, width // cell, cell).sum(axis=(1, 3))

    def narrowed(self) -> View | None:
        """The part of it that shows the sheet; None if all of it does, or if nothing is drawn there."""
        if not self.found.separable:
            return None
        cells = sheet(find_marks(self.pooled(self.filled)))
        if cells is None:
            return None
        inside = self.inside & self.spread(cells)
        if not inside.any():
            return None
        rows, columns = np.nonzero(inside.any(axis=1))[0], np.nonzero(inside.any(axis=0))[0]
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        narrow = View.of(self.picture[box], inside[box])
        return narrow if narrow.found.separable else None


def on_sheet(view: View) -> View:
    """The part of the picture that shows the sheet: on a desk, and within the dark border of a scan."""
    for _ in range(MAX_NARROWINGS):
        narrow = view.narrowed()
        if narrow is None:
            break
        view = narrow
    return view
