"""What a transform of images is: a frozen description of how chance moves the places that pixels are read from.

A new image is the old one read at other places. Where pixel p (from the image's centre, rows downwards) is read at

    A p + d(p)

an affine transform draws A, and a distortion d. Several compose: A = A_1 A_2 …, and their d add up.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Transform:
    """One way in which training images are varied, as the config declares it.

    A concrete transform is a frozen dataclass in a file of its own; its fields are its keys in the YAML file,
    validated by their annotations, and `type` (a `Literal`) names it there.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "allow_inf_nan": False}

    type: str

    def misfit(self, height: int, width: int) -> str | None:
        """Why images of this size cannot be varied so; None where they can."""
        return None


@dataclass(frozen=True, kw_only=True)
class Affine(Transform, ABC):
    """A transform that keeps lines straight."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """(count, 3, 3): A for as many images, in homogeneous coordinates (row, column, 1)."""


@dataclass(frozen=True, kw_only=True)
class Distortion(Transform, ABC):
    """A transform that moves every place by itself: d is a random sum of fixed functions of the place, its modes."""

    @abstractmethod
    def modes(self, height: int, width: int) -> Array:
        """(modes, height, width): the functions."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int, modes: int) -> Array:
        """(count, 2, modes): how much of each is in the rows' and in the columns' d."""


def identities(count: int) -> Array:
    """(count, 3, 3)."""
    return np.broadcast_to(np.eye(3), (count, 3, 3)).copy()
