"""A network: layers in order, with their names and shapes, and the loss. It owns no arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cnnbp_cli.errors import CnnbpError, ShapeError
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.functions import Function
from cnnbp_cli.losses import Loss, LossName, find_loss
from cnnbp_cli.network.parameters import Parameters
from cnnbp_cli.numerics.arrays import Array, Shape


@dataclass(frozen=True)
class Step:
    """One thing to compute: a layer, or the activation that belongs to it.

    Attributes
    ----------
    name
        The name of the layer in the config: `conv1` for the convolution and for its activation.
    layer
        The layer that computes it.
    input_shape, output_shape
        Of one sample.
    gives
        `z` if an activation of the same name follows, else `a`.
    """

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    gives: Literal["z", "a"] = "a"

    @property
    def function(self) -> Function | None:
        """The activation function that this step applies; None for any other step."""
        return self.layer.function if self.layer.is_activation else None


class Network:
    """The layers of a network in the order in which a textbook writes them.

    Parameters
    ----------
    input_shape
        (C, H, W) of an image.
    layers
        As the config declares them. A layer without a name gets its kind and number: conv1, pool1, dense1.
    loss
        The name of the cost.

    Attributes
    ----------
    names
        The layers' names.
    steps
        What is computed, in order. A layer's activation is a separate step, except for the last layer if the loss
        applies it.
    loss
        The cost function.
    output_shape
        (classes,).

    Raises
    ------
    ShapeError
        Neighbours do not fit; `index` is the layer's place in `layers`.
    CnnbpError
        Two layers have the same name, the output is not a vector, or the loss does not fit the last activation.
    """

    def __init__(self, input_shape: Shape, layers: Sequence[Layer], loss: LossName) -> None:
        self.input_shape = tuple(input_shape)
        self.layers = tuple(layers)
        self.names = _names(self.layers)
        steps = list(self._shaped())
        last = steps[-1]
        self.output_shape = last.output_shape
        if len(self.output_shape) != 1:
            raise CnnbpError(
                f"the last layer gives {self.output_shape}, but a class needs one number each",
                where="layers",
                hint="End the network with a flatten and a dense layer with one unit per class.",
            )
        self.loss: Loss = find_loss(loss, last.function.name if last.function else None)
        if self.loss.absorbs:
            del steps[-1]
        self.steps: tuple[Step, ...] = tuple(steps)
        self._stateful = [step for step in steps if step.layer.state_shapes(step.input_shape)]

    def _shaped(self) -> Iterator[Step]:
        shape = self.input_shape
        for index, (name, layer) in enumerate(zip(self.names, self.layers, strict=True)):
            try:
                output = layer.output_shape(shape)
            except ShapeError as error:
                raise self._misfit(index, error) from None
            function = layer.function
            if function is None or layer.is_activation:
                yield Step(name, layer, shape, output)
            else:
                yield Step(name, layer, shape, output, gives="z")
                yield Step(name, Activation(activation=function.name), output, output)
            shape = output

    def _misfit(self, index: int, error: ShapeError) -> ShapeError:
        lines = [f"{self.names[index]} does not fit: {error.problem}", f"  input     {_written(self.input_shape)}"]
        shape = self.input_shape
        for name, layer in zip(self.names[:index], self.layers[:index], strict=True):
            shape = layer.output_shape(shape)
            lines.append(f"  {name:<9} {_written(shape)}")
        lines.append(f"  {self.names[index]:<9} does not fit here")
        return ShapeError("\n".join(lines), where=f"layers[{index}]", index=index)

    def output_shapes(self) -> dict[str, Shape]:
        """The shape of each layer's output, by name."""
        shapes = {}
        shape = self.input_shape
        for name, layer in zip(self.names, self.layers, strict=True):
            shapes[name] = shape = layer.output_shape(shape)
        return shapes

    def parameter_shapes(self) -> dict[str, Shape]:
        """The shape of each parameter by its full name, in order: conv1.weight, conv1.bias, …"""
        return {
            f"{step.name}.{name}": shape
            for step in self.steps
            for name, shape in step.layer.parameter_shapes(step.input_shape).items()
        }

    def state_shapes(self) -> dict[str, Shape]:
        """The shape of each array that a layer keeps but does not learn, by its full name: bn1.running_mean, …"""
        return {
            f"{step.name}.{name}": shape
            for step in self.steps
            for name, shape in step.layer.state_shapes(step.input_shape).items()
        }

    def follow(self, params: Parameters, sums: Parameters, images: int) -> None:
        """Once per step: moves the layers' state in `params` towards what a batch of `images` has added to `sums`."""
        for step in self._stateful:
            step.layer.follow(params.of[step.name], sums.of[step.name], images)

    def zeros(self, dtype: Any = np.float32, whole: Array | None = None) -> Parameters:
        """All parameters and state, or their gradients, in `whole`; without it, zeros in new memory."""
        return Parameters(self.parameter_shapes(), dtype, whole, self.state_shapes())

    def init(self, rng: np.random.Generator, dtype: Any = np.float32) -> Parameters:
        """Initial parameters and state."""
        params = self.zeros(dtype)
        for step in self.steps:
            for name, array in step.layer.init(step.input_shape, rng, dtype).items():
                params.of[step.name][name][...] = array
        return params


def _names(layers: Sequence[Layer]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        seen[layer.prefix] += 1
        names.append(layer.name or f"{layer.prefix}{seen[layer.prefix]}")
    for index, name in enumerate(names):
        if name in names[:index]:
            raise CnnbpError(
                f"two layers are called {name}",
                where=f"layers[{index}].name",
                hint="Give each layer a name of its own.",
            )
    return tuple(names)


def _written(shape: Shape) -> str:
    return "×".join(map(str, shape))
