"""Adam and AdamW against their equations, a number at a time."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnbp_cli.optimizers.adam import Adam, AdamW

NUMBERS = st.floats(-10, 10)


@given(
    cls=st.sampled_from([Adam, AdamW]),
    start=NUMBERS,
    grads=arrays.arrays(np.float64, st.integers(1, 8), elements=NUMBERS),
    rates=st.lists(st.floats(1e-4, 1), min_size=8, max_size=8),
    beta1=st.floats(0, 0.99),
    beta2=st.floats(0, 0.999),
    eps=st.floats(1e-8, 1e-2),
    weight_decay=st.floats(0, 0.5),
)
def test_adam_follows_its_equations(
    cls: type[Adam | AdamW],
    start: float,
    grads: np.ndarray,
    rates: list[float],
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> None:
    optimizer = cls(beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay)
    params = np.array([start])
    state, scratch = optimizer.state(1, np.float64), np.empty(1)

    # Each step is judged from the parameter as it is: √v near 0 would make much of an earlier rounding error.
    m = v = 0.0
    for step, (grad, rate) in enumerate(zip(grads, rates, strict=False), start=1):
        p, g = float(params[0]), float(grad)
        if cls is Adam:
            g += weight_decay * p
        else:
            p -= rate * weight_decay * p
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**step), v / (1 - beta2**step)
        p -= rate * m_hat / (sqrt(v_hat) + eps)

        optimizer.update(params, np.array([grad]), state, rate, step, scratch)
        np.testing.assert_allclose([params[0], state["m"][0], state["v"][0]], [p, m, v], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_the_first_step_is_the_learning_rate_whatever_the_gradient(size: float) -> None:
    optimizer, params = Adam(), np.zeros(2)
    optimizer.update(params, np.array([size, -size]), optimizer.state(2, np.float64), 0.25, 1, np.empty(2))
    np.testing.assert_allclose(params, [-0.25, 0.25], rtol=1e-4)


def test_decoupled_decay_shrinks_a_parameter_without_gradient() -> None:
    optimizer, params = AdamW(weight_decay=0.1), np.array([2.0])
    optimizer.update(params, np.zeros(1), optimizer.state(1, np.float64), 0.5, 1, np.empty(1))
    np.testing.assert_allclose(params, 2.0 * (1 - 0.5 * 0.1))
