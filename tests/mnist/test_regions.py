"""Regions of cells: connected, near, enclosed, rectangular; compared with plain searches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnnbp_cli.mnist.regions import RECTANGULAR, filled_in, labelled, rectangularity, shrunk, within

GRIDS = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=9))

SIDES = ((0, 1), (1, 0), (0, -1), (-1, 0))
CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


def reached(cells: np.ndarray, start: tuple[int, ...], steps: tuple[tuple[int, int], ...]) -> set[tuple[int, ...]]:
    """The cells that a search from `start` reaches."""
    found, front = {start}, [start]
    while front:
        row, column = front.pop()
        for down, right in steps:
            place = (row + down, column + right)
            if all(0 <= k < n for k, n in zip(place, cells.shape, strict=True)) and cells[place] and place not in found:
                found.add(place)
                front.append(place)
    return found


@given(cells=GRIDS, corners=st.booleans())
def test_a_label_covers_what_a_search_reaches(cells: np.ndarray, corners: bool) -> None:
    labels = labelled(cells, corners=corners)
    assert ((labels > 0) == cells).all()
    for place in map(tuple, np.argwhere(cells)):
        same = set(map(tuple, np.argwhere(labels == labels[place])))
        assert same == reached(cells, place, SIDES + CORNERS if corners else SIDES)


@given(cells=GRIDS, distance=st.integers(0, 5))
def test_within_measures_from_centre_to_centre(cells: np.ndarray, distance: int) -> None:
    expected = np.zeros_like(cells)
    for row, column in np.ndindex(cells.shape):
        expected[row, column] = any(
            (row - i) ** 2 + (column - j) ** 2 <= distance**2 for i, j in map(tuple, np.argwhere(cells))
        )
    assert np.array_equal(within(cells, distance), expected)


def test_shrunk_takes_off_the_edge_of_the_grid_too() -> None:
    assert np.argwhere(shrunk(np.ones((5, 5), bool), 2)).tolist() == [[2, 2]]


@given(cells=GRIDS)
def test_filled_in_adds_what_the_edge_cannot_reach(cells: np.ndarray) -> None:
    outside = reached(np.pad(~cells, 1, constant_values=True), (0, 0), SIDES)
    expected = np.array([[(i + 1, j + 1) not in outside for j in range(cells.shape[1])] for i in range(len(cells))])
    assert np.array_equal(filled_in(cells), expected)


@pytest.mark.parametrize("degrees", [0, 10, 33, 45])
def test_a_rectangle_is_rectangular_in_any_direction_and_an_ellipse_in_none(degrees: int) -> None:
    y, x = np.mgrid[-60:61, -60:61]
    turn = np.radians(degrees)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    assert rectangularity((abs(along) < 45) & (abs(across) < 30)) >= RECTANGULAR
    assert rectangularity((along / 45) ** 2 + (across / 30) ** 2 < 1) < 0.82
