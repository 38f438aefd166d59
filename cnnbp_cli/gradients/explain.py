"""One number of a trace explained: the sum that makes it, and its numeric derivative beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.entries import find
from cnnbp_cli.gradients.explanation import Explanation, NumericDerivative, Window
from cnnbp_cli.gradients.kinds import kind_of
from cnnbp_cli.gradients.numeric import Numeric, Probe
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term, entry, shown
from cnnbp_cli.gradients.terms.function import applied_in, delta_terms, value_terms
from cnnbp_cli.gradients.terms.loss import loss_equation, loss_terms
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.numerics.arrays import Array


class Explainer:
    """Explains the numbers of one trace.

    Parameters
    ----------
    trace
        The pass.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._place = {layer.name: place for place, layer in enumerate(trace.layers)}
        names = [step.name for step in trace.network.steps]
        self._end = len(names)  # the number of what the loss reads
        self._first = {name: names.index(name) for name in names}
        self._after = {name: self._end - names[::-1].index(name) for name in names}

    @cached_property
    def _probe(self) -> Probe:
        return Probe(self.trace)

    def explain(self, text: str) -> Explanation:
        """The explanation of an entry that the user names.

        Raises
        ------
        CnnbpError
            There is no such entry; the hint lists what exists.
        """
        layer, what, index = find(self.trace, text)
        if what in layer.params:
            return self._parameter(layer, what, index)
        numbers: dict[str, Callable[[LayerTrace, Index], Explanation]] = {
            "input": self._input,
            "z": self._z,
            "a": self._a,
            "delta": self._delta,
            "delta_a": self._delta_a,
            "grad_input": self._grad_input,
        }
        return numbers[what](layer, index)

    # The forward pass

    def _input(self, layer: LayerTrace, index: Index) -> Explanation:
        place = self._place[layer.name]
        if place:
            return self._a(self.trace.layers[place - 1], index)
        return self._made("input", "x", None, [Term((entry("input", layer.input, index),))], layer.input, index)

    def _z(self, layer: LayerTrace, index: Index) -> Explanation:
        if not _own_activation(layer):
            return self._a(layer, index) if layer.z is layer.a else self._input(layer, index)
        terms = kind_of(layer.layer).output_terms(self._entries(layer), index)
        return self._made(f"{layer.name}.z", "z", _equations(layer).forward, terms, layer.z, index)

    def _a(self, layer: LayerTrace, index: Index) -> Explanation:
        kind, entries = kind_of(layer.layer), self._entries(layer)
        function = layer.layer.function
        if function and _own_activation(layer):
            equation = f"a = {function.symbol}(z) = {function.equation}"
            terms = value_terms(function, applied_in(entries), index)
        else:
            equation = _equations(layer).forward
            terms = kind.output_terms(entries, index)
        windows = kind.windows_of_output(entries, index)
        return self._made(f"{layer.name}.a", "a", equation, terms, layer.a, index, windows)

    # The backward pass

    def _delta(self, layer: LayerTrace, index: Index) -> Explanation:
        name = f"{layer.name}.delta"
        if layer.delta_a is None:
            return self._output_delta(name, "δ", layer.delta, index)
        function = layer.layer.function
        if not function or not _own_activation(layer):
            return replace(self._delta_a(layer, index), name=name, symbol="δ")
        made = self._made(
            name,
            "δ",
            function.delta_equation("∂C/∂a"),
            delta_terms(function, applied_in(self._entries(layer)), index),
            layer.delta,
            index,
        )
        numeric = self._by_input(self._after[layer.name] - 1, layer.delta, index)
        return replace(made, numeric=numeric, source=self._delta_a(layer, index))

    def _delta_a(self, layer: LayerTrace, index: Index) -> Explanation:
        name = f"{layer.name}.delta_a"
        if layer.delta_a is None:
            loss = self.trace.network.loss
            raise CnnbpError(
                f"{name} is never computed: {loss.name} applies {loss.absorbs} itself and returns ∂C/∂z",
                hint=f"Ask for {layer.name}.delta.",
            )
        place = self._place[layer.name] + 1
        if place == len(self.trace.layers):
            return self._output_delta(name, "∂C/∂a", layer.delta_a, index)
        above = self._grad_input(self.trace.layers[place], index)
        return replace(above, name=name, symbol="∂C/∂a", origin=above.name)

    def _grad_input(self, layer: LayerTrace, index: Index) -> Explanation:
        name = f"{layer.name}.grad_input"
        if layer.name not in self._first:  # an activation layer that the loss applies
            return self._output_delta(name, "∂C/∂x", layer.grad_input, index)
        kind, entries = kind_of(layer.layer), self._entries(layer)
        terms, windows = kind.input_terms(entries, index), kind.windows_of_input(entries, index)
        made = self._made(name, "∂C/∂x", _equations(layer).back, terms, layer.grad_input, index, windows)
        return replace(made, numeric=self._by_input(self._first[layer.name], layer.grad_input, index))

    def _output_delta(self, name: str, symbol: str, delta: Array, index: Index) -> Explanation:
        terms = loss_terms(self.trace, index)
        made = self._made(name, symbol, f"{symbol} = {loss_equation(self.trace)}", terms, delta, index)
        return replace(made, numeric=self._by_input(self._end, delta, index))

    def _parameter(self, layer: LayerTrace, what: str, index: Index) -> Explanation:
        gradient = layer.grads[what]
        name = f"{layer.name}.{what}"
        kind, entries = kind_of(layer.layer), self._entries(layer)
        return Explanation(
            name,
            index,
            f"∂C/∂{what}",
            _equations(layer).gradients.get(what),
            tuple(kind.gradient_terms(entries, what, index)),
            float(gradient[index]),
            _single(self._probe.by_parameter(name, _flat(gradient, index))),
            meeting=kind.meeting(entries, what, index),
        )

    def _made(
        self,
        name: str,
        symbol: str,
        equation: str | None,
        terms: Iterable[Term],
        array: Array,
        index: Index,
        windows: Iterable[Window] = (),
    ) -> Explanation:
        value = float(array[index])
        return Explanation(name, shown(array, index), symbol, equation, tuple(terms), value, windows=tuple(windows))

    def _by_input(self, step: int, array: Array, index: Index) -> NumericDerivative:
        return _single(self._probe.by_input(step, _flat(array, index)))

    def _entries(self, layer: LayerTrace) -> LayerEntries:
        place = self._place[layer.name]
        return LayerEntries(layer, f"{self.trace.layers[place - 1].name}.a" if place else "input")


def _equations(layer: LayerTrace) -> Equations:
    return layer.layer.equations(layer.input.shape[:-1])


def _own_activation(layer: LayerTrace) -> bool:
    """Whether an activation follows the layer's z, rather than being the layer."""
    return layer.layer.function is not None and not layer.layer.is_activation


def _flat(array: Array, index: Index) -> NDArray[np.intp]:
    return np.array([np.ravel_multi_index(index, array.shape)])


def _single(numeric: Numeric) -> NumericDerivative:
    return NumericDerivative(float(numeric.derivative[0]), float(numeric.allowed[0]))
