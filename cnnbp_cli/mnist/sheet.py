"""The sheet: the part of a picture that a digit is drawn on, where a desk or the border of a scan surrounds it.

Both are marks themselves, and much larger than the digit: a sheet on a desk is a solid rectangle; a border, or a desk
that shows at the edges only, reaches several edges of the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.marks import Mark
from cnnbp_cli.mnist.regions import RECTANGULAR, filled_in, rectangularity, shrunk, within

MIN_SHEET = 0.1
"""Of the picture's area: a sheet of paper is not smaller."""

MIN_SOLID = 0.7
"""Of its area within its outline: the share of a sheet that is paper, not ink."""

MIN_SURROUND = 3
"""Edges of the picture that a border or a desk reaches."""

MARGIN = 0.02
"""Of the picture's longer side: the shadow at the edge of a sheet, which is left out."""


def sheet(marks: list[Mark]) -> NDArray[np.bool_] | None:
    """The cells that show the sheet; None if the whole picture does."""
    shape = marks[0].cells.shape
    margin = max(1, round(MARGIN * max(shape)))
    surroundings = [mark.cells for mark in marks if sum(mark.edges) >= MIN_SURROUND]
    if surroundings:
        return _not_empty(~within(np.logical_or.reduce(surroundings), margin))
    largest = max(marks, key=lambda mark: mark.area)
    whole = filled_in(largest.cells)
    if (
        whole.sum() >= MIN_SHEET * whole.size
        and largest.cells.sum() >= MIN_SOLID * whole.sum()
        and rectangularity(whole) >= RECTANGULAR
    ):
        return _not_empty(shrunk(whole, margin))
    return None


def _not_empty(cells: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    return cells if cells.any() else None
