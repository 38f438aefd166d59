"""Marks: the connected pieces of foreground in a picture, and which of them form the digit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.regions import RECTANGULAR, filled_in, labelled, rectangularity, within
from cnnbp_cli.numerics.arrays import Array

MAX_SPECK = 0.12
"""Of the largest mark's area: a separate mark with less is dust."""

MAX_GAP_ABOVE, MAX_GAP_BESIDE = 0.25, 0.05
"""Of the digit's height: a mark within both distances is a stroke of the digit, such as the separate bar of a 5.
Strokes of one digit are above each other, digits of one number beside each other."""

MAX_GAP = 2.5
"""In widths of a stroke: a mark so near to the digit at any place belongs to it. A pen that skips leaves such gaps. Of
the 188 test images of MNIST that are in pieces, fast99.yaml misreads 5 as they are; through this reader 10 with a gap
of 1.5, and 8 with 2.5. Digits written beside each other are joined from 1.5 on, and doubted as `side_by_side`."""

TALL = 0.75
"""Of the digit's height: two parts so tall beside each other may be two digits."""

WIDE = 1.35
"""Times the digit's height: parts that are wider together may be two digits."""

SOLID = 0.74
"""Of the box around a digit: strokes fill less (at most 0.71 in the first 3,000 test images), unless it is a 1, whose
box is narrow. A disc fills 0.785."""

NARROW = 0.5
"""Width by height: the box of a 1, drawn as a bar, is narrower."""

MIN_INSIDE = 0.25
"""Of a box's height: a mark inside so tall makes it a box drawn around a digit."""

MAX_OUTLINE = 0.4
"""Of a box's area: the share that the lines of a box drawn around a digit cover at most."""


@dataclass(frozen=True, eq=False)
class Digit:
    """The marks that form the digit.

    Attributes
    ----------
    where
        (H, W), bool: the cells that they touch.
    others
        The number of other marks that are too large to be dust.
    cut
        Whether the digit reaches the edge of the picture.
    side_by_side
        Whether it may be two digits: two of its marks, each nearly as tall as all of it, are beside each other, or its
        marks are wider together than one digit is.
    solid
        Whether it fills its box, as no digit but a 1 does.
    """

    where: NDArray[np.bool_]
    others: int
    cut: bool
    side_by_side: bool
    solid: bool


def find_marks(amount: Array) -> list[Mark]:
    """The marks where `amount`, the number of filled pixels in each cell (H, W), is positive; corners connect."""
    labels = labelled(amount > 0)
    return [Mark(labels == label, amount) for label in np.unique(labels[labels > 0])]


def find_digit(marks: list[Mark]) -> Digit:
    """The digit among `marks`, of which there is at least one.

    It is the mark with the largest area, and the marks that belong to it: those near it, those near these, and so on.
    A mark that reaches the picture's edge, such as a shadow, or a box drawn around the digit is chosen only if there is
    no other.
    """
    most = max(mark.area for mark in marks)
    boxes = [mark for mark in marks if any(mark.is_box_around(other) for other in marks)]
    main = max(marks, key=lambda mark: (mark not in boxes, not mark.cut and mark.area >= MAX_SPECK * most, mark.area))
    parts, others = _gathered(main, [mark for mark in marks if mark is not main and mark not in boxes])
    large = [mark for mark in others if mark.area >= MAX_SPECK * max(part.area for part in parts)]
    cells = np.logical_or.reduce([part.cells for part in parts])
    return Digit(cells, len(large), main.cut, _side_by_side(parts), _solid(cells))


class Mark:
    """Cells that are connected."""

    def __init__(self, cells: NDArray[np.bool_], amount: Array) -> None:
        self.cells = cells
        self.area = int(amount[cells].sum())
        self.edges = [bool(edge.any()) for edge in (cells[0], cells[-1], cells[:, 0], cells[:, -1])]
        rows, columns = np.nonzero(cells)
        self.low = np.array([rows.min(), columns.min()])
        self.high = np.array([rows.max(), columns.max()])
        self.height = int((self.high - self.low).max()) + 1

    @property
    def cut(self) -> bool:
        """Whether it reaches the edge of the picture."""
        return any(self.edges)

    @cached_property
    def width(self) -> float:
        """The mean width of its strokes in cells: twice the area over the length of the outline."""
        cells = np.pad(self.cells, 1)
        outline = (cells[1:] != cells[:-1]).sum() + (cells[:, 1:] != cells[:, :-1]).sum()
        return 2 * float(cells.sum()) / float(outline)

    def aligned(self, digit: Mark) -> bool:
        """Whether it is above, below or very near to the digit, by the gaps between the two bounding boxes."""
        gaps = np.maximum(np.maximum(self.low - digit.high, digit.low - self.high) - 1, 0)
        return bool((gaps <= np.array([MAX_GAP_ABOVE, MAX_GAP_BESIDE]) * digit.height).all())

    def grown(self, reach: int) -> NDArray[np.bool_]:
        """The cells at most `reach` empty cells away from it."""
        return within(self.cells, reach + 1)

    def is_box_around(self, other: Mark) -> bool:
        """Whether it is the outline of a rectangle, and the other mark, large enough for a digit, is inside."""
        inside = bool((self.low < other.low).all() and (self.high > other.high).all())
        if not inside or other.height < MIN_INSIDE * self.height:
            return False
        whole = filled_in(self.cells)
        return bool(self.cells.sum() <= MAX_OUTLINE * whole.sum()) and rectangularity(whole) >= RECTANGULAR


def _gathered(main: Mark, marks: list[Mark]) -> tuple[list[Mark], list[Mark]]:
    """The marks that belong to the digit around `main`, and the others. Marks cut by the picture's edge never do."""
    reach = max(1, round(MAX_GAP * main.width))
    parts, near, others = [main], main.grown(reach), marks
    while True:
        joined = [mark for mark in others if not mark.cut and ((near & mark.cells).any() or mark.aligned(main))]
        if not joined:
            return parts, others
        parts += joined
        others = [mark for mark in others if mark not in joined]
        near = np.logical_or.reduce([near, *(mark.grown(reach) for mark in joined)])


def _side_by_side(parts: list[Mark]) -> bool:
    height, width = np.max([part.high for part in parts], axis=0) - np.min([part.low for part in parts], axis=0) + 1
    tall = sorted(
        (part for part in parts if part.high[0] + 1 - part.low[0] >= TALL * height), key=lambda part: part.low[1]
    )
    beside = any(left.high[1] < right.low[1] for left, right in pairwise(tall))
    return beside or (len(parts) > 1 and width > WIDE * height)


def _solid(cells: NDArray[np.bool_]) -> bool:
    box = cells[np.ix_(cells.any(axis=1), cells.any(axis=0))]
    return bool(box.mean() >= SOLID and min(box.shape) > NARROW * max(box.shape))
