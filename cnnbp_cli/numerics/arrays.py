"""The types of arrays and shapes that every package uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""A float32 or float64 array. Batches come last: images are (C, H, W, N), vectors (features, N)."""

Shape: TypeAlias = tuple[int, ...]
"""The shape of one sample, without the batch: (C, H, W) or (features,)."""

Pair: TypeAlias = tuple[int, int]
"""(vertical, horizontal): the sides of a kernel or window, a stride, the number of rows and columns."""

Params: TypeAlias = Mapping[str, Array]
"""A layer's parameters, or their gradients, by name: `weight`, `bias`."""
