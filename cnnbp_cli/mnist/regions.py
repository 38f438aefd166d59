"""Regions of a grid of cells: what is connected, near, enclosed, or a rectangle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.bool_]
"""(H, W): the cells that belong to a region."""

ANGLES = np.radians(np.arange(0, 90, 3))
"""Directions in which the smallest rectangle around a region is sought."""

RECTANGULAR = 0.87
"""The `rectangularity` of a sheet of paper that a camera sees from one side; no ellipse reaches 0.8."""


def labelled(cells: Cells, *, corners: bool = True) -> NDArray[np.int64]:
    """A positive label for each set cell, the same for cells that are connected, also by `corners`; 0 elsewhere.

    The runs of each row are united with those of the row above that they touch.
    """
    reach = 1 if corners else 0
    padded = np.pad(cells, ((0, 0), (1, 1))).astype(np.int8)
    rows, firsts = np.nonzero(np.diff(padded, axis=1) == 1)
    ends = np.nonzero(np.diff(padded, axis=1) == -1)[1]
    parent = list(range(len(rows)))
    starts = np.searchsorted(rows, np.arange(len(cells) + 1)).tolist()

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    for row in range(1, len(cells)):
        above = starts[row - 1]
        for run in range(starts[row], starts[row + 1]):
            while above < starts[row] and ends[above] + reach <= firsts[run]:
                above += 1
            other = above
            while other < starts[row] and firsts[other] < ends[run] + reach:
                parent[root(other)] = root(run)
                other += 1
    labels = np.zeros(cells.shape, np.int64)
    for run in range(len(rows)):
        labels[rows[run], firsts[run] : ends[run]] = root(run) + 1
    return labels


def within(cells: Cells, distance: int) -> Cells:
    """The cells at most `distance` away from a set one, in a straight line between their centres."""
    height, width = cells.shape
    wide = np.pad(cells, distance)
    counts = np.cumsum(np.pad(wide, ((0, 0), (1, 0))), axis=1, dtype=np.int32)
    grown = np.zeros_like(cells)
    for i in range(-distance, distance + 1):
        along = int(np.sqrt(distance**2 - i**2))
        rows = counts[distance + i : distance + i + height]
        first = distance - along
        grown |= rows[:, first + 2 * along + 1 :][:, :width] > rows[:, first:][:, :width]
    return grown


def shrunk(cells: Cells, distance: int) -> Cells:
    """The cells more than `distance` away from every cell that is not set, and from the edge of the grid."""
    return ~within(np.pad(~cells, 1, constant_values=True), distance)[1:-1, 1:-1]


def filled_in(cells: Cells) -> Cells:
    """The region with its holes: the cells that no path along sides of empty cells connects with the grid's edge."""
    labels = labelled(np.pad(~cells, 1, constant_values=True), corners=False)
    return (labels != labels[0, 0])[1:-1, 1:-1]


def rectangularity(cells: Cells) -> float:
    """The share of the smallest rectangle around the region, in any direction, that the region covers, 0 to 1.

    An ellipse covers π/4 = 0.785 of it.
    """
    rows, columns = np.nonzero(cells & ~shrunk(cells, 1))
    across = np.outer(np.cos(ANGLES), columns) + np.outer(np.sin(ANGLES), rows)
    along = np.outer(np.cos(ANGLES), rows) - np.outer(np.sin(ANGLES), columns)
    area = float(np.min((np.ptp(across, axis=1) + 1) * (np.ptp(along, axis=1) + 1)))
    return min(1.0, float(cells.sum()) / area)
