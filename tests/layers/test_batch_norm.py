"""Batch normalisation beside its pass by the batch: running statistics, evaluation, batches side by side, parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.numerics.arrays import Array, Shape
from tests.support.examples import examples

shapes = st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5)) | st.tuples(st.integers(1, 6))
BUDGET = examples(25)


def drawn(shape: Shape, batch: int, seed: int) -> tuple[dict[str, Array], Array, Array]:
    """Parameters and state, an input and a δ."""
    rng = np.random.default_rng(seed)
    params = {name: rng.normal(size=shape[0]) for name in ("weight", "bias", "running_mean")}
    params["running_var"] = rng.uniform(0.5, 2, shape[0])
    x, delta = rng.normal(3, 2, (2, *shape, batch))
    return params, x, delta


def gradients(params: dict[str, Array]) -> dict[str, Array]:
    return {name: np.zeros_like(array) for name, array in params.items()}


def column(values: Array, like: Array) -> Array:
    return values.reshape(-1, *[1] * (like.ndim - 1))


@given(shapes, st.integers(2, 5), st.integers(0, 99))
@BUDGET
def test_in_training_each_channel_gets_mean_bias_and_deviation_weight(shape: Shape, batch: int, seed: int) -> None:
    params, x, _ = drawn(shape, batch, seed)
    z = BatchNorm(epsilon=1e-12).forward(params, x, Memory(training=True))
    over = tuple(range(1, x.ndim))
    np.testing.assert_allclose(z.mean(over), params["bias"], atol=1e-12)
    np.testing.assert_allclose(z.std(over), np.abs(params["weight"]), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(shapes, st.integers(1, 4), st.integers(0, 99))
@BUDGET
def test_in_evaluation_it_is_a_line_by_the_running_statistics(dtype: Any, shape: Shape, batch: int, seed: int) -> None:
    """So a sample's answer does not depend on the others, and δ goes back by the same factor."""
    params, x, delta = (
        {name: array.astype(dtype) for name, array in part.items()} if isinstance(part, dict) else part.astype(dtype)
        for part in drawn(shape, batch, seed)
    )
    layer, memory, grads = BatchNorm(), Memory(), gradients(params)
    z = layer.forward(params, x, memory)
    factor = params["weight"] / np.sqrt(params["running_var"] + 1e-5)
    normalised = column(1 / np.sqrt(params["running_var"] + 1e-5), x) * (x - column(params["running_mean"], x))
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(
        z, column(params["weight"], x) * normalised + column(params["bias"], x), rtol=tolerance, atol=tolerance
    )
    assert z.dtype == dtype
    dx = layer.backward(params, delta, memory, grads)
    assert dx is not None
    np.testing.assert_allclose(dx, column(factor, x) * delta, rtol=tolerance, atol=tolerance)
    over = tuple(range(1, x.ndim))
    np.testing.assert_allclose(grads["weight"], (delta * normalised).sum(over), rtol=1e-4, atol=20 * tolerance)
    assert not grads["running_mean"].any()


@given(shapes, st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
@BUDGET
def test_batches_side_by_side_are_batches_by_themselves(shape: Shape, batch: int, batches: int, seed: int) -> None:
    params, x, delta = drawn(shape, batch * batches, seed)
    layer, memory, grads = BatchNorm(), Memory(training=True), gradients(params)
    memory.batches = batches
    z = layer.forward(params, x, memory).copy()
    dx = layer.backward(params, delta, memory, grads)
    assert dx is not None
    summed = gradients(params)
    for place in (slice(n * batch, (n + 1) * batch) for n in range(batches)):
        alone = Memory(training=True)
        np.testing.assert_allclose(z[..., place], layer.forward(params, x[..., place], alone), atol=1e-9)
        np.testing.assert_allclose(
            dx[..., place], layer.backward(params, delta[..., place], alone, summed), rtol=1e-7, atol=1e-9
        )
    np.testing.assert_allclose(grads["weight"], summed["weight"], rtol=1e-9, atol=1e-9)


def test_the_running_statistics_follow_those_of_the_parts_by_their_images() -> None:
    params, x, _ = drawn((2, 3, 4), 7, seed=0)
    before = {name: array.copy() for name, array in params.items()}
    layer, sums = BatchNorm(momentum=0.25), gradients(params)
    parts = x[..., :4], x[..., 4:]
    for part in parts:
        memory = Memory(training=True)
        layer.forward(params, part, memory)
        layer.add_statistics(memory, sums)
    layer.follow(params, sums, 7)
    for name, statistic in (("mean", np.mean), ("var", lambda part, axis: np.var(part, axis=axis, ddof=1))):
        by_images = sum(part.shape[-1] / 7 * statistic(part, axis=(1, 2, 3)) for part in parts)
        np.testing.assert_allclose(params[f"running_{name}"], 0.75 * before[f"running_{name}"] + 0.25 * by_images)
    assert np.array_equal(params["weight"], before["weight"])


def test_one_number_alone_is_normalised_to_the_bias() -> None:
    """There is nothing to divide by; the running variance then follows 0, not 0/0."""
    params, x, delta = drawn((3,), 1, seed=1)
    layer, memory, sums = BatchNorm(momentum=1), Memory(training=True), gradients(params)
    assert np.array_equal(layer.forward(params, x, memory)[:, 0], params["bias"])
    dx = layer.backward(params, delta, memory, sums)
    assert dx is not None
    assert not dx.any()
    layer.add_statistics(memory, sums)
    layer.follow(params, sums, 1)
    np.testing.assert_allclose(params["running_mean"], x[:, 0])
    assert not params["running_var"].any()
