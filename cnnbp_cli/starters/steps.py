"""The steps of an exercise, as a starter writes them: what each computes, from what, and its equation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.equation import SYMBOLS, equations, step_equation
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.starters.functions import function_body
from cnnbp_cli.starters.kinds import StarterKind, starter_of


@dataclass(frozen=True)
class Argument:
    """What a step is given: the argument's name in the program, and the array's name in the exercise."""

    name: str
    of: str
    shape: Shape


@dataclass(frozen=True)
class StarterStep:
    """One step.

    Attributes
    ----------
    name, shape
        What it computes, as the exercise has it.
    function
        The name of the function that computes it.
    arguments
        What that is given.
    result
        The name of the result in the program.
    equation, note
        How it is computed, and what the equation leaves out.
    body
        The code; None for a step that is left open.
    """

    name: str
    shape: Shape
    function: str
    arguments: tuple[Argument, ...]
    result: str
    equation: str
    note: str = ""
    body: str | None = None


SAME = "same"
"""The function of a step that computes nothing."""


class StarterSteps:
    """The steps of one exercise."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self.count = int(exercise.trace.labels.size)
        self.layers = exercise.trace.layers
        names = [layer.name for layer in self.layers]
        before = ["input", *(f"{name}.a" for name in names[:-1])]
        self._inputs = dict(zip(names, before, strict=True))

    def kind(self, layer: LayerTrace) -> StarterKind[Layer]:
        """The layer as a starter writes it."""
        return starter_of(layer.layer, layer.input.shape[:-1])

    # The forward pass

    def forward(self, layer: LayerTrace) -> Iterator[StarterStep]:
        """The steps of a layer's forward pass that can be written."""
        function = layer.layer.function
        if function and layer.layer.is_activation:
            yield from self._activation(layer, self._inputs[layer.name])
            return
        body = self.kind(layer).forward(self.count)
        gives = "z" if function else "a"
        if body:
            x = Argument("x", self._inputs[layer.name], self._shape(self._inputs[layer.name]))
            parameters = [self._parameter(layer, name) for name in layer.params]
            name = f"{layer.name}.{gives}"
            equation = equations(layer).forward
            yield StarterStep(
                name, self._shape(name), f"{layer.name}_forward", (x, *parameters), gives, equation, body=body
            )
        if function:
            yield from self._activation(layer, f"{layer.name}.z")

    def _activation(self, layer: LayerTrace, z: str) -> Iterator[StarterStep]:
        function = layer.layer.function
        assert function is not None
        if body := function_body(function):
            name = f"{layer.name}.a"
            equation = f"a = {function.symbol}(z) = {function.equation}"
            yield StarterStep(
                name, self._shape(name), function.name, (Argument("z", z, self._shape(z)),), "a", equation, body=body
            )

    # The backward pass

    def backward(self, layer: LayerTrace) -> Iterator[StarterStep]:
        """The steps of a layer's backward pass, in order."""
        for tensor in self._exercise.tensors.values():
            if tensor.layer is layer:
                yield self._step(tensor)

    def _step(self, tensor: Tensor) -> StarterStep:
        layer, source = tensor.layer, tensor.source
        shape = tensor.exchanged(tensor.right).shape
        equation, note = step_equation(self._exercise.trace, tensor), ""
        arguments: list[Argument] = []
        if source is not None:
            delta = "delta_a" if tensor.quantity == "delta" else "delta"
            arguments.append(Argument(delta, source.name, source.exchanged(source.right).shape))
        if tensor.rule == "same":
            return StarterStep(tensor.name, shape, SAME, tuple(arguments), "", "")
        if tensor.rule == "output":
            loss = self._exercise.trace.network.loss
            note = f"{loss.equation} of one sample; C is the mean over all {self.count}."
            arguments += self._values(layer, needs_z=layer.delta_a is not layer.delta and layer.delta_a is not None)
            arguments.append(Argument("y", "target", self._shape("target")))
        elif tensor.rule == "activation":
            arguments += self._values(layer, needs_z=True)
        else:
            kind = self.kind(layer)
            note = kind.note(tensor.quantity)
            for need in kind.needs(tensor.quantity):
                x = self._inputs[layer.name]
                arguments.append(Argument("x", x, self._shape(x)) if need == "x" else self._parameter(layer, need))
            if not tensor.batched and self.count > 1:
                note = " ".join(filter(None, ("Summed over the samples.", note)))
        function = tensor.name.replace(".", "_")
        return StarterStep(tensor.name, shape, function, tuple(arguments), tensor.quantity, equation, note)

    def _values(self, layer: LayerTrace, *, needs_z: bool) -> list[Argument]:
        """z, where an activation function is differentiated, and a."""
        a, z = f"{layer.name}.a", f"{layer.name}.z"
        if layer.layer.is_activation:
            z = self._inputs[layer.name]
        return [Argument(*pair, self._shape(pair[1])) for pair in [("z", z)] * needs_z + [("a", a)]]

    def _parameter(self, layer: LayerTrace, name: str) -> Argument:
        full = f"{layer.name}.{name}"
        return Argument(SYMBOLS.get(name, name), full, self._shape(full))

    def _shape(self, name: str) -> Shape:
        return self._exercise.questions[name].shape


def given_names(forward: Sequence[StarterStep], backward: Sequence[StarterStep]) -> list[str]:
    """What these steps need of the exercise, in the order of their needs."""
    made = {step.name for step in (*forward, *backward)}
    needed = dict.fromkeys(argument.of for step in (*forward, *backward) for argument in step.arguments)
    return [name for name in needed if name not in made]
