"""Shapes: what comes out for what goes in, what is refused, and what a pass costs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.errors import ShapeError
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D
from cnnbp_cli.numerics.arrays import Shape


@pytest.mark.parametrize(
    ("layer", "given_shape", "expected"),
    [
        (Conv2D(filters=3, kernel_size=5), (1, 28, 28), (3, 24, 24)),
        (Conv2D(filters=6, kernel_size=5, padding=2), (1, 28, 28), (6, 28, 28)),
        (Conv2D(filters=6, kernel_size=4, padding="same"), (1, 28, 27), (6, 28, 27)),
        (Conv2D(filters=2, kernel_size=3, stride=2, padding="same"), (1, 28, 27), (2, 14, 14)),
        (Conv2D(filters=2, kernel_size=(2, 5), stride=(3, 1), padding=(0, 2)), (4, 9, 9), (2, 3, 9)),
        (MaxPool2D(pool_size=2), (3, 24, 24), (3, 12, 12)),
        (MaxPool2D(pool_size=2), (3, 5, 7), (3, 2, 3)),
        (AvgPool2D(pool_size=(3, 2), stride=(2, 1)), (3, 7, 7), (3, 3, 6)),
        (Flatten(), (3, 12, 12), (432,)),
        (Dense(units=10), (432,), (10,)),
        (Activation(activation="relu"), (3, 12, 12), (3, 12, 12)),
    ],
)
def test_the_output_has_this_shape(layer: Layer, given_shape: Shape, expected: Shape) -> None:
    assert layer.output_shape(given_shape) == expected


@pytest.mark.parametrize(
    ("layer", "given_shape", "problem"),
    [
        (Conv2D(filters=3, kernel_size=5), (1, 4, 28), "a kernel of 5×5 does not fit into 4×28 pixels"),
        (Conv2D(filters=3, kernel_size=(1, 9), padding=2), (1, 1, 4), "a kernel of 1×9 does not fit into 5×8 pixels"),
        (Conv2D(filters=3, kernel_size=5), (432,), "needs images (channels, height, width), not (432,)"),
        (MaxPool2D(pool_size=3), (1, 2, 8), "a pooling window of 3×3 does not fit into maps of 2×8"),
        (AvgPool2D(pool_size=(2, 9)), (1, 8, 8), "a pooling window of 2×9 does not fit into maps of 8×8"),
        (MaxPool2D(pool_size=2), (432,), "needs feature maps (channels, height, width), not (432,)"),
        (Dense(units=10), (3, 12, 12), "needs vectors, not (3, 12, 12): put a flatten layer before it"),
    ],
)
def test_what_cannot_fit_is_refused(layer: Layer, given_shape: Shape, problem: str) -> None:
    with pytest.raises(ShapeError, match=re.escape(problem)):
        layer.output_shape(given_shape)


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 30))
def test_same_is_the_least_padding_that_keeps_every_step(kernel: int, stride: int, side: int) -> None:
    conv = Conv2D(filters=1, kernel_size=kernel, stride=stride, padding="same")
    top, bottom, left, right = conv.border((1, side, side))
    assert conv.output_shape((1, side, side))[1] == -(-side // stride)
    assert (top, bottom) == (left, right)
    assert bottom - top in (0, 1)  # an odd row goes below
    fewer = side + top + bottom - 1 - kernel
    assert top + bottom == 0 or fewer < 0 or fewer // stride + 1 < -(-side // stride)


@pytest.mark.parametrize(
    ("layer", "given_shape", "expected"),
    [
        (Conv2D(filters=3, kernel_size=5), (1, 28, 28), 3 * 24 * 24 * 25),
        (Conv2D(filters=16, kernel_size=(3, 2), stride=2), (6, 11, 12), 16 * 5 * 6 * 6 * 3 * 2),
        (Dense(units=10), (432,), 4320),
        (MaxPool2D(pool_size=2), (3, 24, 24), 0),
    ],
)
def test_multiply_adds_of_a_sample(layer: Layer, given_shape: Shape, expected: int) -> None:
    assert layer.multiply_adds(given_shape) == expected
