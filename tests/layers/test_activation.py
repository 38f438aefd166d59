"""What an activation knows of its own troubles: dead units and saturated outputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.layers.functions import FLAT, FUNCTIONS, Bounded
from cnnbp_cli.numerics.arrays import Array
from tests.support.examples import examples

SHAPES = st.sampled_from([(3, 5), (2, 4, 3, 6), (1, 1)])


def trouble(name: str, z: Array) -> float:
    a = np.empty_like(z)
    FUNCTIONS[name].value(z, a)
    return FUNCTIONS[name].troubled(z, a)


@examples(30)
@given(SHAPES, st.floats(-3, 3), st.integers(0, 2**32))
def test_a_unit_is_dead_where_no_image_and_no_place_wakes_it(shape: tuple[int, ...], shift: float, seed: int) -> None:
    z = np.random.default_rng(seed).normal(shift, 1, shape)
    awake = [any(number > 0 for number in unit.ravel()) for unit in z]
    assert trouble("relu", z) == awake.count(False) / len(awake)


@examples(30)
@given(SHAPES, st.floats(-4, 4), st.integers(0, 2**32))
def test_an_output_is_saturated_where_its_slope_is_small(shape: tuple[int, ...], shift: float, seed: int) -> None:
    z = np.random.default_rng(seed).normal(shift, 3, shape)
    sigmoid = 1 / (1 + np.exp(-z))
    assert trouble("sigmoid", z) == np.mean(sigmoid * (1 - sigmoid) < FLAT / 4)
    assert trouble("tanh", z) == np.mean(1 / np.cosh(z) ** 2 < FLAT)
    assert trouble("tanh", z / 2) == pytest.approx(trouble("sigmoid", z), abs=0.01)  # tanh z = 2σ(2z) − 1


def test_the_steepest_slope_is_the_largest() -> None:
    z = np.linspace(-9, 9, 1801)
    for function in (function for function in FUNCTIONS.values() if isinstance(function, Bounded)):
        a, slope = np.empty_like(z), np.empty_like(z)
        function.value(z, a)
        function.back(np.ones_like(z), z, a, slope)
        assert slope.max() == pytest.approx(function.steepest)


def test_a_leak_is_never_dead_and_softmax_is_not_judged_number_by_number() -> None:
    z = np.full((3, 2), -100.0)
    for name in ("leaky_relu", "softmax"):
        assert FUNCTIONS[name].trouble is None
        assert trouble(name, z) == 0
