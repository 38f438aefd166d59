"""Which method computes a correlation fastest: a model of the cost with a few measured constants."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnbp_cli.numerics.arrays import Pair
from cnnbp_cli.numerics.cook_toom import MAX_PRODUCTS
from cnnbp_cli.numerics.correlation import Correlation, Problem, tiles_over, window_of
from cnnbp_cli.numerics.minimal_filtering import MinimalFiltering
from cnnbp_cli.numerics.products import has_small_kernels
from cnnbp_cli.numerics.toeplitz import Toeplitz

LARGEST_TILE = 8
"""The longest side of a tile that is considered."""


class Rates(NamedTuple):
    """The costs of a correlation's parts on one core, in nanoseconds. Only ratios matter; see `benchmarks/tiles.py`.

    Attributes
    ----------
    multiply_add
        One multiply-add of a long product with many rows and a large inner dimension.
    rows, inner
        The number of rows, or the inner dimension, at which a product reaches half of that rate.
    call
        Each product in a stack of products.
    run, number
        Copying or adding N contiguous numbers: a fixed cost, and a cost per number.
    """

    multiply_add: float
    rows: float
    inner: float
    call: float
    run: float
    number: float


SMALL_KERNELS_RATES = Rates(multiply_add=0.0114, rows=7.3, inner=0, call=94, run=2.75, number=0.105)
OTHER_RATES = Rates(multiply_add=0.0168, rows=1.7, inner=5.6, call=274, run=2.6, number=0.11)
"""Fitted to the shapes in `benchmarks/tiles.py` on an AMD EPYC, with OpenBLAS's SkylakeX and Haswell kernels."""


class Plan(NamedTuple):
    """A method to compute a correlation, and its estimated nanoseconds in a training step."""

    way: type[Correlation]
    tile: Pair
    estimate: float


@cache
def best_plan(problem: Problem, batch: int, *, exact: bool = False) -> Plan:
    """The candidate with the lowest estimate; `exact` leaves out minimal filtering, which rounds more."""
    return min(
        (plan for plan in candidates(problem, batch) if not (exact and plan.way is MinimalFiltering)),
        key=lambda plan: (plan.estimate, plan.tile),
    )


def make_correlation(problem: Problem, batch: int, dtype: Any) -> Correlation:
    """The fastest method, with its buffers.

    In float64 passes (gradient checks, explanations, exercises, diagnosis) exactness matters and time does not, so they
    leave out minimal filtering.
    """
    plan = best_plan(problem, batch, exact=dtype == np.float64)
    return plan.way(problem, plan.tile, batch, dtype)


def candidates(problem: Problem, batch: int) -> Iterator[Plan]:
    """Every method and tile that fits, with its estimate."""
    heights, widths = (
        range(group, max(group, min(side, LARGEST_TILE)) + 1, group)
        for group, side in zip(problem.group, problem.output, strict=True)
    )
    for tile in ((height, width) for height in heights for width in widths):
        if not any(side % t for side, t in zip(problem.output, tile, strict=True)):
            yield Plan(Toeplitz, tile, estimate(Toeplitz, problem, tile, batch))
        if problem.stride == (1, 1) and max(window_of(tile, problem.kernel, problem.stride)) <= MAX_PRODUCTS:
            yield Plan(MinimalFiltering, tile, estimate(MinimalFiltering, problem, tile, batch))


def estimate(way: type[Correlation], problem: Problem, tile: Pair, batch: int) -> float:
    """Nanoseconds of both passes over a batch.

    A network's images have one channel and its first layer needs no input delta, so none is counted for C = 1.
    """
    rates = SMALL_KERNELS_RATES if has_small_kernels() else OTHER_RATES
    channels, maps, outputs = problem.channels, problem.maps, prod(tile)
    places = prod(window_of(tile, problem.kernel, problem.stride))
    columns = prod(tiles_over(problem.output, tile)) * batch

    def product(rows: int, inner: int, columns: int, stack: int = 1) -> float:
        slower = (1 + rates.rows / rows) * (1 + rates.inner / inner)
        return stack * (rates.call + rows * inner * columns * rates.multiply_add * slower)

    def moved(run: int, runs: int) -> float:
        return runs * (rates.run + run * rates.number)

    if way is Toeplitz:
        copy = moved(batch, channels * places * columns // batch)
        rows, inner = maps * outputs, channels * places
        forward = copy + product(rows, inner, columns)
        gradient = product(rows, inner, columns)
        input_delta = product(inner, rows, columns) + 2 * copy
    else:
        (n0, n1), (ty, tx) = window_of(tile, problem.kernel, problem.stride), tiles_over(problem.output, tile)
        stripes, width = channels * ty, ((tx - 1) * tile[1] + n1) * batch
        windows = product(n0, n0, width, stack=stripes) + product(n1, n1, batch, stack=stripes * n0 * tx)
        tiles = product(tile[0], n0, n1 * maps * columns) + product(tile[1], n1, maps * columns, stack=tile[0])
        forward = windows + product(maps, channels, columns, stack=places) + tiles
        gradient = tiles + product(maps, channels, columns, stack=places)
        added = moved(batch, stripes * n0 * tx * n1) + moved(width, stripes * n0)
        input_delta = product(channels, maps, columns, stack=places) + windows + added
    return forward + gradient + (input_delta if channels > 1 else 0)
