"""Batches: orders that depend on seed and epoch alone, slices, and images batch last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnnbp_cli.mnist.batches import batches, epoch_order, to_input
from cnnbp_cli.mnist.splits import split

PLACES = np.arange(100, 400)


@given(seed=st.integers(0, 2**63), epoch=st.integers(0, 1000))
def test_an_epoch_visits_every_image_once(seed: int, epoch: int) -> None:
    order = epoch_order(PLACES, seed, epoch)
    np.testing.assert_array_equal(np.sort(order), PLACES)
    np.testing.assert_array_equal(order, epoch_order(PLACES, seed, epoch))


def test_epochs_seeds_and_the_split_draw_apart() -> None:
    drawn = [epoch_order(PLACES, seed, epoch).tolist() for seed in range(4) for epoch in range(4)]
    drawn.append((100 + split(300, 299, 0)[0]).tolist())
    assert len(set(map(tuple, drawn))) == len(drawn)


def test_the_places_are_left_as_they_are() -> None:
    places = PLACES.copy()
    epoch_order(places, 0, 0)
    np.testing.assert_array_equal(places, PLACES)


@given(n=st.integers(0, 50), batch_size=st.integers(1, 60))
def test_batches_are_the_order_in_pieces(n: int, batch_size: int) -> None:
    order = np.arange(n)
    pieces = list(batches(order, batch_size))
    assert [len(piece) for piece in pieces[:-1]] == [batch_size] * (len(pieces) - 1)
    assert all(1 <= len(piece) <= batch_size for piece in pieces)
    np.testing.assert_array_equal(np.concatenate([order[:0], *pieces]), order)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(images=arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=6)))
def test_input_is_scaled_and_batch_last(images: np.ndarray, dtype: Any) -> None:
    n, height, width = images.shape
    out = np.full((1, height, width, n), np.nan, dtype)
    assert to_input(images, out) is out
    for i in range(n):
        np.testing.assert_array_equal(out[0, :, :, i], images[i] / dtype(255), strict=True)


def test_input_is_written_into_part_of_a_buffer() -> None:
    images = np.full((3, 2, 2), 255, np.uint8)
    buffer = np.zeros((1, 2, 2, 5), np.float32)
    to_input(images, buffer[..., :3])
    assert buffer[..., :3].min() == 1.0
    assert buffer[..., 3:].max() == 0.0
