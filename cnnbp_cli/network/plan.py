"""A faster order of the steps, for training and evaluation."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.network.fused import ConvMaxPool
from cnnbp_cli.network.network import Step


def fast_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same function and the same gradients, with fewer numbers to compute.

    1. *Pool before activating.* For an f that never decreases, max f(z) = f(max z): if the pooling comes first, f is
       evaluated for a quarter of the numbers (2×2 windows).
    2. *Pool while convolving.* A convolution and the max pooling after it become one step: see `ConvMaxPool`.
    """
    return _fused(_pooled_first(steps))


def _pooled_first(steps: Sequence[Step]) -> list[Step]:
    order = list(steps)
    for i in range(len(order) - 1):
        lower, upper = order[i], order[i + 1]
        if lower.function and lower.function.increasing and upper.layer.picks_largest:
            pooled = upper.output_shape
            order[i] = Step(upper.name, upper.layer, lower.input_shape, pooled)
            order[i + 1] = Step(lower.name, lower.layer, pooled, pooled)
    return order


def _fused(steps: Sequence[Step]) -> tuple[Step, ...]:
    order: list[Step] = []
    for step in steps:
        below = order[-1] if order else None
        if below and (both := ConvMaxPool.of(below.layer, step.layer, below.input_shape)):
            order[-1] = Step(below.name, both, below.input_shape, step.output_shape)
        else:
            order.append(step)
    return tuple(order)
