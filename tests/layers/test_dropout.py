"""Dropout with noise: what it puts out, how the rest grows, and that δ goes the same way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.dropout import Dropout

SHAPE = (3, 20, 20, 16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.9])
def test_a_part_is_put_out_and_the_rest_grows(rate: float, dtype: Any) -> None:
    rng = np.random.default_rng(1)
    x, delta = rng.uniform(1, 2, SHAPE).astype(dtype), rng.uniform(1, 2, SHAPE).astype(dtype)
    layer, memory = Dropout(rate=rate), Memory(np.random.default_rng(2))
    y = layer.forward({}, x, memory)
    stayed = y != 0
    assert y.dtype == dtype
    np.testing.assert_allclose(y, stayed * x / (1 - rate), rtol=1e-6)
    deviation = (rate * (1 - rate) / x.size) ** 0.5
    assert abs(1 - stayed.mean() - rate) <= 4 * deviation
    dx = layer.backward({}, delta, memory, {})
    assert dx is not None
    np.testing.assert_allclose(dx, stayed * delta / (1 - rate), rtol=1e-6)


def test_every_pass_draws_new_masks_and_a_seed_repeats_them() -> None:
    x = np.ones(SHAPE)

    def passes() -> list[np.ndarray]:
        memory = Memory(np.random.default_rng(3))
        return [Dropout(rate=0.5).forward({}, x, memory).copy() for _ in range(2)]

    first, second = passes()
    assert not np.array_equal(first, second)
    again = passes()
    assert np.array_equal(first, again[0])
    assert np.array_equal(second, again[1])


def test_a_memory_without_a_generator_makes_no_noise() -> None:
    """Also after a pass with noise: the mask of that pass does not come back."""
    x, memory = np.ones(SHAPE), Memory(np.random.default_rng(4))
    layer = Dropout(rate=0.5)
    layer.forward({}, x, memory)
    memory.rng = None
    assert np.array_equal(layer.forward({}, x, memory), x)
    assert np.array_equal(layer.backward({}, x, memory, {}), x)
