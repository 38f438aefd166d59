"""The measurements behind `LAYOUT_COST` of network/fused.py: convolution and max pooling as one step or as two.

Two steps lay out every feature map and its delta in full. The cost of that per number of a map is the difference
between the two methods, minus the difference between their correlations. Measured on one thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import call_time
from benchmarks.tiles import time_plan
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.conv import ONE, Conv2D
from cnnbp_cli.layers.pooling import MaxPool2D
from cnnbp_cli.network.fused import LAYOUT_COST, ConvMaxPool
from cnnbp_cli.numerics.arrays import Array, Pair, Params, Shape
from cnnbp_cli.numerics.plan import best_plan

BATCH = 64

POOL = (2, 2)

CONVOLUTIONS = (
    (1, 3, 28),
    (1, 6, 32),
    (1, 32, 28),
    (6, 16, 14),
    (16, 16, 16),
    (16, 32, 16),
    (32, 64, 12),
    (64, 64, 12),
)
"""Channels, maps and the side of the image; kernels of 5×5."""


def run(effort: Effort) -> dict[str, Any]:
    """Measures both methods for every convolution."""
    seconds = min(effort.seconds / 10, 0.2)
    with threadpool_limits(1, user_api="blas"):
        return {
            "in_use": LAYOUT_COST,
            "ways": [_measured(*sizes, seconds) for sizes in (CONVOLUTIONS[:1] if effort.smoke else CONVOLUTIONS)],
        }


def _measured(channels: int, maps: int, side: int, seconds: float) -> dict[str, Any]:
    say(f"{channels} channels, {maps} maps, images of {side}×{side}")
    conv, pool = Conv2D(filters=maps, kernel_size=5), MaxPool2D(pool_size=POOL)
    shape = (channels, side, side)
    output = conv.output_shape(shape)
    params = conv.init(shape, np.random.default_rng(0), np.float32)
    two = _passes([conv, pool], params, shape, seconds)
    one = _passes([ConvMaxPool(conv=conv, pool=pool)], params, shape, seconds)
    alone, together = (_correlation(conv, shape, group, seconds) for group in (ONE, POOL))
    return {
        "channels": channels,
        "maps": maps,
        "side": side,
        "two_steps": two,
        "one_step": one,
        "layout_nanoseconds": 1e9 * ((two - alone) - (one - together)) / (maps * output[1] * output[2] * BATCH),
        "takes_one": ConvMaxPool.of(conv, pool, shape) is not None,
    }


def _passes(layers: list[Layer], params: Params, shape: Shape, seconds: float) -> float:
    """Seconds of the forward and backward passes through the layers, without the delta of the first one's input."""
    x = np.random.default_rng(0).random((*shape, BATCH), np.float32)
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    memories = [Memory() for _ in layers]

    def forward() -> Array:
        y = x
        for layer, memory in zip(layers, memories, strict=True):
            y = layer.forward(params, y, memory)
        return y

    top = np.ones_like(forward())

    def both() -> None:
        forward()
        delta: Array | None = top
        for layer, memory in zip(layers[::-1], memories[::-1], strict=True):
            assert delta is not None
            delta = layer.backward(params, delta, memory, grads, need_input=layer is not layers[0])

    return call_time(both, seconds)


def _correlation(conv: Conv2D, shape: Shape, group: Pair, seconds: float) -> float:
    """Seconds of the correlation alone, with the method chosen for this group."""
    problem = conv.problem(shape, group)
    timed = time_plan(problem, best_plan(problem, BATCH), BATCH, seconds)
    return float(timed["forward"] + timed["gradient"])


def tables(result: dict[str, Any]) -> Iterator[str]:
    """One row per convolution, and below them the constant in use."""
    rows = [
        [
            f"{one['channels']}×{one['side']}×{one['side']}",
            f"{one['maps']}",
            f"{1e6 * one['two_steps']:,.0f} µs",
            f"{1e6 * one['one_step']:,.0f} µs",
            f"{one['two_steps'] / one['one_step']:.2f}×",
            "one" if one["takes_one"] else "two",
            f"{one['layout_nanoseconds']:.2f} ns",
        ]
        for one in result["ways"]
    ]
    yield "\n".join(
        table(["image", "maps", "two steps", "one step", "ratio", "cnnbp chooses", "layout cost per value"], rows)
    )
    middle = median(one["layout_nanoseconds"] for one in result["ways"])
    yield f"The median is {middle:.2f} ns per value; `LAYOUT_COST` is {result['in_use']}."


if __name__ == "__main__":
    main("fusing")
