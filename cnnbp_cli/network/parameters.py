"""All parameters of a network, or their gradients, as one flat vector with a named view of each."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from cnnbp_cli.numerics.arrays import Array, Shape


class Parameters:
    """A flat vector, and the same memory as named arrays.

    An optimizer updates `flat` in a few calls for any number of layers; a layer reads `of["conv1"]`. A layer's state,
    which it keeps but does not learn (running statistics), follows the parameters in the same memory, so copying,
    adding or averaging `whole` includes it.

    Parameters
    ----------
    shapes
        The shape of each array by its full name, such as `conv1.weight`.
    dtype
        float32 or float64.
    whole
        The memory to use, (number of parameters and state,); without it, new zeros.
    state_shapes
        The same for the layers' state.

    Attributes
    ----------
    whole
        (size,), all numbers in the order of `shapes`, then of `state_shapes`.
    flat
        Its learnt part.
    named
        `conv1.weight` → view of `flat`.
    state
        `bn1.running_mean` → view of `whole`.
    of
        `bn1` → {`weight` → view of `whole`}: parameters and state.
    """

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        dtype: Any,
        whole: Array | None = None,
        state_shapes: Mapping[str, Shape] | None = None,
    ) -> None:
        state_shapes = state_shapes or {}
        learnt = size(shapes)
        self.whole: Array = np.zeros(learnt + size(state_shapes), dtype) if whole is None else whole
        self.flat = self.whole[:learnt]
        self.named = _views(self.flat, shapes)
        self.state = _views(self.whole[learnt:], state_shapes)
        self.of: dict[str, dict[str, Array]] = {}
        for full_name, view in self.arrays.items():
            layer, _, name = full_name.rpartition(".")
            self.of.setdefault(layer, {})[name] = view

    @property
    def arrays(self) -> dict[str, Array]:
        """Parameters and state, by full name."""
        return self.named | self.state

    def like(self, dtype: Any = None) -> Parameters:
        """Zeros of the same names and shapes."""
        shapes, state_shapes = (
            {name: array.shape for name, array in arrays.items()} for arrays in (self.named, self.state)
        )
        return Parameters(shapes, dtype or self.whole.dtype, state_shapes=state_shapes)

    def astype(self, dtype: Any) -> Parameters:
        """A copy in another precision."""
        copy = self.like(dtype)
        copy.whole[...] = self.whole
        return copy


def size(shapes: Mapping[str, Shape]) -> int:
    """How many numbers arrays of these shapes hold."""
    return sum(prod(shape) for shape in shapes.values())


def _views(flat: Array, shapes: Mapping[str, Shape]) -> dict[str, Array]:
    views = {}
    start = 0
    for name, shape in shapes.items():
        views[name] = flat[start : start + prod(shape)].reshape(shape)
        start += prod(shape)
    return views
