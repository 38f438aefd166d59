"""The figures behind `choose_tile`: what each tile costs in each convolution that our configs have, and which it picks.

One thread. Times are of one batch; the copy of the windows, the product forward, the kernels' gradient, and the
input's delta where a layer below learns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import call_time
from cnnbp_cli.numerics import correlation
from cnnbp_cli.numerics.arrays import Pair
from cnnbp_cli.numerics.correlation import Correlation, choose_tile, window_of
from cnnbp_cli.numerics.windows import windows

LARGEST = 12
"""The longest side of a tile that is tried; `choose_tile` looks at fewer."""

WINDOWS_BYTES = 400_000_000
"""A tile whose windows take more is left out."""


class Shape(NamedTuple):
    """A convolution, and the batch."""

    name: str
    channels: int
    maps: int
    kernel: Pair
    output: Pair
    group: Pair
    batch: int

    @property
    def learns_below(self) -> bool:
        return self.channels > 1


SHAPES = [
    Shape(name, channels, maps, (5, 5), (side, side), (group, group), batch)
    for name, channels, maps, side, groups, batches in (
        ("seed", 1, 3, 24, (1, 2), (8, 64)),
        ("lenet5, first", 1, 6, 28, (2,), (64,)),
        ("lenet5, second", 6, 16, 10, (1, 2), (8, 64)),
        ("wide, first", 1, 32, 24, (2,), (64,)),
        ("wide, second", 32, 64, 8, (1, 2), (64,)),
    )
    for group in groups
    for batch in batches
]


def run(effort: Effort) -> list[dict[str, Any]]:
    """Times every tile of every shape."""
    seconds = min(effort.seconds / 50, 0.04)
    with threadpool_limits(1, user_api="blas"):
        return [_measured(shape, seconds, effort.smoke) for shape in (SHAPES[:2] if effort.smoke else SHAPES)]


def _measured(shape: Shape, seconds: float, smoke: bool) -> dict[str, Any]:
    say(f"{shape.name}, batch {shape.batch}, group {_times(shape.group)}")
    chosen, estimate = choose_tile(
        shape.channels, shape.maps, shape.kernel, (1, 1), shape.output, shape.batch, shape.group
    )
    tiles = [
        (h, w)
        for h in range(shape.group[0], LARGEST + 1, shape.group[0])
        for w in range(shape.group[1], LARGEST + 1, shape.group[1])
        if shape.output[0] % h == 0 and shape.output[1] % w == 0
    ]
    timed = [
        time_tile(shape, tile, seconds)
        for tile in ([chosen, tiles[0]] if smoke else tiles)
        if _windows_bytes(shape, tile) <= WINDOWS_BYTES
    ]
    return {
        **shape._asdict(),
        "tiles": sorted(timed, key=lambda one: one["total"]),
        "chosen": chosen,
        "estimate": estimate / 1e9,
    }


def time_tile(shape: Shape, tile: Pair, seconds: float) -> dict[str, Any]:
    """Seconds of each part of the work for one batch, cut into such tiles."""
    with patch.object(correlation, "choose_tile", lambda *_: (tile, 0.0)):
        made = Correlation(
            shape.channels, shape.maps, shape.kernel, (1, 1), shape.output, shape.batch, np.float32, shape.group
        )
    rng = np.random.default_rng(0)
    sides = [output + kernel - 1 for output, kernel in zip(shape.output, shape.kernel, strict=True)]
    x = rng.random((shape.channels, *sides, shape.batch), np.float32)
    weight = rng.random((shape.maps, shape.channels, *shape.kernel), np.float32)
    delta = np.ones_like(made.tiles)
    grad, dx = np.zeros_like(weight), np.empty_like(x)
    view = windows(x, made.window, made.step, made.count)
    times = {
        "copy": call_time(lambda: np.copyto(made.patches, view), seconds),
        "forward": call_time(lambda: made.forward(x, weight), seconds),
        "gradient": call_time(lambda: made.add_kernel_gradient(delta, grad), seconds),
    }
    if shape.learns_below:
        times["input_delta"] = call_time(lambda: made.input_delta(delta, dx), seconds)
    return {"tile": tile, **times, "total": sum(times.values()) - times["copy"]}  # forward copies too


def _windows_bytes(shape: Shape, tile: Pair) -> int:
    window = window_of(tile, shape.kernel, (1, 1))
    tiles = shape.output[0] * shape.output[1] // (tile[0] * tile[1])
    return 4 * shape.channels * window[0] * window[1] * tiles * shape.batch


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """A row for each shape: the fastest tile, the chosen one, and how far the estimate was from what it took."""
    rows = []
    for one in result:
        fastest, chosen = (
            one["tiles"][0],
            next(tile for tile in one["tiles"] if tuple(tile["tile"]) == tuple(one["chosen"])),
        )
        modelled = chosen["forward"] + chosen["gradient"]
        rows.append(
            [
                one["name"],
                f"{one['batch']}",
                _times(one["group"]),
                _times(fastest["tile"]),
                _times(chosen["tile"]),
                *(
                    f"{1e6 * chosen[key]:,.0f}" if key in chosen else "–"
                    for key in ("copy", "forward", "gradient", "input_delta")
                ),
                f"{chosen['total'] / fastest['total'] - 1:.0%}",
                f"{one['estimate'] / modelled - 1:+.0%}",
            ]
        )
    titles = ["convolution", "batch", "group", "fastest", "chosen", "copy, µs", "forward", "gradient", "input δ"]
    yield "\n".join(table([*titles, "slower than fastest", "estimate error"], rows))


def _times(sides: Pair) -> str:
    return f"{sides[0]}×{sides[1]}"


if __name__ == "__main__":
    main("tiles")
