"""SGD against its equations, a number at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnbp_cli.optimizers.sgd import SGD

NUMBERS = st.floats(-10, 10)


@given(
    start=NUMBERS,
    grads=arrays.arrays(np.float64, st.integers(1, 8), elements=NUMBERS),
    rates=st.lists(st.floats(1e-4, 1), min_size=8, max_size=8),
    momentum=st.floats(0.01, 0.99) | st.just(0.0),
    weight_decay=st.floats(0, 0.5),
    nesterov=st.booleans(),
)
def test_sgd_follows_its_equations(
    start: float, grads: np.ndarray, rates: list[float], momentum: float, weight_decay: float, nesterov: bool
) -> None:
    optimizer = SGD(momentum=momentum, weight_decay=weight_decay, nesterov=nesterov and momentum > 0)
    params = np.array([start])
    state, scratch = optimizer.state(1, np.float64), np.empty(1)

    p, v = start, 0.0
    for step, (grad, rate) in enumerate(zip(grads, rates, strict=False), start=1):
        g = grad + weight_decay * p
        v = momentum * v + g
        p -= rate * (g + momentum * v if optimizer.nesterov else v)

        optimizer.update(params, np.array([grad]), state, rate, step, scratch)
        np.testing.assert_allclose(params, p, rtol=1e-11, atol=1e-11)


def test_the_first_velocity_is_the_gradient() -> None:
    optimizer = SGD(momentum=0.9)
    params, grads = np.zeros(3), np.array([1.0, -2.0, 3.0])
    state = optimizer.state(3, np.float64)
    optimizer.update(params, grads, state, 0.5, 1, np.empty(3))
    np.testing.assert_array_equal(state["velocity"], grads)
    np.testing.assert_array_equal(params, -0.5 * grads)


def test_without_momentum_nothing_is_carried() -> None:
    assert SGD().state(5, np.float32) == {}


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(ValueError, match="nesterov needs a momentum above 0"):
        SGD(nesterov=True)
