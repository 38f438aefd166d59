"""Held-out images: a partition, drawn by the seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.splits import split


@given(data=st.data(), n=st.integers(1, 300), seed=st.integers(0, 2**63))
def test_every_image_is_on_one_side(data: st.DataObject, n: int, seed: int) -> None:
    held_out = data.draw(st.integers(0, n - 1))
    train, validation = split(n, held_out, seed)
    assert len(validation) == held_out
    assert sorted([*train, *validation]) == list(range(n))
    for again, once in zip(split(n, held_out, seed), (train, validation), strict=True):
        np.testing.assert_array_equal(again, once)


def test_another_seed_holds_out_others() -> None:
    _, a = split(60_000, 5_000, 0)
    _, b = split(60_000, 5_000, 1)
    assert 300 < len(np.intersect1d(a, b)) < 550  # 5000²/60000 = 417 by chance


def test_the_drawing_is_even() -> None:
    _, validation = split(60_000, 5_000, 0)
    assert validation.mean() == pytest.approx(30_000, rel=0.03)


def test_this_draw_is_for_ever() -> None:
    """Checkpoints do not keep the split: evaluating one draws it again."""
    assert split(60_000, 5_000, 0)[1][:5].tolist() == [9, 12, 14, 37, 39]


@pytest.mark.parametrize("validation", [10, 11, -1])
def test_something_must_be_left_to_train_on(validation: int) -> None:
    with pytest.raises(CnnbpError, match=r"data\.validation: .*of 10 training images\n.*1 to 9"):
        split(10, validation, 0)
