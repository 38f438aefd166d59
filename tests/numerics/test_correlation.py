"""The ways to compute a correlation against the plain reference, for drawn shapes; and against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.numerics import plan
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.correlation import Correlation, Problem
from cnnbp_cli.numerics.minimal_filtering import MinimalFiltering
from cnnbp_cli.numerics.plan import Plan, best_plan, candidates, make_correlation
from cnnbp_cli.numerics.toeplitz import Toeplitz
from tests.support import reference
from tests.support.examples import examples

BUDGET = examples(40)

TOLERANCES = {np.float64: 1e-12, np.float32: 4e-5}
"""Of the largest number of the array. Minimal filtering in float32 stays below 1.5e-5 in thousands of draws."""

PASS = ("z", "grad_weight", "dx")


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    kernel = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    group = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    output = (group[0] * draw(st.integers(1, 5)), group[1] * draw(st.integers(1, 5)))
    stride = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    return Problem(draw(st.integers(1, 4)), draw(st.integers(1, 4)), kernel, stride, output, group)


def numbers(problem: Problem, batch: int, seed: int) -> tuple[Array, Array, Array]:
    """x, w and δ, float64."""
    rng = np.random.default_rng(seed)
    sides = [
        (out - 1) * step + side for out, step, side in zip(problem.output, problem.stride, problem.kernel, strict=True)
    ]
    return (
        rng.standard_normal((problem.channels, *sides, batch)),
        rng.standard_normal((problem.maps, problem.channels, *problem.kernel)),
        rng.standard_normal((problem.maps, *problem.output, batch)),
    )


def run(way: Correlation, x: Array, weight: Array, delta: Array) -> dict[str, Array]:
    """Both passes, with zeros around what the tiles reach beyond the image."""
    _, height, width, batch = x.shape
    sides = [max(have, need) for have, need in zip((height, width), way.needed, strict=True)]
    padded = np.zeros((len(x), *sides, batch), way.dtype)
    padded[:, :height, :width] = x
    tiles = way.forward(padded, weight.astype(way.dtype))
    z, delta_tiles = np.full(delta.shape, np.nan, way.dtype), np.zeros_like(tiles)
    for tile, part in way.pieces(tiles, z):
        part[...] = tile
    for tile, part in way.pieces(delta_tiles, delta.astype(way.dtype)):
        tile[...] = part
    grad_weight, dx = np.zeros(weight.shape, way.dtype), np.full_like(padded, np.nan)
    way.add_kernel_gradient(delta_tiles, grad_weight)
    way.input_delta(delta_tiles, dx)
    return dict(zip(PASS, (z, grad_weight, dx[:, :height, :width]), strict=True))


def expected(problem: Problem, x: Array, weight: Array, delta: Array) -> dict[str, Array]:
    grad_weight, _, dx = reference.conv2d_backward(delta, x, weight, None, problem.stride)
    return dict(zip(PASS, (reference.conv2d(x, weight, None, problem.stride), grad_weight, dx), strict=True))


def assert_close(found: dict[str, Array], exact: dict[str, Array], tolerance: float, which: Any) -> None:
    for name in PASS:
        assert found[name].shape == exact[name].shape
        error = np.abs(found[name] - exact[name]).max() / np.abs(exact[name]).max()
        assert error < tolerance, (name, which)


@pytest.mark.parametrize("dtype", TOLERANCES)
@given(problem=problems(), batch=st.integers(1, 4), seed=st.integers(0, 2**32 - 1), data=st.data())
@BUDGET
def test_every_way_computes_what_the_reference_computes(
    dtype: Any, problem: Problem, batch: int, seed: int, data: st.DataObject
) -> None:
    given_numbers = numbers(problem, batch, seed)
    exact = expected(problem, *given_numbers)
    for one in data.draw(st.lists(st.sampled_from(list(candidates(problem, batch))), min_size=1, max_size=3)):
        found = run(one.way(problem, one.tile, batch, dtype), *given_numbers)
        assert {array.dtype for array in found.values()} == {np.dtype(dtype)}
        assert_close(found, exact, TOLERANCES[dtype], one)


@pytest.mark.parametrize("kernel", [(5, 5), (3, 3), (5, 1), (1, 1), (2, 4)])
def test_all_three_ways_agree(kernel: tuple[int, int]) -> None:
    problem = Problem(3, 4, kernel, (1, 1), (8, 6), (2, 2))
    given_numbers = numbers(problem, 3, 0)
    im2col = run(Toeplitz(problem._replace(group=(1, 1)), (1, 1), 3, np.float64), *given_numbers)
    toeplitz = run(Toeplitz(problem, (2, 2), 3, np.float64), *given_numbers)
    minimal = run(MinimalFiltering(problem, (4, 4), 3, np.float64), *given_numbers)
    assert_close(toeplitz, im2col, 1e-13, "Toeplitz")
    assert_close(minimal, im2col, 1e-12, "minimal filtering")


def test_float32_stays_within_the_error_that_is_promised() -> None:
    """With many channels too, where errors could add up."""
    problem = Problem(32, 48, (5, 5), (1, 1), (8, 8))
    given_numbers = numbers(problem, 8, 1)
    exact = run(Toeplitz(problem, (1, 1), 8, np.float64), *given_numbers)
    minimal = run(MinimalFiltering(problem, (4, 4), 8, np.float32), *given_numbers)
    assert_close(minimal, exact, 2e-5, "minimal filtering")


@pytest.mark.parametrize("output", [(10, 7), (9, 9), (4, 5)])
def test_tiles_that_do_not_divide_the_output_reach_beyond_it(output: tuple[int, int]) -> None:
    problem = Problem(2, 3, (3, 3), (1, 1), output)
    way = MinimalFiltering(problem, (4, 4), 2, np.float64)
    assert way.needed > (output[0] + 2, output[1] + 2) or way.needed[1] > output[1] + 2
    given_numbers = numbers(problem, 2, 2)
    assert_close(run(way, *given_numbers), expected(problem, *given_numbers), 1e-12, output)


@given(
    sides=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    channels=st.integers(1, 3),
    kernel=st.integers(1, 5),
    padding=st.integers(0, 3) | st.just("same"),
    tile=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    batch=st.integers(1, 3),
)
@BUDGET
def test_a_layer_computes_the_same_with_minimal_filtering(
    sides: tuple[int, int], channels: int, kernel: int, padding: Any, tile: tuple[int, int], batch: int
) -> None:
    """Through the layer, with its borders, its bias and what it crops."""
    layer = Conv2D(filters=2, kernel_size=kernel, padding=padding)
    shape = (channels, *(max(side, kernel) for side in sides))
    rng = np.random.default_rng(0)
    params = layer.init(shape, rng, np.float64)
    params["bias"][...] = rng.standard_normal(2)
    x = rng.standard_normal((*shape, batch))
    delta = rng.standard_normal((*layer.output_shape(shape), batch))

    def passes() -> list[Array]:
        memory, grads = Memory(), {name: np.zeros_like(array) for name, array in params.items()}
        z = layer.forward(params, x, memory).copy()
        dx = layer.backward(params, delta, memory, grads)
        assert dx is not None
        return [z, dx, grads["weight"], grads["bias"]]

    exact = passes()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(plan, "best_plan", lambda *_, **__: Plan(MinimalFiltering, tile, 0))
        found = passes()
    for one, other in zip(found, exact, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * max(1, np.abs(other).max()))


def test_passes_in_float64_leave_minimal_filtering_out() -> None:
    problem = Problem(32, 64, (5, 5), (1, 1), (8, 8))
    assert isinstance(make_correlation(problem, 32, np.float32), MinimalFiltering)
    assert isinstance(make_correlation(problem, 32, np.float64), Toeplitz)


@given(problem=problems(), batch=st.integers(1, 300))
@BUDGET
def test_there_is_a_plan_for_every_problem(problem: Problem, batch: int) -> None:
    chosen = best_plan(problem, batch)
    assert chosen.estimate == min(plan.estimate for plan in candidates(problem, batch))
    assert all(side % group == 0 for side, group in zip(chosen.tile, problem.group, strict=True))


def test_a_pooling_window_larger_than_any_tile_has_a_plan() -> None:
    assert best_plan(Problem(1, 2, (3, 3), (1, 1), (9, 9), (9, 9)), 4).tile == (9, 9)
