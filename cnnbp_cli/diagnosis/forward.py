"""The student's forward pass: judged where NAME.z or NAME.a was submitted, guessed where only its results were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from cnnbp_cli.diagnosis.candidates import Candidate
from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.forward_mistakes import FUNCTION, ForwardMistake, forward_mistakes, outputs
from cnnbp_cli.diagnosis.layouts import Reading, readings
from cnnbp_cli.diagnosis.mistakes import Site
from cnnbp_cli.diagnosis.precision import SINGLE, precision_of
from cnnbp_cli.diagnosis.reports import TensorReport
from cnnbp_cli.diagnosis.rounding import SAFETY
from cnnbp_cli.diagnosis.truth import Truth, propagated
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.numerics.arrays import Array, Shape

FIT = 1e-5
"""‖u − g‖ / ‖u‖ at which submitted values are those of a mistake."""

OWN = "your {}"

EVERYWHERE = " (here, and in every layer of its kind)"


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
        found = _readings(np.array(given, np.float64), value.shape)
        if not found or not np.isfinite(found[0].array).all():
            fits = () if found else self._other_shape(layer, quantity, mistakes)
            shape = np.moveaxis(value, -1, 0).shape
            problem = (
                "it holds numbers that are not finite" if found else f"it has the shape {given.shape}, not {shape}"
            )
            self.reports.append(TensorReport(name, Verdict.FAIL, reason=None if fits else problem, fits=fits))
            return value, origin
        for expected, source in ((value, origin), (getattr(layer, quantity), None)):
            for reading in found:
                if self._agrees(layer, quantity, given, reading.array, expected):
                    self.reports.append(TensorReport(name, Verdict.PASS, source, reading.layout))
                    return expected, source
        for mistake in mistakes if layer.layer.type == "flatten" else ():
            for reading in found:
                if self._agrees(layer, quantity, given, reading.array, mistake.z) and self._is_own_order(layer, value):
                    words = f"maps flattened as {mistake.variant}"
                    self.reports.append(TensorReport(name, Verdict.PASS, origin, words))
                    return value, origin
        fits, reading = _named(layer, quantity, found, mistakes)
        self.reports.append(TensorReport(name, Verdict.FAIL, layout=reading.layout, fits=fits))
        return reading.array, OWN.format(name)

    def _other_shape(self, layer: LayerTrace, quantity: str, mistakes: list[ForwardMistake]) -> tuple[Fit, ...]:
        """The mistakes, such as another padding, that give values of another shape."""
        given = np.array(self._answers[f"{layer.name}.{quantity}"], np.float64)
        for mistake in mistakes:
            made = mistake.z if quantity == "z" else mistake.a
            found = _readings(given, made.shape) if np.isfinite(given).all() else []
            if fits := _named(layer, quantity, found, [mistake])[0] if found else ():
                return fits
        return ()

    def _is_own_order(self, layer: LayerTrace, x: Array) -> bool:
        """Whether what the student computed after flattening is right, so that the order is only a layout."""
        layers = self._truth.trace.layers
        for later in layers[layers.index(layer) + 1 :]:
            z, a = outputs(later, x)
            for quantity, value in (("z", z), ("a", a)):
                name = f"{later.name}.{quantity}"
                if name in self._answers and later.params:
                    given = self._answers[name]
                    found = _readings(np.array(given, np.float64), value.shape)
                    return any(self._agrees(later, quantity, given, reading.array, value) for reading in found)
            if later.params:
                break
            x = a
        return True

    def _agrees(self, layer: LayerTrace, quantity: str, given: Array, numbers: Array, expected: Array) -> bool:
        precision = precision_of(given)
        calculated = SAFETY * min(precision.eps, SINGLE) * self._truth.rounding.forward_error(layer.name, quantity)
        apart = np.abs(numbers - expected)
        return any(bool((apart <= calculated + half).all()) for half in precision.half_units(numbers))


def _readings(given: Array, shape: Shape) -> list[Reading]:
    """The ways to read values as those of a layer with this output, batch last."""
    first = (shape[-1], *shape[:-1])
    return [
        reading._replace(array=np.moveaxis(reading.array, 0, -1))
        for reading in readings(given, "NCHW" if len(first) == 4 else "NF", first)
    ]


def _named(
    layer: LayerTrace, quantity: str, found: list[Reading], mistakes: list[ForwardMistake]
) -> tuple[tuple[Fit, ...], Reading]:
    """The known mistakes that give these values, in the layout that shows them."""
    for reading in found:
        size = float(np.linalg.norm(reading.array))
        fits = []
        for mistake in mistakes:
            made = mistake.z if quantity == "z" else mistake.a
            if made.shape == reading.array.shape and np.linalg.norm(reading.array - made) <= FIT * size:
                fits.append(_fit(layer, quantity, mistake, reading.layout))
        if fits:
            return tuple(fits), reading
    return (), found[0]


def _fit(layer: LayerTrace, quantity: str, mistake: ForwardMistake, layout: str = "", where: str = "") -> Fit:
    """A mistake of the forward pass in the form that those of the backward pass have."""
    right: Array = getattr(layer, quantity)
    tensor = Tensor(f"{layer.name}.{quantity}", layer, quantity, layer.layer.type, None, right)
    site = Site(tensor=tensor, rule=tensor.rule, source=layer.input, right=right, target=right)
    made = mistake.z if quantity == "z" else mistake.a
    candidate = Candidate(made, tensor, mistake.cause, mistake.variant + where, site, None)
    return Fit(candidate, 1.0, None, (), 0.0, layout)


def _activate(layer: LayerTrace, z: Array) -> Array:
    assert layer.layer.function is not None
    a = np.empty_like(z)
    layer.layer.function.value(z, a)
    return a


def hypotheses(trace: Trace) -> Iterator[tuple[Fit, Trace]]:
    """Passes with one mistake in the forward pass: in one layer, or in every layer where it can be made."""
    first: dict[tuple[str, str], Fit] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for number, layer in enumerate(trace.layers):
        for mistake in forward_mistakes(layer, layer.input, first=number == 0):
            key = mistake.cause.key, mistake.variant
            if mistake.z.shape == layer.z.shape:
                quantity = "z" if mistake.cause is not FUNCTION else "a"
                counts[key] += 1
                first.setdefault(key, _fit(layer, quantity, mistake, where=EVERYWHERE))
                yield _fit(layer, quantity, mistake), _rerun(trace, key, {layer.name})
    names = {layer.name for layer in trace.layers}
    for key, fit in first.items():
        if counts[key] > 1:
            yield fit, _rerun(trace, key, names)


def _rerun(trace: Trace, key: tuple[str, str], names: set[str]) -> Trace:
    """The pass with this mistake in the layers of these names."""
    x, layers = trace.input, []
    for number, layer in enumerate(trace.layers):
        z, a = outputs(layer, x)
        if layer.name in names:
            for mistake in forward_mistakes(layer, x, first=number == 0):
                if (mistake.cause.key, mistake.variant) == key and mistake.z.shape == z.shape:
                    z, a = mistake.z, mistake.a
                    break
        layers.append(replace(layer, input=x, z=z, a=a))
        x = a
    return propagated(trace, layers)
