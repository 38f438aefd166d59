"""The measurements behind `numerics/plan.py`: the time of each method of correlation, and which one is chosen.

On one thread. Times are for one batch: the forward pass, the kernels' gradient, and the input's delta if an earlier
layer learns.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import call_time
from cnnbp_cli.numerics.arrays import Pair
from cnnbp_cli.numerics.correlation import Problem, tiles_over, window_of
from cnnbp_cli.numerics.minimal_filtering import MinimalFiltering
from cnnbp_cli.numerics.plan import Plan, best_plan, candidates

WINDOWS_BYTES = 100_000_000
"""Tiles whose windows take more memory are left out."""

MAX_RELATIVE_ESTIMATE = 2.5
"""Tiles with a higher estimate, relative to the lowest one, are left out too."""


class Shape(NamedTuple):
    """A convolution of one of the shipped configs, and the batch size."""

    name: str
    problem: Problem
    batch: int


SHAPES = [
    Shape(name, Problem(channels, maps, (kernel, kernel), (1, 1), (side, side), (group, group)), 32)
    for name, channels, maps, kernel, side, group in (
        ("seed", 1, 3, 5, 24, 2),
        ("lenet5, first", 1, 6, 5, 28, 2),
        ("lenet5, second", 6, 16, 5, 10, 2),
        ("wide, first", 1, 32, 5, 24, 2),
        ("wide, second", 32, 64, 5, 8, 2),
        ("fast99, second", 8, 16, 5, 8, 2),
        ("best, second", 32, 48, 3, 12, 1),
        ("best, third", 48, 64, 3, 12, 2),
        ("best, fourth", 64, 96, 3, 4, 1),
        ("8 to 8 channels", 8, 8, 3, 12, 1),
        ("2 to 4 channels", 2, 4, 5, 12, 1),
    )
]


def run(effort: Effort) -> list[dict[str, Any]]:
    """Times the candidates that could be fastest, for every shape."""
    seconds = min(effort.seconds / 50, 0.03)
    with threadpool_limits(1, user_api="blas"):
        return [_measured(shape, seconds, effort.smoke) for shape in (SHAPES[:2] if effort.smoke else SHAPES)]


def _measured(shape: Shape, seconds: float, smoke: bool) -> dict[str, Any]:
    say(f"{shape.name}, batch {shape.batch}")
    problem, batch = shape.problem, shape.batch
    chosen = best_plan(problem, batch)
    considered = [
        plan
        for plan in candidates(problem, batch)
        if plan.estimate < MAX_RELATIVE_ESTIMATE * chosen.estimate
        and _windows_bytes(problem, plan.tile, batch) <= WINDOWS_BYTES
    ]
    timed = [time_plan(problem, plan, batch, seconds) for plan in ([chosen] if smoke else considered)]
    return {
        "name": shape.name,
        "batch": batch,
        **problem._asdict(),
        "plans": sorted(timed, key=lambda one: one["total"]),
        "chosen": _named(chosen),
        "estimate": chosen.estimate / 1e9,
    }


def time_plan(problem: Problem, plan: Plan, batch: int, seconds: float) -> dict[str, Any]:
    """Seconds of each part for one batch."""
    made = plan.way(problem, plan.tile, batch, np.float32)
    rng = np.random.default_rng(0)
    sides = [
        max(needed, (output - 1) * stride + kernel)
        for needed, output, stride, kernel in zip(
            made.needed, problem.output, problem.stride, problem.kernel, strict=True
        )
    ]
    x = rng.random((problem.channels, *sides, batch), np.float32)
    weight = rng.random((problem.maps, problem.channels, *problem.kernel), np.float32)
    delta = np.empty_like(made.tiles)
    delta[...] = 1
    grad, dx = np.zeros_like(weight), np.empty_like(x)
    times = {
        "forward": call_time(lambda: made.forward(x, weight), seconds),
        "gradient": call_time(lambda: made.add_kernel_gradient(delta, grad), seconds),
    }
    if problem.channels > 1:
        times["input_delta"] = call_time(lambda: made.input_delta(delta, dx), seconds)
    return {"plan": _named(plan), **times, "total": sum(times.values())}


def _windows_bytes(problem: Problem, tile: Pair, batch: int) -> int:
    places = prod(window_of(tile, problem.kernel, problem.stride))
    return 4 * problem.channels * places * prod(tiles_over(problem.output, tile)) * batch


def _named(plan: Plan) -> str:
    name = "minimal filtering" if plan.way is MinimalFiltering else "im2col" if plan.tile == (1, 1) else "Toeplitz"
    return name if plan.tile == (1, 1) else f"{name} {plan.tile[0]}×{plan.tile[1]}"


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per shape: the fastest method, the chosen one, and the error of its estimate."""
    rows = []
    for one in result:
        fastest, chosen = one["plans"][0], next(plan for plan in one["plans"] if plan["plan"] == one["chosen"])
        rows.append(
            [
                one["name"],
                f"{one['batch']}",
                fastest["plan"],
                chosen["plan"],
                *(
                    f"{1e6 * chosen[key]:,.0f}" if key in chosen else "–"
                    for key in ("forward", "gradient", "input_delta")
                ),
                f"{chosen['total'] / fastest['total'] - 1:.0%}",
                f"{one['estimate'] / chosen['total'] - 1:+.0%}",
            ]
        )
    titles = ["convolution", "batch", "fastest", "chosen", "forward, µs", "gradient", "input's δ"]
    yield "\n".join(table([*titles, "slower than fastest", "estimate's error"], rows))


if __name__ == "__main__":
    main("tiles")
