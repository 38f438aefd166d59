"""All parameters of a network, or their gradients, as one flat vector with a named view of each."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from cnnbp_cli.numerics.arrays import Array, Shape


class Parameters:
    """A flat vector, and the same memory as named arrays.

    An optimizer updates `flat` in a few calls however many layers there are; a layer reads `of["conv1"]`.

    Parameters
    ----------
    shapes
        The shape of each array by its full name, such as `conv1.weight`.
    dtype
        float32 or float64.
    flat
        The memory to use, (size,), where it is not to be new: zeros, then.

    Attributes
    ----------
    flat
        (size,), all numbers in the order of `shapes`.
    named
        `conv1.weight` → view of `flat`.
    of
        `conv1` → {`weight` → view of `flat`}.
    """

    def __init__(self, shapes: Mapping[str, Shape], dtype: Any, flat: Array | None = None) -> None:
        self.flat: Array = np.zeros(size(shapes), dtype) if flat is None else flat
        self.named: dict[str, Array] = {}
        self.of: dict[str, dict[str, Array]] = {}
        start = 0
        for full_name, shape in shapes.items():
            view = self.flat[start : start + prod(shape)].reshape(shape)
            start += prod(shape)
            self.named[full_name] = view
            layer, _, name = full_name.rpartition(".")
            self.of.setdefault(layer, {})[name] = view

    def like(self, dtype: Any = None) -> Parameters:
        """Zeros of the same names and shapes."""
        shapes = {name: array.shape for name, array in self.named.items()}
        return Parameters(shapes, dtype or self.flat.dtype)

    def astype(self, dtype: Any) -> Parameters:
        """A copy in another precision."""
        copy = self.like(dtype)
        copy.flat[...] = self.flat
        return copy


def size(shapes: Mapping[str, Shape]) -> int:
    """How many numbers arrays of these shapes hold."""
    return sum(prod(shape) for shape in shapes.values())
