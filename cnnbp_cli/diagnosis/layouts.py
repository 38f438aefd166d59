"""Other layouts of the same numbers: recognised by their shape, and brought into the exercise's layout.

Axes have letters: N samples, C channels or maps, H rows, W columns, F features; kernels K maps, C channels; dense
weights O out, I in.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.numerics.arrays import Array, Shape

ORDERS: dict[str, dict[str, str]] = {
    "NCHW": {
        "NCHW": "",
        "NHWC": "channels last",
        "CHWN": "batch last",
        "HWCN": "channels and batch last",
        "WHCN": "all axes reversed",
        "CNHW": "channels first",
        "NCWH": "columns before rows",
    },
    "NF": {"NF": "", "FN": "batch last"},
    "KCHW": {
        "KCHW": "",
        "HWCK": "rows and columns first",
        "KHWC": "channels last",
        "WHCK": "all axes reversed",
        "CKHW": "channels before maps",
        "CHWK": "maps last",
    },
    "OI": {"OI": "", "IO": "transposed: (in, out)"},
    "KHW": {"KHW": "", "HWK": "maps last"},
    "K": {"K": ""},
}
"""For each kind of tensor, the layouts in use and what they are called."""

FLAT_ORDERS = {
    "NCHW": {"NCHW": "", "NHWC": ", channels last"},
    "KCHW": {"KCHW": "", "KHWC": ", channels last"},
}
"""The orders in which the axes of maps and kernels are flattened into one."""

AXES = {
    "N": "sample", "K": "map", "C": "channel", "H": "row", "W": "column", "F": "feature", "O": "unit", "I": "input"
}  # fmt: skip


class Reading(NamedTuple):
    """An array in the exercise's layout, and the layout it was submitted in.

    Attributes
    ----------
    layout
        In words; empty for the exercise's own.
    order
        The letters of its axes, before any flattening; empty where it is no order of `ORDERS`.
    """

    array: Array
    layout: str
    order: str = ""


def letters(tensor: Tensor) -> str:
    """The axes of a tensor in an exchange file."""
    axes = tensor.right.ndim
    if tensor.batched:
        return "NCHW" if axes == 4 else "NF"
    return parameter_letters(axes)


def parameter_letters(axes: int) -> str:
    """The axes of a parameter, and of its gradient."""
    return {1: "K", 2: "OI", 3: "KHW", 4: "KCHW"}.get(axes, "")


def readings(given: Array, axes: str, shape: Shape) -> Iterator[Reading]:
    """All ways to read an array as one of these axes and this shape, the plainest first; none where it cannot be."""
    bare = _bare(given.shape)
    for order, words in ORDERS.get(axes, {axes: ""}).items():
        laid = tuple(shape[axes.index(axis)] for axis in order)
        if _bare(laid) == bare:
            singletons = "" if given.shape == laid else _singletons(given.shape, laid)
            yield Reading(_in_order(given, laid, order, axes), ", ".join(filter(None, (words, singletons))), order)
    if given.size == prod(shape) and given.ndim > 1:
        if axes == "NCHW":
            yield from _flattened(given, axes, shape)
        elif axes == "NF" and given.ndim > 2 and given.shape[0] == shape[0]:
            yield Reading(given.reshape(shape), "not flattened")
        elif axes == "KCHW" and given.ndim == 2:
            yield from _flattened(given, axes, shape)


def _flattened(given: Array, axes: str, shape: Shape) -> Iterator[Reading]:
    """An array with one axis for all but the first axis of its shape, in either order, as rows or as columns."""
    if given.ndim >= len(shape):
        return
    for order, words in FLAT_ORDERS[axes].items():
        laid = tuple(shape[axes.index(axis)] for axis in order)
        if given.shape[0] == shape[0]:
            yield Reading(_in_order(given, laid, order, axes), f"flattened{words}", order)
    for order, words in FLAT_ORDERS[axes].items():
        laid = tuple(shape[axes.index(axis)] for axis in order)
        if given.ndim == 2 and given.shape[1] == shape[0]:
            last = {"N": "batch", "K": "maps"}[axes[0]]
            yield Reading(_in_order(given.T, laid, order, axes), f"flattened{words}, {last} last", order)


def _in_order(given: Array, laid: Shape, order: str, axes: str) -> Array:
    return given.reshape(laid).transpose([order.index(axis) for axis in axes])


def _bare(shape: Shape) -> Shape:
    return tuple(side for side in shape if side != 1)


def _singletons(given: Shape, expected: Shape) -> str:
    return "without its axes of length 1" if len(given) < len(expected) else "with axes of length 1 added"
