"""The names in an exercise, with shapes, axes and meaning: what is given, and what is to be computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.layouts import letters, parameter_letters
from cnnbp_cli.gradients.equation import SYMBOLS, equations, step_equation
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.numerics.arrays import Shape

BATCH = {
    "input": ("NCHW", "x: the images"),
    "labels": ("N", "the class of each image; the first class is 0"),
    "target": ("NF", "y: 1 at the class of the image, else 0"),
}
"""The axes and the meaning of the arrays of a batch."""


class NamedArray(NamedTuple):
    """One array of an exercise file.

    Attributes
    ----------
    name
        As in the file.
    shape, axes
        In the file's layout; the axes as letters of `layouts.AXES`, such as KCHW.
    meaning
        What it is, or the equation that computes it.
    """

    name: str
    shape: Shape
    axes: str
    meaning: str


def given_arrays(exercise: Exercise) -> Iterator[NamedArray]:
    """What the exercise gives: the batch, the parameters, and the values of the forward pass."""
    layers = {layer.name: layer for layer in exercise.trace.layers}
    for name, array in exercise.questions.items():
        before, _, quantity = name.rpartition(".")
        if before in layers:
            yield _of_layer(layers[before], name, quantity, array.shape)
        else:
            axes, meaning = BATCH[quantity]
            yield NamedArray(name, array.shape, axes, f"{meaning}, of the batch before" if before else meaning)


def wanted_arrays(exercise: Exercise) -> Iterator[NamedArray]:
    """What is to be computed, in the order of the backward pass."""
    for name, tensor in exercise.tensors.items():
        shape = tensor.exchanged(tensor.right).shape
        axes = letters(tensor) if tensor.batched else _parameter_axes(tensor.layer, shape)
        if tensor.rule == "same" and tensor.source:
            meaning = f"as {tensor.source.name}"
        else:
            meaning = step_equation(exercise.trace, tensor)
        yield NamedArray(name, shape, axes, meaning)


def _of_layer(layer: LayerTrace, name: str, quantity: str, shape: Shape) -> NamedArray:
    if quantity in layer.params:
        return NamedArray(name, shape, _parameter_axes(layer, shape), SYMBOLS.get(quantity, quantity))
    axes = "NCHW" if len(shape) == 4 else "NF"
    function = layer.layer.function
    if function is None or layer.layer.is_activation:
        meaning = equations(layer).forward if quantity == "a" else f"as {layer.name}.a"
    else:
        activated = f"a = {function.symbol}(z) = {function.equation}"
        meaning = activated if quantity == "a" else equations(layer).forward
    return NamedArray(name, shape, axes, meaning)


def _parameter_axes(layer: LayerTrace, shape: Shape) -> str:
    """The axes of a parameter; a vector has one number for each map or unit of the weights."""
    weight = layer.params.get("weight")
    if len(shape) == 1 and weight is not None and weight.ndim > 1:
        return parameter_letters(weight.ndim)[:1]
    return parameter_letters(len(shape))
