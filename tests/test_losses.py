"""The costs and where back-propagation starts, against the plain reference, differences and extreme numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.losses import LOSSES, Loss, Quadratic, SigmoidCrossEntropy, SoftmaxCrossEntropy, find_loss
from tests.support import reference
from tests.support.examples import examples

REFERENCES: dict[type[Loss], Callable[[Any, Any], tuple[float, Any]]] = {
    Quadratic: reference.mse,
    SoftmaxCrossEntropy: reference.softmax_cross_entropy,
    SigmoidCrossEntropy: reference.sigmoid_cross_entropy,
}
STEP = 1e-5

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)


def drawn(rng: np.random.Generator, classes: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1, (classes, batch)), rng.integers(0, classes, batch)


@every_loss
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@given(
    classes=st.integers(1, 12), batches=st.lists(st.integers(1, 5), min_size=1, max_size=3), seed=st.integers(0, 10**9)
)
@examples(25)
def test_it_is_the_references_in_a_memory_used_again(
    loss: Loss, dtype: Any, tolerance: float, classes: int, batches: list[int], seed: int
) -> None:
    rng, memory = np.random.default_rng(seed), Memory()
    for batch in batches:
        output, labels = drawn(rng, classes, batch)
        output = output.astype(dtype)
        output.setflags(write=False)
        cost = loss.forward(output, labels, memory) / batch
        delta = loss.backward(memory, 1 / batch)
        assert delta.dtype == dtype
        expected, expected_delta = REFERENCES[type(loss)](output.astype(np.float64), labels)
        assert cost == pytest.approx(expected, rel=tolerance, abs=tolerance)
        np.testing.assert_allclose(delta, expected_delta, rtol=tolerance, atol=tolerance)


def cost_of(loss: Loss, output: np.ndarray, target: np.ndarray) -> float:
    """The cost of any target, as its equation is written."""
    a = loss.activate(output)
    if isinstance(loss, Quadratic):
        return float(0.5 * ((a - target) ** 2).sum())
    if isinstance(loss, SoftmaxCrossEntropy):
        return float(-(target * np.log(a)).sum())
    return float(-(target * np.log(a) + (1 - target) * np.log(1 - a)).sum())


@every_loss
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@given(st.integers(1, 12), st.integers(1, 5), st.floats(0, 0.99), st.integers(0, 10**9))
@examples(25)
def test_smoothing_spreads_a_part_of_the_target(
    loss: Loss, dtype: Any, tolerance: float, classes: int, batch: int, smoothing: float, seed: int
) -> None:
    output, labels = drawn(np.random.default_rng(seed), classes, batch)
    target = np.full(output.shape, smoothing / classes)
    target[labels, np.arange(batch)] += 1 - smoothing
    cost = loss.forward(output.astype(dtype), labels, memory := Memory(), smoothing)
    assert cost == pytest.approx(cost_of(loss, output, target), rel=10 * tolerance, abs=10 * tolerance)
    delta = loss.backward(memory, 1.0)
    assert delta.dtype == dtype
    np.testing.assert_allclose(delta, loss.activate(output) - target, rtol=tolerance, atol=tolerance)


@every_loss
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_its_delta_is_a_central_difference(loss: Loss, smoothing: float) -> None:
    output, labels = drawn(np.random.default_rng(5), 4, 3)
    loss.forward(output, labels, memory := Memory(), smoothing)
    delta = loss.backward(memory, 1.0).copy()
    for index in np.ndindex(*output.shape):
        costs = []
        for step in (STEP, -STEP):
            moved = output.copy()
            moved[index] += step
            costs.append(loss.forward(moved, labels, memory, smoothing))
        assert delta[index] == pytest.approx((costs[0] - costs[1]) / (2 * STEP), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), SigmoidCrossEntropy()], ids=["softmax", "sigmoid"])
@pytest.mark.parametrize(("label", "expected", "delta"), [(0, 0.0, [0, 0]), (1, 2000.0, [1, -1])])
def test_a_cross_entropy_of_huge_outputs_is_exact(
    loss: Loss, label: int, expected: float, delta: list[int], dtype: Any
) -> None:
    """At z = ±1000 a is 0 or 1, and −ln a cannot be had from it."""
    z = np.array([[1000], [-1000]], dtype)
    memory = Memory()
    with np.errstate(over="ignore", under="ignore"):  # as `Worker` calls it
        assert loss.forward(z, np.array([label]), memory) == expected
    assert np.array_equal(loss.backward(memory, 1.0)[:, 0], delta)


@pytest.mark.parametrize(
    ("name", "last", "found"),
    [
        ("mse", None, Quadratic),
        ("mse", "softmax", Quadratic),
        ("cross_entropy", "softmax", SoftmaxCrossEntropy),
        ("cross_entropy", "sigmoid", SigmoidCrossEntropy),
    ],
)
def test_the_loss_suits_the_last_activation(name: Any, last: str | None, found: type[Loss]) -> None:
    assert type(find_loss(name, last)) is found


@pytest.mark.parametrize("last", [None, "relu", "tanh"])
def test_a_cross_entropy_of_no_probabilities_is_refused(last: str | None) -> None:
    with pytest.raises(CnnbpError, match=f"softmax or sigmoid, not {last or 'none'}"):
        find_loss("cross_entropy", last)


@every_loss
def test_the_answer_is_the_activation_of_what_the_loss_is_given(loss: Loss) -> None:
    output, _ = drawn(np.random.default_rng(6), 4, 3)
    expected = output if loss.absorbs is None else reference.activation(loss.absorbs, output)
    np.testing.assert_allclose(loss.activate(output), expected, rtol=1e-12)
