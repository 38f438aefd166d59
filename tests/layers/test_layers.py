"""What every layer must do, over the table of layers: the equations of the reference, and the rules of `Layer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.layers import LAYERS
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.numerics.arrays import Array, Shape
from tests.support.examples import examples
from tests.support.layer_table import TABLE, Row


def over(rows: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.kind.__name__)


every_layer = over(TABLE)
every_layer_of_samples = over([row for row in TABLE if row.kind is not BatchNorm])  # whose samples mix
every_config_layer = over([row for row in TABLE if row.kind in LAYERS])  # not two layers fused into one
BUDGET = examples(25)
TOLERANCES = {np.float64: 1e-12, np.float32: 1e-5}
STEP = 1e-5


@dataclass(frozen=True)
class Case:
    """A drawn layer with numbers for it. Nothing that a layer is given may be written to, except gradients."""

    layer: Layer
    shape: Shape
    params: dict[str, Array]
    x: Array
    delta: Array

    def zeros(self) -> dict[str, Array]:
        return {name: np.zeros_like(array) for name, array in self.params.items()}


def coarse(rng: np.random.Generator, shape: Shape, dtype: Any = np.float64) -> Array:
    """Eighths from −1 to 1: sums of products are exact, so float32 and float64 agree on what is equal, and much is."""
    array = (rng.integers(-8, 9, shape) / 8).astype(dtype)
    array.setflags(write=False)
    return array


def distinct(rng: np.random.Generator, shape: Shape, dtype: Any = np.float64) -> Array:
    """No two equal or near, none near 0: a small step meets no kink and no tie."""
    size = int(np.prod(shape))
    return ((rng.permutation(size) + 0.25) / size * 2 - 1).astype(dtype).reshape(shape)


@st.composite
def cases(draw: st.DrawFn, row: Row, dtype: Any = np.float64, numbers: Any = coarse) -> Case:
    layer, shape = draw(row.drawn)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return case_of(layer, shape, draw(st.integers(1, 4)), rng, dtype, numbers)


def case_of(
    layer: Layer, shape: Shape, batch: int, rng: np.random.Generator, dtype: Any = np.float64, numbers: Any = coarse
) -> Case:
    params = {name: numbers(rng, size, dtype) for name, size in layer.parameter_shapes(shape).items()}
    x = numbers(rng, (*shape, batch), dtype)
    return Case(layer, shape, params, x, numbers(rng, (*layer.output_shape(shape), batch), dtype))


def unused() -> Memory:
    """The memory of a worker in training, whose layers go by the batch."""
    return Memory(training=True)


def run(case: Case, memory: Memory) -> tuple[Array, dict[str, Array], Array]:
    """Both passes in this memory: copies of y, of the gradients by parameter, and of ∂C/∂x."""
    y = case.layer.forward(case.params, case.x, memory).copy()
    grads = case.zeros()
    dx = case.layer.backward(case.params, case.delta, memory, grads)
    assert dx is not None
    return y, grads, dx.copy()


def assert_same(found: tuple[Any, ...], expected: tuple[Any, ...], tolerance: float = 1e-12) -> None:
    """Two results of `run`, equal up to `tolerance` of the largest number of each array."""
    (y, grads, dx), (expected_y, expected_grads, expected_dx) = found, expected
    assert grads.keys() == expected_grads.keys()
    pairs = {"y": (y, expected_y), "dx": (dx, expected_dx)}
    pairs |= {f"grad_{name}": (grads[name], expected_grads[name]) for name in grads}
    for name, (array, exact) in pairs.items():
        assert array.shape == exact.shape, name
        scale = max(1.0, np.abs(exact).max())
        np.testing.assert_allclose(array, exact, rtol=0, atol=tolerance * scale, err_msg=name)


def test_the_table_holds_every_layer() -> None:
    assert set(LAYERS) <= {row.kind for row in TABLE}


@every_layer
@pytest.mark.parametrize("dtype", TOLERANCES)
@given(data=st.data())
@BUDGET
def test_it_computes_what_the_reference_computes(row: Row, dtype: Any, data: st.DataObject) -> None:
    case = data.draw(cases(row, dtype))
    y, grads, dx = run(case, unused())
    assert {array.dtype for array in (y, dx, *grads.values())} == {np.dtype(dtype)}
    params = {name: array.astype(np.float64) for name, array in case.params.items()}
    x, delta = case.x.astype(np.float64), case.delta.astype(np.float64)
    expected = row.forward(case.layer, params, x), *row.backward(case.layer, params, x, delta)
    assert_same((y, grads, dx), expected, TOLERANCES[dtype])


@every_layer_of_samples
@given(data=st.data())
@BUDGET
def test_a_batch_is_its_samples_one_at_a_time(row: Row, data: st.DataObject) -> None:
    case = data.draw(cases(row))
    singles = [
        run(
            Case(case.layer, case.shape, case.params, case.x[..., n : n + 1], case.delta[..., n : n + 1]),
            unused(),
        )
        for n in range(case.x.shape[-1])
    ]
    ys, grads, dxs = zip(*singles, strict=True)
    summed = {name: sum(grad[name] for grad in grads) for name in case.params}
    assert_same(run(case, unused()), (np.concatenate(ys, axis=-1), summed, np.concatenate(dxs, axis=-1)))


@every_config_layer
@given(data=st.data())
@BUDGET
def test_its_gradients_are_central_differences(row: Row, data: st.DataObject) -> None:
    """∂C/∂p = (C(p + h) − C(p − h)) / 2h for C = Σ δ ⊙ y, at a few places of each array."""
    case = data.draw(cases(row, numbers=distinct))
    _, grads, dx = run(case, unused())
    memory = unused()

    def cost() -> float:
        return float((case.layer.forward(case.params, case.x, memory) * case.delta).sum())

    rng = np.random.default_rng(0)
    for name, array, gradient in [("x", case.x, dx), *((name, case.params[name], grads[name]) for name in grads)]:
        for place in rng.choice(array.size, min(array.size, 12), replace=False):
            index = np.unravel_index(place, array.shape)
            value = array[index]
            array[index] = value + STEP
            above = cost()
            array[index] = value - STEP
            below = cost()
            array[index] = value
            assert gradient[index] == pytest.approx((above - below) / (2 * STEP), rel=1e-6, abs=1e-7), (name, index)


@every_layer
@given(data=st.data())
@BUDGET
def test_gradients_are_added_and_the_input_delta_left_out_where_not_needed(row: Row, data: st.DataObject) -> None:
    case = data.draw(cases(row))
    _, expected, _ = run(case, unused())
    memory = unused()
    case.layer.forward(case.params, case.x, memory)
    grads = {name: np.full_like(array, 3) for name, array in case.params.items()}
    dx = case.layer.backward(case.params, case.delta, memory, grads, need_input=False)
    if case.params:  # a layer that learns nothing is never run for its gradients alone
        assert dx is None
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, expected[name] + 3, rtol=0, atol=1e-12 * max(1.0, np.abs(grad).max()))


@every_layer
@given(data=st.data())
@BUDGET
def test_a_memory_that_was_used_before_changes_nothing(row: Row, data: st.DataObject) -> None:
    """Batches of other sizes and of the same size, with other parameters and numbers, leave no trace."""
    layer, shape = data.draw(row.drawn)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    memory = unused()
    for batch in data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4)):
        case = case_of(layer, shape, batch, rng)
        assert_same(run(case, memory), run(case, unused()))


@every_layer
@given(data=st.data())
@BUDGET
def test_one_layer_serves_two_workers_at_once(row: Row, data: st.DataObject) -> None:
    layer, shape = data.draw(row.drawn)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    both = [(case_of(layer, shape, 2, rng), unused()) for _ in range(2)]
    ys = [layer.forward(case.params, case.x, memory) for case, memory in both]
    for y, (case, memory) in zip(ys, both, strict=True):
        grads = case.zeros()
        dx = layer.backward(case.params, case.delta, memory, grads)
        assert_same((y, grads, dx), run(case, unused()))


@every_config_layer
@pytest.mark.parametrize("dtype", TOLERANCES)
@given(data=st.data())
@BUDGET
def test_new_parameters_have_the_promised_shapes(row: Row, dtype: Any, data: st.DataObject) -> None:
    layer, shape = data.draw(row.drawn)
    first, second = (layer.init(shape, np.random.default_rng(7), dtype) for _ in range(2))
    promised = layer.parameter_shapes(shape) | layer.state_shapes(shape)
    assert {name: array.shape for name, array in first.items()} == promised
    for name, array in first.items():
        assert array.dtype == dtype
        assert np.array_equal(array, second[name])
        assert array.any() == (name in ("weight", "running_var"))
