"""The student's forward pass: judged where NAME.z or NAME.a was submitted, guessed where only its results were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from cnnbp_cli.diagnosis.forward_mistakes import ForwardMistake, forward_mistakes, outputs
from cnnbp_cli.diagnosis.layouts import Reading, readings
from cnnbp_cli.diagnosis.precision import SINGLE, precision_of
from cnnbp_cli.diagnosis.reports import TensorReport
from cnnbp_cli.diagnosis.rounding import SAFETY
from cnnbp_cli.diagnosis.truth import Truth, propagated
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.numerics.arrays import Array

FIT = 1e-5
"""‖u − g‖ / ‖u‖ at which submitted values are those of a mistake."""

OWN = "your {}"


class ForwardPass:
    """The submitted z and a of each layer, judged in order.

    Attributes
    ----------
    reports
        The verdicts.
    trace
        The pass with the student's own values from the first wrong one on; the exercise's if none is wrong.
    """

    def __init__(self, truth: Truth, answers: Mapping[str, Array]) -> None:
        self.reports: list[TensorReport] = []
        self._truth, self._answers = truth, answers
        layers, origin = [], None
        x = truth.trace.input
        for number, layer in enumerate(truth.trace.layers):
            z, a = (layer.z, layer.a) if origin is None else outputs(layer, x)
            mistakes = list(forward_mistakes(layer, x, first=number == 0)) if self._submitted(layer) else []
            z, origin = self._judge(layer, "z", z, origin, mistakes)
            if f"{layer.name}.z" in answers and origin == OWN.format(f"{layer.name}.z"):
                a = z if layer.layer.function is None or layer.layer.is_activation else _activate(layer, z)
                mistakes = []
            a, origin = self._judge(layer, "a", a, origin, mistakes)
            if layer.layer.function is None:
                z = a
            layers.append(replace(layer, input=x, z=z, a=a))
            x = a
        self.trace = truth.trace if origin is None else propagated(truth.trace, layers)

    def _submitted(self, layer: LayerTrace) -> bool:
        return f"{layer.name}.z" in self._answers or f"{layer.name}.a" in self._answers

    def _judge(
        self, layer: LayerTrace, quantity: str, value: Array, origin: str | None, mistakes: list[ForwardMistake]
    ) -> tuple[Array, str | None]:
        """The value that the pass continues from, and where it is from if it is not the right one."""
        name = f"{layer.name}.{quantity}"
        if name not in self._answers:
            return value, origin
        given = self._answers[name]
        shape = np.moveaxis(value, -1, 0).shape
        found = [
            reading._replace(array=np.moveaxis(reading.array, 0, -1))
            for reading in readings(np.array(given, np.float64), "NCHW" if len(shape) == 4 else "NF", shape)
        ]
        if not found or not np.isfinite(found[0].array).all():
            problem = (
                "it holds numbers that are not finite" if found else f"it has the shape {given.shape}, not {shape}"
            )
            self.reports.append(TensorReport(name, Verdict.FAIL, reason=problem))
            return value, origin
        for expected, source in ((value, origin), (getattr(layer, quantity), None)):
            for reading in found:
                if self._agrees(layer, quantity, given, reading.array, expected):
                    self.reports.append(TensorReport(name, Verdict.PASS, source, reading.layout))
                    return expected, source
        words, reading = _named(quantity, found, mistakes)
        self.reports.append(TensorReport(name, Verdict.FAIL, layout=reading.layout, reason=words))
        return reading.array, OWN.format(name)

    def _agrees(self, layer: LayerTrace, quantity: str, given: Array, numbers: Array, expected: Array) -> bool:
        precision = precision_of(given)
        calculated = SAFETY * min(precision.eps, SINGLE) * self._truth.rounding.forward_error(layer.name, quantity)
        apart = np.abs(numbers - expected)
        return any(bool((apart <= calculated + half).all()) for half in precision.half_units(numbers))


def _named(quantity: str, found: list[Reading], mistakes: list[ForwardMistake]) -> tuple[str | None, Reading]:
    """What wrong values are, in words, if a known mistake gives them, in the layout that shows it."""
    for mistake in mistakes:
        made = mistake.z if quantity == "z" else mistake.a
        for reading in found:
            if np.linalg.norm(reading.array - made) <= FIT * np.linalg.norm(reading.array):
                return f"these are the values {mistake.title} (in the forward pass)", reading
    return None, found[0]


def _activate(layer: LayerTrace, z: Array) -> Array:
    assert layer.layer.function is not None
    a = np.empty_like(z)
    layer.layer.function.value(z, a)
    return a


def hypotheses(trace: Trace) -> Iterator[tuple[str, Trace]]:
    """Passes with one mistake in the forward pass: in one layer, or in every layer where it can be made."""
    titles: dict[str, None] = {}
    for number, layer in enumerate(trace.layers):
        for mistake in forward_mistakes(layer, layer.input, first=number == 0):
            titles.setdefault(mistake.title)
            yield f"{layer.name} gives the values {mistake.title}", _rerun(trace, mistake.title, {layer.name})
    names = {layer.name for layer in trace.layers}
    for title in titles:
        yield f"every layer gives the values {title}", _rerun(trace, title, names)


def _rerun(trace: Trace, title: str, names: set[str]) -> Trace:
    """The pass with the mistake of this title in the layers of these names."""
    x, layers = trace.input, []
    for number, layer in enumerate(trace.layers):
        z, a = outputs(layer, x)
        if layer.name in names:
            for mistake in forward_mistakes(layer, x, first=number == 0):
                if mistake.title == title:
                    z, a = mistake.z, mistake.a
                    break
        layers.append(replace(layer, input=x, z=z, a=a))
        x = a
    return propagated(trace, layers)
