from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.differences import OFFSETS, SPREAD, central_differences


def costs(f: Callable[[Array], Array], x: Array, h: Array) -> Array:
    return np.stack([f(x + offset * h) for offset in OFFSETS], axis=1)


@pytest.mark.parametrize("degree", range(5))
def test_is_exact_for_polynomials_up_to_the_fourth_degree(degree: int) -> None:
    h = np.array([0.5, 0.25])
    found = central_differences(costs(lambda x: x**degree, np.ones(2), h), 1.0, h)
    assert found.derivative == pytest.approx(degree, abs=1e-12)


@pytest.mark.parametrize("f, slope", [(np.exp, np.exp), (np.sin, np.cos), (lambda x: x**5, lambda x: 5 * x**4)])
def test_truncation_bounds_what_the_extrapolation_leaves(
    f: Callable[[Array], Array], slope: Callable[[Array], Array]
) -> None:
    x = np.linspace(-1, 1, 21)
    h = np.full(x.size, 0.05)
    for point, step in zip(x, h, strict=True):
        found = central_differences(costs(f, np.array([point]), np.array([step])), float(f(point)), np.array([step]))
        assert abs(found.derivative[0] - slope(point)) <= found.truncation[0] + 1e-13


def test_noise_and_spread_measure_the_rounding_errors_of_the_costs() -> None:
    rng = np.random.default_rng(0)
    s, h, n = 1e-9, np.full(20_000, 2.0**-17), 20_000
    noisy = rng.normal(scale=s, size=(n, len(OFFSETS)))
    found = central_differences(noisy, 0.0, h)
    # the cost in the middle is exact here: its part of Δ⁴, 6² of 70, is missing
    assert np.sqrt(np.mean(found.noise**2)) == pytest.approx(s * (34 / 70) ** 0.5, rel=0.05)
    assert found.derivative.std() == pytest.approx(SPREAD * s / h[0], rel=0.05)
