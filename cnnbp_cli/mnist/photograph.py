"""A picture of a digit, converted to the format of MNIST.

The sheet is separated from a desk or border around it, the foreground from the background, and the digit from rulings,
dust and other marks. The digit is scaled to 20×20 with its proportions kept and placed in 28×28 with its centre of mass
in the middle, as in MNIST. Strokes thinner than MNIST's are widened first: a pen line on a large sheet would vanish in
the scaling.

Source: LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition (1998), section III.A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.foreground import Levels
from cnnbp_cli.mnist.marks import find_digit, find_marks
from cnnbp_cli.mnist.rulings import without_rulings
from cnnbp_cli.mnist.view import View, on_sheet
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.threads import blas_threads

SIDE, BOX = 28, 20
MIDDLE = 14.0
"""The mean of MNIST's centres of mass, in rows and in columns, counted from 0 to 27."""

OVERSAMPLING = 8
"""Times BOX: the resolution at which strokes are measured and widened."""

MIN_STROKE = 1.8
"""Pixels of the 20×20: the smallest width of a stroke. MNIST's median is 2.0, measured by `_width`."""

MIN_SIDE = 8
"""Pixels: a smaller digit can hardly be read."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network is given to classify.

    Attributes
    ----------
    image
        (28, 28), uint8, from 0 (background) to 255 (foreground); None if nothing is drawn in the picture.
    doubts
        Why the picture may not show a single digit, in words.
    """

    image: NDArray[np.uint8] | None
    doubts: tuple[str, ...] = ()


def see(picture: NDArray[np.uint8]) -> Seen:
    """The digit in a picture (H, W, 3)."""
    with blas_threads(1):  # for products of 48×48 numbers a second thread costs more than it gains
        view = on_sheet(View.of(picture / np.float32(255)))
    if not view.found.separable:
        return Seen(None, ("nothing is drawn in the picture, or it is too faint",))
    plain = without_rulings(view.filled, view.inside)
    doubts = []
    if view.filled.any() and not plain.any():
        plain = view.filled
        doubts.append("the only marks are straight lines across the picture")
    digit = find_digit(find_marks(view.pooled(plain)))
    where = view.spread(digit.where)
    filled = where & plain
    rows, columns = np.nonzero(filled.any(axis=1))[0], np.nonzero(filled.any(axis=0))[0]
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    levelled = _levelled(np.where(where & (plain | ~view.filled), view.amount, 0)[box], view.found)
    if digit.others:
        doubts.append("there are other marks in the picture")
    if digit.side_by_side:
        doubts.append("there may be two digits beside each other")
    if digit.solid and min(levelled.shape) >= MIN_SIDE:
        doubts.append("the mark fills its box, as no digit does")
    if digit.cut:
        doubts.append("the mark reaches the edge of the picture")
    if max(levelled.shape) < MIN_SIDE:
        pixels = max(levelled.shape)
        doubts.append(f"the mark is only {pixels} pixel{'s' if pixels > 1 else ''} high")
    return Seen(_centred(_boxed(levelled)), tuple(doubts))


def centre(drawing: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """A drawing (H, W), 255 where there is a stroke and 0 elsewhere, in MNIST's form; None if nothing is drawn.

    It takes a third of the time of `see`, which has to find the digit first.
    """
    rows, columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    return _centred(_boxed(drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / 255))


def _levelled(amount: Array, found: Levels) -> Array:
    """Scale to 0 for the background and 1 for the foreground."""
    low = min(3 * found.background, found.threshold / 2)
    return np.clip((amount - low) / (found.foreground - low), 0, 1)


def _boxed(amount: Array) -> Array:
    """Scale the longer side to BOX, with strokes of at least MIN_STROKE."""
    fine = _scaled(amount, OVERSAMPLING * BOX)
    grow = round(OVERSAMPLING * (MIN_STROKE - _width(fine)) / 2)
    return _scaled(_widened(np.pad(fine, grow), grow) if grow > 0 else fine, BOX)


def _scaled(amount: Array, longest: int) -> Array:
    """Scale the longer side to `longest`, keeping the proportions: means over the areas that the new pixels cover."""
    sides = [max(1, round(longest * side / max(amount.shape))) for side in amount.shape]
    down, across = (_areas(old, new) for old, new in zip(amount.shape, sides, strict=True))
    scaled: Array = down @ amount @ across.T
    return scaled


def _areas(old: int, new: int) -> Array:
    """The share of each old pixel in each new one, (new, old)."""
    edges = np.linspace(0.0, old, new + 1)[:, None]
    place = np.arange(float(old))
    shared = np.minimum(edges[1:], place + 1) - np.maximum(edges[:-1], place)
    return np.maximum(shared, 0) * (new / old)


def _width(fine: Array) -> float:
    """The mean width of the strokes in pixels of BOX: twice the filled area over the length of its outline."""
    filled = np.pad(fine > 0.5, 1)
    outline = float((filled[1:] != filled[:-1]).sum() + (filled[:, 1:] != filled[:, :-1]).sum())
    return 2 * float(filled.sum()) / max(outline, 1.0) / OVERSAMPLING


def _widened(fine: Array, radius: int) -> Array:
    """The largest value within a disc around each pixel."""
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
    """Place the centre of mass in the middle of SIDE × SIDE, to whole pixels, without cutting anything off."""
    image = np.zeros((SIDE, SIDE))
    total = small.sum()
    corner = []
    for axis, length in enumerate(small.shape):
        centre = float(small.sum(axis=1 - axis) @ np.arange(length)) / total
        corner.append(min(max(round(MIDDLE - centre), 0), SIDE - length))
    row, column = corner
    image[row : row + small.shape[0], column : column + small.shape[1]] = small
    return np.round(255 * image / image.max()).astype(np.uint8)
