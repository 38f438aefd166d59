"""Marks: what is connected, what belongs together, what is dust."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.mnist.marks import Digit, find_digit, find_marks


def picture(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """(100, 100) with filled boxes: top, left, bottom, right."""
    filled = np.zeros((100, 100), bool)
    for top, left, bottom, right in boxes:
        filled[top:bottom, left:right] = True
    return filled


def found_in(*boxes: tuple[int, int, int, int]) -> Digit:
    return find_digit(find_marks(picture(*boxes).astype(int)))


def test_the_largest_mark_is_the_digit() -> None:
    found = found_in((20, 20, 70, 26), (20, 60, 50, 65))
    assert np.array_equal(found.where, picture((20, 20, 70, 26)))
    assert (found.others, found.cut) == (1, False)


def test_a_stroke_above_or_a_gap_of_the_pen_belongs_to_it_and_what_is_farther_does_not() -> None:
    digit, above, gap, beside = (32, 20, 70, 24), (22, 22, 26, 38), (60, 30, 64, 40), (30, 60, 60, 64)
    found = found_in(digit, above, gap, beside)
    assert np.array_equal(found.where, picture(digit, above, gap))
    assert found.others == 1


def test_gaps_are_bridged_one_after_the_other() -> None:
    pieces = [(20, 20, 40, 23), (44, 24, 52, 27), (56, 20, 70, 23), (74, 16, 77, 30)]
    found = found_in(*pieces)
    assert np.array_equal(found.where, picture(*pieces))
    assert (found.others, found.side_by_side) == (0, False)


def test_two_tall_marks_beside_each_other_may_be_two_digits() -> None:
    assert found_in((20, 20, 70, 26), (22, 34, 68, 40)).side_by_side
    assert not found_in((20, 20, 70, 26), (22, 34, 50, 40)).side_by_side


def test_corners_connect_and_dust_does_not_count() -> None:
    found = found_in((10, 10, 40, 40), (40, 40, 60, 60), (90, 10, 93, 13))
    assert np.array_equal(found.where[:80], picture((10, 10, 40, 40), (40, 40, 60, 60))[:80])
    assert found.others == 0


def test_what_reaches_the_edge_gives_way() -> None:
    edge = (0, 0, 100, 10)
    found = found_in(edge, (20, 40, 70, 46))
    assert np.array_equal(found.where, picture((20, 40, 70, 46)))
    assert not found.cut
    assert found_in(edge).cut


def test_a_box_drawn_around_the_digit_is_not_part_of_it() -> None:
    box = [(10, 10, 12, 90), (88, 10, 90, 90), (10, 10, 90, 12), (10, 88, 90, 90)]
    found = found_in(*box, (30, 48, 70, 52))
    assert np.array_equal(found.where, picture((30, 48, 70, 52)))
    assert (found.others, found.cut) == (0, False)
    assert found_in(*box, (48, 48, 52, 52)).where[10, 10], "a dot is no digit"


def test_only_a_narrow_mark_may_fill_its_box() -> None:
    assert found_in((20, 20, 70, 60)).solid
    assert not found_in((20, 20, 70, 30)).solid
    assert not found_in((20, 20, 70, 25), (65, 20, 70, 60), (20, 20, 25, 60)).solid
