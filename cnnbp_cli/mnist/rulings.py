"""Rulings: the straight lines of ruled or squared paper, which are removed before the digit is sought.

A ruling crosses the sheet from edge to edge, within a few degrees of its sides. Where a stroke of the digit crosses
one, the foreground is thicker than the ruling, and stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.numerics.arrays import Array

MAX_SLOPE = 0.12
"""Rise by run: about 7°."""

SLOPES = 49
PROBES = 96
"""Places along a line at which the foreground is sampled."""

COVERED = 0.88
"""Of the probes: a line that is foreground at so many of them is a ruling."""

MIN_SEEN = 0.5
"""Of a line: so much of it must be on the sheet, and so much of that no thicker than a ruling."""

MAX_THICKNESS = 0.03
"""Of the picture's longer side: a thicker line is no ruling."""

CROSSING = 1.8
"""Times a ruling's thickness: where the foreground is thicker, a stroke crosses it."""


def without_rulings(filled: NDArray[np.bool_], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The foreground (H, W) without the rulings of the sheet, whose pixels are `inside`."""
    level = _without_level(filled, inside)
    return _without_level(level.T, inside.T).T


def _without_level(filled: NDArray[np.bool_], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The foreground without the rulings that go from left to right."""
    height, width = filled.shape
    run, lengths = _runs(filled)
    thickness = np.where(filled, lengths[run], 0)
    thin = filled & (thickness <= max(2, round(MAX_THICKNESS * max(filled.shape))))
    near = filled | np.pad(filled, ((1, 0), (0, 0)))[:-1] | np.pad(filled, ((0, 1), (0, 0)))[1:]
    probes = np.linspace(0, width - 1, min(PROBES, width)).round().astype(int)
    ruling = np.zeros(len(lengths), bool)
    for slope in np.linspace(-MAX_SLOPE, MAX_SLOPE, SLOPES):
        rows = np.arange(height)[:, None] + np.round(slope * (probes - width / 2)).astype(int)
        on_sheet = (rows >= 0) & (rows < height)
        rows = np.clip(rows, 0, height - 1)
        on_sheet &= inside[rows, probes]
        seen = on_sheet.sum(axis=1)
        covered = (near[rows, probes] & on_sheet).sum(axis=1)
        for line in np.nonzero((covered >= COVERED * seen) & (seen >= MIN_SEEN * len(probes)))[0]:
            ruling[_runs_of_line(line + slope * (np.arange(width) - width / 2), thin, run, lengths)] = True
    return filled & ~ruling[run]


def _runs_of_line(rows: Array, thin: Array, run: Array, lengths: Array) -> NDArray[np.int64]:
    """The runs that one line consists of, without those where a stroke crosses it; none if most of it is thick."""
    height, width = thin.shape
    rows = np.clip(np.round(rows).astype(int) + np.array([[-1], [0], [1]]), 0, height - 1)
    columns = np.broadcast_to(np.arange(width), rows.shape)
    on_line = thin[rows, columns]
    if on_line.any(axis=0).mean() < MIN_SEEN:
        return np.empty(0, np.int64)
    found = np.unique(run[rows, columns][on_line])
    usual = float(np.median(lengths[found]))
    return found[lengths[found] <= max(CROSSING * usual, usual + 1)]


def _runs(filled: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The vertical run of filled pixels that each pixel belongs to, by number, and the length of each run.

    Run 0 stands for the empty pixels.
    """
    steps = np.diff(np.pad(filled, ((1, 1), (0, 0))).astype(np.int8), axis=0).T
    columns, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    run = np.where(filled, np.cumsum(steps == 1, axis=1)[:, :-1].T, 0)
    before = np.searchsorted(columns, np.arange(filled.shape[1]))  # the runs of the columns further left
    return np.where(filled, run + before, 0), np.concatenate([[0], ends - starts])
