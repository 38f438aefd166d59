"""What the page of a traced pass holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cnnbp_cli.numerics.arrays import Array, Shape

View: TypeAlias = tuple[int, int, int]
"""How a run of numbers is laid out as pictures: (panels, rows, columns). The last panel may be left unfilled."""


@dataclass(frozen=True)
class Choice:
    """An axis of which the page shows one index at a time, such as the map of a convolution.

    Attributes
    ----------
    noun, layer
        `map`, `unit` or `channel`, and the layer that it belongs to.
    total, shown
        How many there are, and how many of them, counted from the first, the page holds.
    first
        The one selected when the page opens: that with the largest δ.
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
        `back` (∂C/∂x), `slope` (δ from ∂C/∂a) or `loss`. The entries of a parameter are given, but the page explains
        their gradient.
    equation, letters
        The equation of one entry, and the letter of each index in it.
    values, shape
        The part that the page holds, and the shape of the whole array.
    choices
        For each of its first axes, the `Choice` that picks the index.
    view
        How the picked part is laid out.
    source
        Of a parameter, its gradient; of a δ made by `slope`, the ∂C/∂a: the position of that array on the page.
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
    """One layer, or the image before the first layer, or the loss after the last.

    Attributes
    ----------
    name, type, input_shape, output_shape
        As the config and the walk name them.
    forward, learn, backward
        The equations of the forward pass, of the gradients, and of the backward pass.
    roles
        Which array is its input `x`, `z`, `a`, `delta_a`, `delta`, `weight`, `grad_weight`, …
    lanes
        Which arrays are shown as `forward` pass, as what it `learn`s, and as `backward` pass.
    choice
        The `Choice` that it adds.
    geometry
        Steps, borders, windows or ε, and its activation function: its name and its sign in equations.
    """

    name: str
    type: str
    input_shape: Shape
    output_shape: Shape
    forward: tuple[str, ...]
    learn: tuple[str, ...]
    backward: tuple[str, ...]
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
