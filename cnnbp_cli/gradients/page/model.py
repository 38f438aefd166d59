"""What a page about a traced pass holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cnnbp_cli.numerics.arrays import Array, Shape

View: TypeAlias = tuple[int, int, int]
"""How a run of numbers is laid out as pictures: (panels, rows, columns). The last panel may be left unfilled."""


@dataclass(frozen=True)
class Choice:
    """An axis of which a page shows one place at a time, such as the map of a convolution.

    Attributes
    ----------
    noun, layer
        `map`, `unit` or `channel`, and whose.
    total, shown
        How many there are, and how many of them, from the first on, the page holds.
    first
        Which one is seen at first: that with the largest δ.
    """

    noun: str
    layer: str
    total: int
    shown: int
    first: int


@dataclass(frozen=True, eq=False)
class Numbers:
    """One array on the page.

    Attributes
    ----------
    name, symbol
        `conv1.delta`, and δ.
    rule, part
        How its entries are made, by the part of this number: `given`, `forward`, `activate` (a from z), `gradient`,
        `back` (∂C/∂x), `slope` (δ from ∂C/∂a) or `loss`. The entries of a parameter are given, but what is
        to be told of them is their gradient.
    equation, letters
        The equation of one entry, and the letter that each index has in it.
    values, shape
        What the page holds of it, and the shape of all of it.
    choices
        For each of its first axes, the `Choice` that picks the place there.
    view
        How what is picked is laid out.
    source
        Of a parameter, its gradient; of a δ made by `slope`, the ∂C/∂a: the number of the array.
    """

    name: str
    symbol: str
    rule: str
    part: int
    equation: str
    letters: str
    values: Array
    shape: Shape
    choices: tuple[int, ...]
    view: View
    source: int | None = None


@dataclass(frozen=True)
class Panel:
    """One layer, or the image before the first or the loss behind the last.

    Attributes
    ----------
    name, type, input_shape, output_shape
        As the config and the walk name them.
    up, learn, down
        The equations of the forward pass, of the gradients, and of the way back.
    roles
        Which array is its input `x`, `z`, `a`, `delta_a`, `delta`, `weight`, `grad_weight`, …
    lanes
        Which arrays are shown on the way up, as what it learns, and on the way down.
    choice
        The `Choice` that it brings.
    geometry
        Steps, borders, windows or ε, and the name of its activation function.
    """

    name: str
    type: str
    input_shape: Shape
    output_shape: Shape
    up: tuple[str, ...]
    learn: tuple[str, ...]
    down: tuple[str, ...]
    roles: Mapping[str, int]
    lanes: Mapping[str, tuple[int, ...]]
    choice: int | None
    geometry: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """A whole page: from the image to the loss."""

    parts: tuple[Panel, ...]
    arrays: tuple[Numbers, ...]
    choices: tuple[Choice, ...]
    label: int
    answer: int
    cost: float

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return sum(array.values.size for array in self.arrays)
