"""Writes a page from a traced pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from cnnbp_cli.gradients.kinds import EntryEquation, kind_of
from cnnbp_cli.gradients.page.layout import Flow, parameter_layout, vector
from cnnbp_cli.gradients.page.model import Choice, Numbers, Page, Panel
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.layers.functions import Function, Softmax
from cnnbp_cli.numerics.arrays import Array, Shape


class Writer:
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
        answer = int(trace.answers[0])
        return Page(tuple(parts), tuple(self._arrays), tuple(self._choices), label, answer, trace.cost)

    def _image_flow(self) -> Flow:
        channels, *sides = self._trace.network.input_shape
        choice = self._choose("channel", "input", np.zeros(channels))
        return self._held(choice, (channels, *sides))

    def _flow(self, layer: LayerTrace, below: Flow) -> Flow:
        shape = layer.a.shape[:-1]
        kind = kind_of(layer.layer)
        mixes = any(map(kind.connects, layer.params))
        if len(shape) == 1 and not mixes and prod(layer.input.shape) == shape[0]:
            view = below.view if len(below.kept) == 1 else below.kept
            return Flow((prod(below.kept),), below.choice, (view[0], view[1], view[2]))
        keeps = shape[0] == layer.input.shape[0] and not mixes
        if keeps and len(shape) == 3:
            return self._held(below.choice, shape)
        if keeps:
            return below if len(below.kept) == 1 else Flow(below.kept[:1], below.choice, vector(below.kept[0]))
        scores = np.abs(layer.delta[..., 0]).reshape(shape[0], -1).sum(axis=1)
        return self._held(self._choose("map" if len(shape) == 3 else "unit", layer.name, scores), shape)

    def _held(self, choice: int, shape: Shape) -> Flow:
        shown = self._choices[choice].shown
        view = (1, shape[1], shape[2]) if len(shape) == 3 else vector(shown)
        return Flow((shown, *shape[1:]), choice, view)

    def _choose(self, noun: str, layer: str, scores: Array) -> int:
        number, total = len(self._choices), len(scores)
        shown = min(total, self._limits[number]) if self._limits else total
        first = int(np.nan_to_num(scores[:shown]).argmax())
        self._choices.append(Choice(noun, layer, total, shown, first))
        return number

    def _image(self, flow: Flow) -> Panel:
        x, first = self._trace.input, self._trace.layers[0]
        back = kind_of(first.layer).entry_equations(x.shape[:-1])["back"]
        roles = {
            "a": self._signal("input", "x", "given", 0, EntryEquation(""), x, flow),
            "delta": self._signal(
                f"{first.name}.grad_input", "∂C/∂x", self._rule_back(0), 1, back, first.grad_input, flow
            ),
        }
        lanes = {"forward": (roles["a"],), "learn": (), "backward": (roles["delta"],)}
        return Panel("input", "image", (), x.shape[:-1], (), (), (), roles, lanes, flow.choice, {})

    def _layer(self, place: int, layer: LayerTrace, below: Flow, flow: Flow) -> Panel:
        shape = layer.input.shape[:-1]
        kind, equations, function = kind_of(layer.layer), layer.layer.equations(shape), layer.layer.function
        entry = kind.entry_equations(shape)
        forward, backward = [equations.forward], [equations.back]
        if function and not layer.layer.is_activation:
            forward.append(f"a = {function.symbol}(z) = {function.equation}")
            if layer.delta_a is not None:
                backward.insert(0, function.delta_equation("∂C/∂a"))
        roles = {"x": self._ids[id(layer.input)]}
        roles |= self._forward(place + 1, layer, entry["forward"], forward[1:], flow)
        roles |= self._backward(place, layer, backward[0], flow)
        lanes = _lanes(layer, roles, last=layer is self._trace.layers[-1])
        for parameter, value in layer.params.items():
            roles |= self._parameter(place + 1, layer, parameter, value, entry, below, flow)
        return Panel(
            layer.name,
            layer.layer.type,
            shape,
            layer.a.shape[:-1],
            tuple(forward),
            tuple(equations.gradients[parameter] for parameter in layer.params if parameter in equations.gradients),
            tuple(backward) if lanes["backward"] else (),
            roles,
            {**lanes, "learn": tuple(roles[role] for name in layer.params for role in (name, f"grad_{name}"))},
            None if flow.choice == below.choice else flow.choice,
            {**_function(function), **kind.geometry(shape)},
        )

    def _forward(
        self, part: int, layer: LayerTrace, forward: EntryEquation, activated: Sequence[str], flow: Flow
    ) -> dict[str, int]:
        """Adds z and a; a alone where the layer has no activation of its own."""
        if not activated:
            return {"a": self._signal(f"{layer.name}.a", "a", "forward", part, forward, layer.a, flow)}
        return {
            "z": self._signal(f"{layer.name}.z", "z", "forward", part, forward, layer.z, flow),
            "a": self._signal(f"{layer.name}.a", "a", "activate", part, EntryEquation(activated[0]), layer.a, flow),
        }

    def _backward(self, place: int, layer: LayerTrace, slope: str, flow: Flow) -> dict[str, int]:
        """Adds δ, and ∂C/∂a where that is another; neither where the loss applies an activation layer."""
        name, part = f"{layer.name}.delta", place + 1
        if id(layer.delta) in self._ids:
            return {"delta": self._ids[id(layer.delta)]}
        if layer.delta_a is None:
            loss = EntryEquation(f"δ = {self._trace.network.loss.delta_equation}")
            return {"delta": self._signal(name, "δ", "loss", part, loss, layer.delta, flow)}
        if layer.delta is layer.delta_a:
            only = self._delta_a(place, name, "δ", layer.delta, flow)
            return {"delta": only, "delta_a": only}
        delta_a = self._delta_a(place, f"{name}_a", "∂C/∂a", layer.delta_a, flow)
        entry = EntryEquation(slope, "l" if isinstance(layer.layer.function, Softmax) else "")
        return {"delta": self._signal(name, "δ", "slope", part, entry, layer.delta, flow, delta_a), "delta_a": delta_a}

    def _delta_a(self, place: int, name: str, symbol: str, array: Array, flow: Flow) -> int:
        """Adds ∂C/∂a of a layer: ∂C/∂x of the next layer, or what the loss returns."""
        rule = self._rule_back(place + 1)
        if rule == "loss":
            entry = EntryEquation(self._trace.network.loss.delta_equation)
        else:
            above = self._trace.layers[place + 1]
            entry = kind_of(above.layer).entry_equations(above.input.shape[:-1])["back"]
        return self._signal(name, symbol, rule, place + 2, entry, array, flow)

    def _loss(self, flow: Flow) -> Panel:
        trace = self._trace
        last, loss = trace.layers[-1], trace.network.loss
        number = len(trace.layers) + 1
        roles = {
            "x": self._ids[id(last.a)],
            "target": self._signal("target", "y", "given", number, EntryEquation(""), trace.target, flow),
        }
        returned = last.delta if last.delta_a is None else last.delta_a
        lanes = {"forward": (roles["target"],), "learn": (), "backward": (self._ids[id(returned)],)}
        back = (loss.delta_equation,)
        return Panel("loss", loss.name, last.a.shape[:-1], (), (loss.equation,), (), back, roles, lanes, None, {})

    def _rule_back(self, place: int) -> str:
        """How ∂C/∂x of the layer at this place is made: by the loss or by the next layer."""
        last = self._trace.layers[-1]
        absorbed = last.layer.is_activation and last.delta_a is None
        return "loss" if place >= len(self._trace.layers) - absorbed else "back"

    def _signal(
        self,
        name: str,
        symbol: str,
        rule: str,
        part: int,
        entry: EntryEquation,
        array: Array,
        flow: Flow,
        source: int | None = None,
    ) -> int:
        """Adds an array of one number for each output; its last axis is the image."""
        values = array[..., 0][tuple(map(slice, flow.kept))]
        shape, view = array.shape[:-1], flow.view
        return self._add(array, Numbers(name, symbol, rule, part, *entry, values, shape, flow.choices, view, source))

    def _parameter(
        self,
        part: int,
        layer: LayerTrace,
        name: str,
        value: Array,
        entry: Mapping[str, EntryEquation],
        below: Flow,
        flow: Flow,
    ) -> dict[str, int]:
        """Adds a parameter and its gradient."""
        kind = kind_of(layer.layer)
        kept, choices, view = parameter_layout(kind.connects(name), value.shape, below, flow)
        symbol = kind.symbol(name)
        entry_equation = entry.get(name, EntryEquation(f"∂C/∂{symbol}"))
        cut = tuple(map(slice, kept))

        def add(title: str, sign: str, array: Array, source: int | None) -> int:
            numbers = Numbers(
                f"{layer.name}.{title}",
                sign,
                "gradient",
                part,
                *entry_equation,
                array[cut],
                value.shape,
                choices,
                view,
                source,
            )
            return self._add(array, numbers)

        gradient = add(f"grad_{name}", f"∂C/∂{symbol}", layer.grads[name], None)
        return {name: add(name, symbol, value, gradient), f"grad_{name}": gradient}

    def _add(self, array: Array, numbers: Numbers) -> int:
        self._ids[id(array)] = len(self._arrays)
        self._arrays.append(numbers)
        return len(self._arrays) - 1


def _function(function: Function | None) -> dict[str, str]:
    """A layer's activation function, as the page's script needs it."""
    return {"function": function.name, "sign": function.symbol} if function else {}


def _lanes(layer: LayerTrace, roles: Mapping[str, int], *, last: bool) -> dict[str, tuple[int, ...]]:
    """The arrays shown as forward and as backward pass.

    A δ that the layer below shows is not shown twice, and the loss shows ∂C/∂a of the last layer.
    """
    shared = layer.delta is layer.grad_input and layer.delta_a is None
    forward = dict.fromkeys(roles[role] for role in ("z", "a") if role in roles)
    backward = dict.fromkeys(
        roles[role] for role in ("delta", "delta_a")[: 1 if last else 2] if role in roles and not shared
    )
    return {"forward": tuple(forward), "backward": tuple(backward)}
