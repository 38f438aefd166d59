"""The base classes of image transforms: how the places that pixels are read from move at random.

The new image is the old one, read at other places. Pixel p (relative to the image's centre, rows counted downwards)
is read at

    A p + d(p)

An affine transform draws A, a distortion draws d. Several compose: A = A_1 A_2 …, and the d are added.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Transform:
    """One random change of the training images, as declared in the config.

    A concrete transform is a frozen dataclass in a file of its own; its fields are its keys in the YAML file,
    validated by their annotations, and `type` (a `Literal`) names it there.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "allow_inf_nan": False}

    type: str

    def misfit(self, height: int, width: int) -> str | None:
        """Why images of this size cannot be transformed this way; None if they can."""
        return None


@dataclass(frozen=True, kw_only=True)
class Affine(Transform, ABC):
    """A transform that keeps straight lines straight."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """A for `count` images, (count, 3, 3), in homogeneous coordinates (row, column, 1)."""


@dataclass(frozen=True, kw_only=True)
class Distortion(Transform, ABC):
    """A transform that moves each place separately: d is a random sum of fixed functions of the place, its modes."""

    @abstractmethod
    def modes(self, height: int, width: int) -> Array:
        """The functions, (modes, height, width)."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int, modes: int) -> Array:
        """The coefficient of each mode in the row and column parts of d, (count, 2, modes)."""


def identities(count: int) -> Array:
    """`count` identity matrices, (count, 3, 3)."""
    return np.broadcast_to(np.eye(3), (count, 3, 3)).copy()
