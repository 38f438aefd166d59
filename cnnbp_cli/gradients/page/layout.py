"""How arrays are cut to fit a page, and laid out as pictures."""

from __future__ import annotations

from math import ceil, prod, sqrt
from typing import NamedTuple

from cnnbp_cli.gradients.page.model import View
from cnnbp_cli.numerics.arrays import Shape

LONGEST_COLUMN = 16
"""Vectors up to this length are shown as one column; longer ones are wrapped."""


class Flow(NamedTuple):
    """What one layer passes to the next: the shape that the page keeps of it, and how it is laid out."""

    kept: Shape
    choice: int
    view: View

    @property
    def choices(self) -> tuple[int, ...]:
        return (self.choice,) if len(self.kept) == 3 else ()


def parameter_layout(connects: bool, shape: Shape, below: Flow, flow: Flow) -> tuple[Shape, tuple[int, ...], View]:
    """What is kept of a parameter, which choices pick from it, and how the rest is laid out.

    `connects` is as in `Kind.connects`.
    """
    if connects and len(shape) == 4:
        return (flow.kept[0], below.kept[0], *shape[2:]), (flow.choice, below.choice), (1, shape[2], shape[3])
    if connects:
        return (flow.kept[0], below.kept[0]), (flow.choice,), below.view
    if len(shape) == 3 and shape[1:] == flow.kept[1:]:  # one number per output
        return flow.kept, flow.choices, flow.view
    if len(shape) == 1 and shape[0] >= flow.kept[0]:
        count = flow.kept[0]
        return (count,), (), (1, 1, count) if count <= LONGEST_COLUMN else vector(count)
    *panels, rows, columns = (1, 1, *shape)
    return shape, (), (prod(panels), rows, columns)


def vector(length: int) -> View:
    if length <= LONGEST_COLUMN:
        return 1, length, 1
    columns = ceil(sqrt(length))
    return 1, ceil(length / columns), columns
