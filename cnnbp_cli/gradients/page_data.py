"""What a page about a traced pass holds: the arrays of one image, how each was made, and how it can be laid out.

A page must stay small. Where a network has more numbers than `BUDGET`, the layers that weigh most show only their
first maps or units, half as many at a time, until the rest fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from math import ceil, prod, sqrt
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.chain import function_of
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.layers.activation import Activation, Softmax
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.pooling import Pool2D
from cnnbp_cli.numerics.arrays import Array, Shape

BUDGET = 160_000
"""Numbers on a page; 8 bytes each, and 4/3 of that as text, make 1.7 MB."""

COLUMN = 16
"""Vectors up to this length stand in one column; longer ones are wrapped."""

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
class Part:
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
        Steps, borders and windows, and the name of its activation function.
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

    parts: tuple[Part, ...]
    arrays: tuple[Numbers, ...]
    choices: tuple[Choice, ...]
    label: int
    answer: int
    cost: float

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return sum(array.values.size for array in self.arrays)


class Entry(NamedTuple):
    """The equation of one entry, and the letter of each of its indices."""

    equation: str
    letters: str = ""


@singledispatch
def entries(layer: Layer, input_shape: Shape) -> dict[str, Entry]:
    """The equations of `forward`, of `back` and of each parameter's gradient, entry by entry."""
    equations = layer.equations(input_shape)
    gradients = {name: Entry(text) for name, text in equations.gradients.items()}
    return {"forward": Entry(equations.forward), "back": Entry(equations.back), **gradients}


@entries.register
def _(layer: Conv2D, input_shape: Shape) -> dict[str, Entry]:
    equations = layer.equations(input_shape)
    return {
        "forward": Entry(equations.forward, "kij"),
        "back": Entry(equations.back, "cpq"),
        "weight": Entry(equations.gradients["weight"], "kcmn"),
        "bias": Entry(equations.gradients["bias"], "kij" if layer.bias == "per_position" else "k"),
    }


@entries.register
def _(layer: Pool2D, input_shape: Shape) -> dict[str, Entry]:
    equations = layer.equations(input_shape)
    return {"forward": Entry(equations.forward, "kij"), "back": Entry(equations.back, "kpq")}


@entries.register
def _(layer: Dense, input_shape: Shape) -> dict[str, Entry]:
    return {
        "forward": Entry("z_k = Σ_l W[k,l] · x_l" + (" + b_k" if layer.bias else ""), "k"),
        "back": Entry("∂C/∂x_l = Σ_k W[k,l] · δ_k", "l"),
        "weight": Entry("∂C/∂W[k,l] = δ_k · x_l", "kl"),
        "bias": Entry("∂C/∂b_k = δ_k", "k"),
    }


class _Flow(NamedTuple):
    """How what passes between two layers is held: the shape that is kept of it, and how it is laid out."""

    kept: Shape
    choice: int
    view: View

    @property
    def choices(self) -> tuple[int, ...]:
        return (self.choice,) if len(self.kept) == 3 else ()


def page_data(trace: Trace, budget: int = BUDGET) -> Page:
    """The page of a pass of one image, with at most `budget` numbers.

    Raises
    ------
    CnnbpError
        There are several images, or more numbers than that though each layer shows one map or unit.
    """
    if trace.labels.size != 1:
        raise CnnbpError(
            f"the page shows one image, not {trace.labels.size}", hint="Choose the image with --index instead of --batch."
        )
    limits: list[int] = []
    page = _Writer(trace, limits).page()
    while page.size > budget:
        limits = [choice.shown for choice in page.choices]
        halved = [
            _Writer(trace, [*limits[:n], (limit + 1) // 2, *limits[n + 1 :]]).page()
            for n, limit in enumerate(limits)
            if limit > 1
        ]
        if not halved:
            raise CnnbpError(
                f"this network is too large for a page: one map of each layer makes {page.size:,} numbers, "
                f"and a page holds {budget:,}",
                hint="Take smaller images, or inspect it without --html.",
            )
        page = min(halved, key=lambda smaller: smaller.size)
    return page


class _Writer:
    """Writes one page, whose n-th choice shows no more than `limits[n]`."""

    def __init__(self, trace: Trace, limits: Sequence[int]) -> None:
        self._trace, self._limits = trace, limits
        self._arrays: list[Numbers] = []
        self._choices: list[Choice] = []
        self._ids: dict[int, int] = {}  # by the array's identity: the a of one layer is the input of the next

    def page(self) -> Page:
        trace = self._trace
        flow = self._image_flow()
        parts = [self._image(flow)]
        for place, layer in enumerate(trace.layers):
            below, flow = flow, self._flow(layer, flow)
            parts.append(self._layer(place, layer, below, flow))
        parts.append(self._loss(flow))
        label = int(trace.labels[0])
        answer = int(trace.layers[-1].a[:, 0].argmax())
        return Page(tuple(parts), tuple(self._arrays), tuple(self._choices), label, answer, trace.cost)

    def _image_flow(self) -> _Flow:
        channels, *sides = self._trace.network.input_shape
        choice = self._choose("channel", "input", np.zeros(channels))
        return self._held(choice, (channels, *sides))

    def _flow(self, layer: LayerTrace, below: _Flow) -> _Flow:
        shape = layer.a.shape[:-1]
        if len(shape) == 1 and not isinstance(layer.layer, Dense) and prod(layer.input.shape) == shape[0]:
            view = below.view if len(below.kept) == 1 else below.kept
            return _Flow((prod(below.kept),), below.choice, (view[0], view[1], view[2]))
        keeps = shape[0] == layer.input.shape[0] and not isinstance(layer.layer, Conv2D | Dense)
        if keeps and len(below.kept) == len(shape):
            return self._held(below.choice, shape) if len(shape) == 3 else below
        scores = np.abs(layer.delta[..., 0]).reshape(shape[0], -1).sum(axis=1)
        return self._held(self._choose("map" if len(shape) == 3 else "unit", layer.name, scores), shape)

    def _held(self, choice: int, shape: Shape) -> _Flow:
        shown = self._choices[choice].shown
        view = (1, shape[1], shape[2]) if len(shape) == 3 else _vector(shown)
        return _Flow((shown, *shape[1:]), choice, view)

    def _choose(self, noun: str, layer: str, scores: Array) -> int:
        number, total = len(self._choices), len(scores)
        shown = min(total, self._limits[number]) if self._limits else total
        first = int(np.nan_to_num(scores[:shown]).argmax())
        self._choices.append(Choice(noun, layer, total, shown, first))
        return number

    def _image(self, flow: _Flow) -> Part:
        x, first = self._trace.input, self._trace.layers[0]
        back = entries(first.layer, x.shape[:-1])["back"]
        roles = {
            "a": self._signal("input", "x", "given", 0, Entry(""), x, flow),
            "delta": self._signal("input.grad", "∂C/∂x", self._rule_back(0), 1, back, first.grad_input, flow),
        }
        lanes = {"up": (roles["a"],), "learn": (), "down": (roles["delta"],)}
        return Part("input", "image", (), x.shape[:-1], (), (), (), roles, lanes, flow.choice, {})

    def _layer(self, place: int, layer: LayerTrace, below: _Flow, flow: _Flow) -> Part:
        number, name, shape = place + 1, layer.name, layer.input.shape[:-1]
        entry, equations = entries(layer.layer, shape), layer.layer.equations(shape)
        function, own = function_of(layer), not isinstance(layer.layer, Activation)
        roles = {"x": self._ids[id(layer.input)]}
        up, down = [equations.forward], []
        if function and own:
            activated = f"a = {function.symbol}(z) = {function.equation}"
            up.append(activated)
            roles["z"] = self._signal(f"{name}.z", "z", "forward", number, entry["forward"], layer.z, flow)
            roles["a"] = self._signal(f"{name}.a", "a", "activate", number, Entry(activated), layer.a, flow)
        else:
            roles["a"] = self._signal(f"{name}.a", "a", "forward", number, entry["forward"], layer.a, flow)
        if id(layer.delta) in self._ids:  # the loss applies this activation, and hands ∂C/∂z to the layer below
            roles["delta"] = self._ids[id(layer.delta)]
        else:
            if layer.delta_a is not None:
                roles["delta_a"] = self._came_back(place, layer, flow)
            if layer.delta_a is None:
                loss = Entry(f"δ = {self._trace.network.loss.delta_equation}")
                roles["delta"] = self._signal(f"{name}.delta", "δ", "loss", number, loss, layer.delta, flow)
            elif layer.delta is layer.delta_a:
                roles["delta"] = roles["delta_a"]
            elif function:
                slope = Entry(function.delta_equation("∂C/∂a"), "l" if isinstance(function, Softmax) else "")
                down.append(slope.equation)
                roles["delta"] = self._signal(
                    f"{name}.delta", "δ", "slope", number, slope, layer.delta, flow, roles["delta_a"]
                )
            down.append(equations.back)
        for parameter, value in layer.params.items():
            roles |= self._parameter(number, layer, parameter, value, entry, below, flow)
        return Part(
            name,
            str(getattr(layer.layer, "type", layer.layer.prefix)),
            shape,
            layer.a.shape[:-1],
            tuple(up),
            tuple(equations.gradients[parameter] for parameter in layer.params if parameter in equations.gradients),
            tuple(down),
            roles,
            _lanes(layer, roles),
            flow.choice if self._choices[flow.choice].layer == name else None,
            {"function": function.name if function else None, **_geometry(layer.layer, shape)},
        )

    def _loss(self, flow: _Flow) -> Part:
        trace = self._trace
        last, loss = trace.layers[-1], trace.network.loss
        number = len(trace.layers) + 1
        roles = {
            "x": self._ids[id(last.a)],
            "target": self._signal("target", "y", "given", number, Entry(""), trace.target, flow),
        }
        lanes = {"up": (roles["target"],), "learn": (), "down": ()}
        back = (loss.delta_equation,)
        return Part("loss", loss.name, last.a.shape[:-1], (), (loss.equation,), (), back, roles, lanes, None, {})

    def _rule_back(self, place: int) -> str:
        """How ∂C/∂x of the layer at this place is made: by the loss, where that comes next or applies this layer."""
        last = self._trace.layers[-1]
        absorbed = isinstance(last.layer, Activation) and last.delta_a is None
        return "loss" if place >= len(self._trace.layers) - absorbed else "back"

    def _came_back(self, place: int, layer: LayerTrace, flow: _Flow) -> int:
        """∂C/∂a of a layer: ∂C/∂x of the one above, or what the loss hands back."""
        assert layer.delta_a is not None
        only = layer.delta is layer.delta_a
        name, symbol = (f"{layer.name}.delta", "δ") if only else (f"{layer.name}.delta_a", "∂C/∂a")
        rule = self._rule_back(place + 1)
        if rule == "loss":
            entry = Entry(self._trace.network.loss.delta_equation)
        else:
            above = self._trace.layers[place + 1]
            entry = entries(above.layer, above.input.shape[:-1])["back"]
        return self._signal(name, symbol, rule, place + 2, entry, layer.delta_a, flow)

    def _signal(
        self,
        name: str,
        symbol: str,
        rule: str,
        part: int,
        entry: Entry,
        array: Array,
        flow: _Flow,
        source: int | None = None,
    ) -> int:
        """Adds an array of one number for each output; its last axis is the image."""
        values = array[..., 0][tuple(map(slice, flow.kept))]
        shape, view = array.shape[:-1], flow.view
        return self._add(
            array, Numbers(name, symbol, rule, part, *entry, values, shape, flow.choices, view, source)
        )

    def _parameter(
        self,
        part: int,
        layer: LayerTrace,
        name: str,
        value: Array,
        entry: Mapping[str, Entry],
        below: _Flow,
        flow: _Flow,
    ) -> dict[str, int]:
        """Adds a parameter and its gradient."""
        kept, choices, view = _parameter_layout(layer.layer, name, value.shape, below, flow)
        symbol = {"weight": "W" if isinstance(layer.layer, Dense) else "w", "bias": "b"}.get(name, name)
        told = entry.get(name, Entry(f"∂C/∂{symbol}"))
        cut = tuple(map(slice, kept))

        def add(title: str, sign: str, array: Array, source: int | None) -> int:
            numbers = Numbers(
                f"{layer.name}.{title}", sign, "gradient", part, *told, array[cut], value.shape, choices, view, source
            )
            return self._add(array, numbers)

        gradient = add(f"grad_{name}", f"∂C/∂{symbol}", layer.grads[name], None)
        return {name: add(name, symbol, value, gradient), f"grad_{name}": gradient}

    def _add(self, array: Array, numbers: Numbers) -> int:
        self._ids[id(array)] = len(self._arrays)
        self._arrays.append(numbers)
        return len(self._arrays) - 1


def _parameter_layout(
    layer: Layer, name: str, shape: Shape, below: _Flow, flow: _Flow
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
        return (count,), (), (1, 1, count) if count <= COLUMN else _vector(count)
    *panels, rows, columns = (1, 1, *shape)
    return shape, (), (prod(panels), rows, columns)


def _vector(length: int) -> View:
    if length <= COLUMN:
        return 1, length, 1
    columns = ceil(sqrt(length))
    return 1, ceil(length / columns), columns


def _lanes(layer: LayerTrace, roles: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    learnt = [roles[role] for name in layer.params for role in (name, f"grad_{name}")]
    down = [] if layer.delta is layer.grad_input and layer.delta_a is None else [roles["delta"]]
    if "delta_a" in roles and roles["delta_a"] != roles["delta"]:
        down.append(roles["delta_a"])
    up = [roles[role] for role in ("z", "a") if role in roles]
    return {"up": tuple(up), "learn": tuple(learnt), "down": tuple(down)}


def _geometry(layer: Layer, input_shape: Shape) -> dict[str, Any]:
    if isinstance(layer, Conv2D):
        top, _, left, _ = layer.border(input_shape)
        return {"steps": layer.steps, "window": layer.kernel, "border": (top, left)}
    if isinstance(layer, Pool2D):
        return {"steps": layer.steps, "window": layer.window}
    return {}
