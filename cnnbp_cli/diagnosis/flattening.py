"""The order in which a student's program flattens maps: (H, W, C), say, instead of (C, H, W).

It is a choice like any other as long as the program keeps to it: then the columns of the dense weights that follow are
in the same order.
"""

from __future__ import annotations

from itertools import permutations
from math import prod

from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.numerics.arrays import Array, Shape

USUAL = "CHW"
"""The exercise's order."""

ORDERS = tuple("".join(order) for order in permutations(USUAL))
"""All orders, the exercise's first."""


def flattened(trace: Trace) -> dict[str, Shape]:
    """The tensors whose features are those of flattened maps, with the maps' shape (C, H, W)."""
    found: dict[str, Shape] = {}
    maps: Shape | None = None
    for layer in trace.layers:
        if maps is not None:
            dense = layer.layer.type == "dense"
            parts = ["grad_input"] if dense else ["delta", "grad_input", *(f"grad_{name}" for name in layer.params)]
            found |= {f"{layer.name}.{part}": maps for part in (*parts, *(["grad_weight"] if dense else []))}
            maps = None if dense else maps
        elif layer.layer.type == "flatten" and layer.input.ndim == 4:
            maps = layer.input.shape[:3]
            found[f"{layer.name}.delta"] = maps
    return found


def in_usual_order(tensor: Tensor, array: Array, maps: Shape, order: str) -> Array:
    """A tensor whose features are in another order, in the exercise's; laid out as in the trace.

    The features are the columns of dense weights, and the first axis of anything else.
    """
    axis = 1 if tensor.right.ndim == 2 and not tensor.batched else 0
    sides = [maps[USUAL.index(letter)] for letter in order]
    before, after = array.shape[:axis], array.shape[axis + 1 :]
    split = array.reshape(*before, *sides, *after)
    axes = [axis + order.index(letter) for letter in USUAL]
    moved = split.transpose(*range(axis), *axes, *range(axis + 3, split.ndim))
    return moved.reshape(*before, prod(sides), *after)


def order_text(order: str) -> str:
    """Such as (H, W, C)."""
    return f"({', '.join(order)})"
