"""The warp: all transforms of a config in one pass over many images, with bilinear interpolation.

The place that an output pixel is read from is a sum of fixed functions of its position: 1, its row, its column (with
A's entries as coefficients) and the distortions' modes. So one matrix product gives all places of all images,

    places (2N, H·W) = drawn (2N, functions) · functions (functions, H·W)

and bilinear interpolation gives the value there from the four pixels around it, with 0 beyond the border:

    y = (1 − f)(1 − g) x[i,j] + (1 − f) g x[i,j+1] + f (1 − g) x[i+1,j] + f g x[i+1,j+1]
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.augmentation.base import Affine, Distortion, Transform, identities
from cnnbp_cli.numerics.arrays import Array

CHUNK = 64
"""Images processed together; their buffers stay in the cache."""


class Warp:
    """Augments images, in buffers that it reuses; not to be shared between threads.

    Parameters
    ----------
    transforms
        The transforms, as listed in the config.
    height, width
        Of the images.
    """

    def __init__(self, transforms: Sequence[Transform], height: int, width: int) -> None:
        self._affine = [transform for transform in transforms if isinstance(transform, Affine)]
        self._distortions = [
            (transform, transform.modes(height, width)) for transform in transforms if isinstance(transform, Distortion)
        ]
        rows, columns = np.indices((height, width)) - np.array([height - 1, width - 1])[:, None, None] / 2
        fixed = np.stack([rows, columns, np.ones_like(rows)])
        functions = np.concatenate([fixed, *(modes for _, modes in self._distortions)])
        self._functions = functions.reshape(len(functions), -1).astype(np.float32)
        self._sides = height, width
        self._works: dict[int, WarpBuffers] = {}

    def __call__(self, images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Randomly transformed images, (N, H, W) or (N, C, H, W), of such images; all channels of an image alike."""
        drawn = self._draw(rng, len(images))
        planes = images.reshape(-1, *self._sides)
        if len(planes) > len(images):
            drawn = drawn.repeat(len(planes) // len(images), axis=0)
        warped = np.empty_like(planes)
        for start in range(0, len(planes), CHUNK):
            some = slice(start, start + CHUNK)
            places = drawn[some].reshape(-1, drawn.shape[-1]) @ self._functions
            self._work(len(planes[some])).read(planes[some], places, warped[some])
        return warped.reshape(images.shape)

    def _work(self, count: int) -> WarpBuffers:
        if count not in self._works:
            self._works[count] = WarpBuffers(count, *self._sides)
        return self._works[count]

    def _draw(self, rng: np.random.Generator, count: int) -> Array:
        """The coefficients of the functions for the rows and columns of the places, (N, 2, functions)."""
        affine = reduce(np.matmul, (transform.draw(rng, count) for transform in self._affine), identities(count))
        distortions = [transform.draw(rng, count, len(modes)) for transform, modes in self._distortions]
        return np.concatenate([affine[:, :2], *distortions], axis=2).astype(np.float32)


class WarpBuffers:
    """The buffers for one number of images.

    The images have a border of zeros, one pixel wide at the top and left and two at the bottom and right. Places are
    clipped to it, so everything outside reads as 0 and no neighbour is missing.
    """

    def __init__(self, count: int, height: int, width: int) -> None:
        self.sides = height, width
        pixels = height * width
        self.stride = width + 3
        self.bordered = np.zeros((count, height + 3, self.stride), np.float32)
        self.inside = self.bordered[:, 1 : height + 1, 1 : width + 1]
        self.first = (np.arange(count) * (height + 3) * self.stride)[:, None]
        self.places, self.ahead = np.empty((2, count, pixels), np.intp)
        self.rows, self.columns, self.whole = np.empty((3, count, pixels), np.float32)
        self.corners = np.empty((4, count, pixels), np.float32)

    def read(self, images: NDArray[np.uint8], places: Array, out: NDArray[np.uint8]) -> None:
        """Write to `out` (N, H, W) the images (N, H, W) read at these places (2N, H·W), relative to their centres."""
        np.copyto(self.inside, images)
        both = places.reshape(len(images), 2, -1)
        self._split(both[:, 0], self.sides[0], self.rows, self.places)
        self._split(both[:, 1], self.sides[1], self.columns, self.ahead)
        np.multiply(self.places, self.stride, out=self.places)
        np.add(self.places, self.first, out=self.places)
        np.add(self.places, self.ahead, out=self.places)
        np.copyto(out.reshape(len(images), -1), self._interpolated(), casting="unsafe")

    def _split(self, centred: Array, side: int, part: Array, whole: NDArray[np.intp]) -> None:
        """Split the place along one axis, clipped to the border, into its integer and fractional parts."""
        np.add(centred, np.float32((side - 1) / 2 + 1), out=part)
        np.clip(part, 0, np.float32(side + 1), out=part)
        np.floor(part, out=self.whole)
        np.subtract(part, self.whole, out=part)
        np.copyto(whole, self.whole, casting="unsafe")

    def _interpolated(self) -> Array:
        flat = self.bordered.reshape(-1)
        for corner, ahead in zip(self.corners, (0, 1, self.stride, self.stride + 1), strict=True):
            np.take(flat[ahead:], self.places, out=corner, mode="clip")
        above, above_right, below, below_right = self.corners
        for left, right in ((above, above_right), (below, below_right)):
            np.subtract(right, left, out=right)
            np.multiply(right, self.columns, out=right)
            np.add(left, right, out=left)
        np.subtract(below, above, out=below)
        np.multiply(below, self.rows, out=below)
        np.add(above, below, out=above)
        return np.add(above, np.float32(0.5), out=above)  # so that truncation to bytes rounds to the nearest
