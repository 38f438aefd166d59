"""Marks: what is connected, what belongs together, what is dust."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.mnist.marks import find_digit


def picture(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """(100, 100) with filled boxes: top, left, bottom, right."""
    inked = np.zeros((100, 100), bool)
    for top, left, bottom, right in boxes:
        inked[top:bottom, left:right] = True
    return inked


def test_the_largest_mark_is_the_digit() -> None:
    found = find_digit(picture((20, 20, 70, 40), (20, 60, 50, 75)))
    assert np.array_equal(found.where, picture((20, 20, 70, 40)))
    assert (found.others, found.cut) == (1, False)


def test_a_stroke_above_belongs_to_it_and_one_beside_does_not() -> None:
    above, beside = (22, 22, 26, 38), (30, 44, 70, 49)
    digit = (32, 20, 70, 40)
    found = find_digit(picture(digit, above, beside))
    assert np.array_equal(found.where, picture(digit, above))
    assert found.others == 1


def test_corners_connect_and_dust_does_not_count() -> None:
    found = find_digit(picture((10, 10, 40, 40), (40, 40, 60, 60), (90, 90, 93, 93)))
    assert np.array_equal(found.where, picture((10, 10, 40, 40), (40, 40, 60, 60)))
    assert found.others == 0


def test_what_reaches_the_edge_gives_way() -> None:
    edge = (0, 0, 100, 10)
    found = find_digit(picture(edge, (20, 40, 70, 60)))
    assert np.array_equal(found.where, picture((20, 40, 70, 60)))
    assert not found.cut
    assert find_digit(picture(edge)).cut


def test_a_large_picture_goes_by_cells() -> None:
    inked = np.zeros((300, 500), bool)
    inked[40:200, 100:180] = True
    inked[90:92, 182:190] = True  # in a cell next to the last
    where = find_digit(inked).where
    assert where.shape == inked.shape
    assert where[inked].all()
