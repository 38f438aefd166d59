"""A picture of a digit, brought into the form of MNIST's.

The ink is told from the ground, the digit from dust and other marks; the digit is scaled into 20×20 with its
proportions kept and set into 28×28 with its centre of mass in the middle, as the makers of MNIST did. Strokes thinner
than MNIST's are widened first: a pen's line on a large sheet is otherwise lost in the scaling.

Source: LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition (1998), section III.A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.ink import Levels, ink, levels
from cnnbp_cli.mnist.marks import find_digit
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.threads import blas_threads

SIDE, BOX = 28, 20
MIDDLE = 14.0
"""Where the mean of MNIST's centres of mass lies, in rows and in columns, of 0 to 27."""

FINE = 8
"""Times BOX: the size at which strokes are measured and widened."""

STROKE = 1.8
"""Pixels of the 20×20: the least width of a stroke; the median of MNIST is 2.0, each measured as `_width` does."""

LEAST_SIDE = 8
"""Pixels: a smaller digit can hardly be read."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network is given of a picture.

    Attributes
    ----------
    image
        (28, 28), uint8, 0 for the ground to 255 for full ink; None where there is no ink in the picture.
    doubts
        Why it may be no digit alone, in words.
    """

    image: NDArray[np.uint8] | None
    doubts: tuple[str, ...] = ()


def see(picture: NDArray[np.uint8]) -> Seen:
    """The digit in a picture (H, W, 3)."""
    with blas_threads(1):  # for products of 48×48 numbers, a second thread costs more than it brings
        amount = ink(picture / 255)
    found = levels(amount)
    if not found.apart:
        return Seen(None, ("there is nothing drawn in the picture, or too faint",))
    digit = find_digit(amount > found.threshold)
    inked = digit.where & (amount > found.threshold)
    rows, columns = np.nonzero(inked.any(axis=1))[0], np.nonzero(inked.any(axis=0))[0]
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    levelled = _levelled(np.where(digit.where, amount, 0)[box], found)
    doubts = []
    if digit.others:
        doubts.append("there are other marks in the picture")
    if digit.cut:
        doubts.append("the mark reaches the edge of the picture")
    if max(levelled.shape) < LEAST_SIDE:
        doubts.append(f"the mark is only {max(levelled.shape)} pixels high")
    return Seen(_centred(_boxed(levelled)), tuple(doubts))


def _levelled(amount: Array, found: Levels) -> Array:
    """From 0 on the ground to 1 for full ink."""
    low = min(3 * found.ground, found.threshold / 2)
    return np.clip((amount - low) / (found.ink - low), 0, 1)


def _boxed(amount: Array) -> Array:
    """Scaled so that its longer side is BOX, with strokes of STROKE at least."""
    fine = _scaled(amount, FINE * BOX)
    grow = round(FINE * (STROKE - _width(fine)) / 2)
    return _scaled(_widened(np.pad(fine, grow), grow) if grow > 0 else fine, BOX)


def _scaled(amount: Array, longest: int) -> Array:
    """To this longer side, with the proportions kept: the means over the areas that the new pixels cover."""
    sides = [max(1, round(longest * side / max(amount.shape))) for side in amount.shape]
    down, across = (_areas(old, new) for old, new in zip(amount.shape, sides, strict=True))
    scaled: Array = down @ amount @ across.T
    return scaled


def _areas(old: int, new: int) -> Array:
    """(new, old): the share of each old pixel in each new one."""
    edges = np.linspace(0.0, old, new + 1)[:, None]
    place = np.arange(float(old))
    shared = np.minimum(edges[1:], place + 1) - np.maximum(edges[:-1], place)
    return np.maximum(shared, 0) * (new / old)


def _width(fine: Array) -> float:
    """The strokes' mean width in pixels of BOX: twice the inked area over the length of its outline."""
    inked = np.pad(fine > 0.5, 1)
    outline = float((inked[1:] != inked[:-1]).sum() + (inked[:, 1:] != inked[:, :-1]).sum())
    return 2 * float(inked.sum()) / max(outline, 1.0) / FINE


def _widened(fine: Array, radius: int) -> Array:
    """The highest value within a disc around each pixel."""
    wide = np.pad(fine, radius)
    height, width = fine.shape
    offsets = [
        (i, j)
        for i in range(2 * radius + 1)
        for j in range(2 * radius + 1)
        if (i - radius) ** 2 + (j - radius) ** 2 <= radius**2
    ]
    return np.max([wide[i : i + height, j : j + width] for i, j in offsets], axis=0)


def _centred(small: Array) -> NDArray[np.uint8]:
    """In the middle of SIDE × SIDE by its centre of mass, moved by whole pixels, and no ink beyond the edge."""
    image = np.zeros((SIDE, SIDE))
    total = small.sum()
    corner = []
    for axis, length in enumerate(small.shape):
        centre = float(small.sum(axis=1 - axis) @ np.arange(length)) / total
        corner.append(min(max(round(MIDDLE - centre), 0), SIDE - length))
    row, column = corner
    image[row : row + small.shape[0], column : column + small.shape[1]] = small
    return np.round(255 * image / image.max()).astype(np.uint8)
