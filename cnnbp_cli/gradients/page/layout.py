"""How arrays are cut to what a page can hold, and laid out as pictures."""

from __future__ import annotations

from math import ceil, prod, sqrt
from typing import NamedTuple

from cnnbp_cli.gradients.page.model import View
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.numerics.arrays import Shape

COLUMN = 16
"""Vectors up to this length stand in one column; longer ones are wrapped."""


class Flow(NamedTuple):
    """How what passes between two layers is held: the shape that is kept of it, and how it is laid out."""

    kept: Shape
    choice: int
    view: View

    @property
    def choices(self) -> tuple[int, ...]:
        return (self.choice,) if len(self.kept) == 3 else ()


def parameter_layout(
    layer: Layer, name: str, shape: Shape, below: Flow, flow: Flow
) -> tuple[Shape, tuple[int, ...], View]:
    """What is kept of a parameter, which choices pick from it, and how what they pick is laid out."""
    if isinstance(layer, Conv2D) and name == "weight":
        return (flow.kept[0], below.kept[0], *shape[2:]), (flow.choice, below.choice), (1, *layer.kernel)
    if isinstance(layer, Dense) and name == "weight":
        return (flow.kept[0], below.kept[0]), (flow.choice,), below.view
    if isinstance(layer, Conv2D) and len(shape) == 3:
        return flow.kept, flow.choices, flow.view
    if len(shape) == 1 and shape[0] >= flow.kept[0]:
        count = flow.kept[0]
        return (count,), (), (1, 1, count) if count <= COLUMN else vector(count)
    *panels, rows, columns = (1, 1, *shape)
    return shape, (), (prod(panels), rows, columns)


def vector(length: int) -> View:
    if length <= COLUMN:
        return 1, length, 1
    columns = ceil(sqrt(length))
    return 1, ceil(length / columns), columns
